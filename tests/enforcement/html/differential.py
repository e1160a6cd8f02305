"""Random markup out of the pieces that parsers read differently: what one reader skips, another loads."""

from __future__ import annotations

import random

_PIECES = (
    *("<svg>", "</svg>", "<math>", "</math>", "<g>", "</g>", "<path/>", "</path>", "<svg/>", "<a>", "</a>"),
    *("<foreignObject>", "</foreignObject>", "<desc>", "</desc>", "<title>", "</title>", "<title/>"),
    *("<mi>", "</mi>", "<mtext>", "</mtext>", "<mglyph>", "<malignmark>", "<annotation-xml>", "</annotation-xml>"),
    *("<annotation-xml encoding='text/&#104;tml'>", "<annotation-xml encoding=text/html&#11;>", "<font color>"),
    *("<style>", "</style>", "<style/>", "<script>", "</script>", "<script/>", "<textarea>", "</textarea>"),
    *("<xmp>", "</xmp>", "<noscript>", "</noscript>", "<noframes>", "</noframes>", "<iframe>", "</iframe>"),
    *("<!--", "-->", "--!>", "<!-->", "<![CDATA[", "]]>", "<?", "<!x", ">", '<p title="', "<p title='", '">', "'>"),
    *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<caption>", "</caption>", "<col>", "<colgroup>"),
    *("<template>", "</template>", "<select>", "</select>", "<option>", "<button>", "</button>", "<form>", "</form>"),
    *("<p>", "</p>", "</br>", "<b>", "</b>", "<div>", "</div>", "<li>", "<h1>", "</h2>", "<nobr>", "<x-y>", "</x-y>"),
    *("<frameset>", "</frameset>", "<input type=hidden>", "<body>", "</body>", "</html>", "<head>", "</head>", "x"),
    *("<object>", "</object>", "<ruby>", "<rt>", "<base href=data:x>", "\v", "\f", "</", "<"),
)  # fmt: skip
_LOADS = (
    *("<img src={T}/a>", "<image href={T}/b />", "<frame src={T}/c>", "<input type=imag&#101; src={T}/d>"),
    *('<script type="text/javascript&#11;" src={T}/e></script>', "<link rel=&#115;tylesheet href={T}/f>"),
    *("<script language=java&#115;cript src={T}/g></script>", "<style>@import '{T}/h'</style>"),
    *("<video poster={T}/i></video>", "<iframe src={T}/j></iframe>", "<svg><use href={T}/k#x /></svg>"),
    *("<p style=background:u\\72l({T}/l)>x</p>", "<base href={T}/m/>", "<img\fsrc\v={T}/n\fsrc={T}/o>"),
)  # fmt: skip
# What was text, or a comment, for one reader until here is over for both.
_END = "<img src={T}/z>--><img src={T}/y>]]><img src={T}/x>"


def random_markup(seed: int, third_party: str) -> str:
    """Returns markup that loads from the third party where its readers let it, always the same for a seed."""
    source = random.Random(seed)
    pieces = source.choices(_PIECES, k=source.randint(2, 14))
    for _ in range(source.randint(0, 3)):
        pieces.insert(source.randint(0, len(pieces)), source.choice(_LOADS))
    opening = source.choice(("", "", "<!doctype html><html><head></head><body>", "<svg>", "<table><td><svg>"))
    return (opening + "".join(pieces) + _END).replace("{T}", f"//{third_party}")
