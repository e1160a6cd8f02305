"""News-shaped pages, the same on every run: first-party matter of every kind, and vendors' snippets in it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.enforcement.html.snippets import SNIPPETS, Snippet

HOME = "https://news.example/politique/article"

# Encoding, the page's declaration of it, and a text that its second bytes make awkward.
_ENCODINGS = (
    ("utf-8", "utf-8", "L’été à Orléans : « déjà vu » 報道"),
    ("cp1252", "windows-1252", "L’été à Orléans : « déjà vu »"),
    ("cp932", "shift_jis", "表示ソース能力\u3000予ポ十申曾貼"),
    ("gb18030", "gb18030", "新闻\u4e02\u4e04\u3400 报道\U00020000"),
    ("big5hkscs", "big5", "功許蓋育\u3000新聞"),
    ("cp949", "euc-kr", "뉴스 똠방각하 보도"),
    ("euc_jp", "euc-jp", "新聞 報道"),
)
_TAG = re.compile(
    r"<(/?[a-zA-Z][a-zA-Z0-9]*)((?:\s+[-:a-zA-Z]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*(/?)>"
)
_ATTRIBUTE = re.compile(r"([-:a-zA-Z]+)=\"([^\"]*)\"")
# A name at the start of an attribute, and never one inside a value: values hold no white space before "x=".
_NAME = re.compile(r"(?<=\s)[-a-zA-Z]+(?==[\"'])")
_GAPS, _QUOTE = re.compile(r'(?<!=)"\s+'), '"'
_RAW = re.compile(r"(<(?:script|style)\b[^>]*>)(.*?)(</(?:script|style)>)|(<!--.*?-->)", re.S)


@dataclass(frozen=True, slots=True)
class NewsPage:
    """A page and what in it belongs to third parties."""

    number: int
    body: bytes
    encoding: str
    content_type: str
    urls: frozenset[str]
    inline: frozenset[str]


def news_page(number: int, *, size: int = 0) -> NewsPage:
    """Write page `number`, padded with articles to about `size` bytes."""
    chance = random.Random(number)
    codec, label, words = _ENCODINGS[0] if number % 3 else _ENCODINGS[number // 3 % len(_ENCODINGS)]
    picked = chance.sample(SNIPPETS, 6 + number % 7)
    picked.append(SNIPPETS[number % len(SNIPPETS)])
    dialect = _DIALECTS[number % len(_DIALECTS)]
    head = "\n".join(_written(s, dialect) for s in picked if s.head)
    parts = [_written(s, dialect) for s in picked if not s.head]
    parts.append(_sheet(chance, words))
    while len(parts) < 9 or sum(map(len, parts)) < size - 9_000:
        parts.append(chance.choice(_FILLERS)(chance, words))
    chance.shuffle(parts)
    text = _FRAME.format(
        label=label, words=words, head=head, main="\n".join(parts), close=_CLOSINGS[number % 3]
    )
    urls = frozenset(url for s in picked for url in s.urls)
    return NewsPage(
        number=number,
        body=text.encode(codec, "xmlcharrefreplace"),
        encoding=codec,
        content_type=f"text/html; charset={label}",
        urls=urls,
        inline=frozenset(mark for s in picked for mark in s.inline),
    )


def _written(snippet: Snippet, dialect: object) -> str:
    assert callable(dialect)
    parts, done = [], 0
    for raw in _RAW.finditer(snippet.html):
        parts += [dialect(snippet.html[done : raw.start()])]
        parts += (
            [raw.group()] if raw.group(4) else [dialect(raw.group(1)), raw.group(2), dialect(raw.group(3))]
        )
        done = raw.end()
    return "".join([*parts, dialect(snippet.html[done:])])


def _plain(html: str) -> str:
    return html


def _upper(html: str) -> str:
    def upper(match: re.Match[str]) -> str:
        attributes = _NAME.sub(lambda name: name[0].upper(), match[2])
        return f"<{match[1].upper()}{attributes}{match[3]}>"

    return _TAG.sub(upper, html)


def _unquoted(html: str) -> str:
    def bare(match: re.Match[str]) -> str:
        name, value = match.groups()
        return f"{name}={value}" if re.fullmatch(r"[^\s\"'=<>`]+", value) else match.group()

    return _TAG.sub(lambda m: f"<{m[1]}{_ATTRIBUTE.sub(bare, m[2])}{' /' if m[3] else ''}>", html)


def _minified(html: str) -> str:
    return html if "srcdoc" in html else _TAG.sub(lambda m: f"<{m[1]}{_GAPS.sub(_QUOTE, m[2])}{m[3]}>", html)


def _xhtml(html: str) -> str:
    return (
        re.sub(r"<((?:img|link|source|track|param|br)\b[^<>]*?)\s*/?>", r"<\1 />", html)
        if "srcdoc" not in html
        else html
    )


def _single(html: str) -> str:
    return _ATTRIBUTE.sub(lambda m: m.group() if "'" in m[2] else f"{m[1]} = '{m[2]}'", html)


def _broken(html: str) -> str:
    return (
        f"<p><b><div></p>{html}</span></b><td>"
        if html.startswith(("<iframe", "<img", "<div", "<blockquote"))
        else html
    )


_DIALECTS = (_plain, _upper, _unquoted, _minified, _xhtml, _single, _broken)

_WORDS = [
    "le",
    "président",
    "du",
    "conseil",
    "régional",
    "a",
    "confirmé",
    "mardi",
    "que",
    "la",
    "ligne",
    "nouvelle",
    "serait",
    "ouverte",
    "avant",
    "l’été",
    "selon",
    "plusieurs",
    "sources",
    "proches",
    "du",
    "dossier",
    "qui",
    "ont",
    "requis",
    "l’anonymat",
    "tandis",
    "que",
    "les",
    "riverains",
    "demandent",
    "encore",
]


def _prose(chance: random.Random, length: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(length))


def _article(chance: random.Random, words: str) -> str:
    n = chance.randrange(10**6)
    paragraphs = "".join(
        f'<p class="article__paragraph">{_prose(chance, 60)} <a href="/tag/{n}?a=1&b=2" class="tag tag--{n % 9}">{words}</a>.</p>\n'
        for _ in range(chance.randrange(3, 7))
    )
    return (
        f'<article id="a{n}" class="article article--standard" data-id="{n}" itemscope itemtype="https://schema.org/NewsArticle">'
        f'<h2 class="article__title"><a href="https://news.example/a/{n}.html">{_prose(chance, 9)}</a></h2>'
        f'<figure class="media"><img src="/img/{n}.jpg" srcset="/img/{n}-400.jpg 400w, /img/{n}-800.jpg 800w" sizes="100vw"'
        f' width="800" height="450" alt="{_prose(chance, 6)}" loading="lazy"><figcaption>{words} &copy; AFP</figcaption></figure>\n{paragraphs}</article>\n'
    )


def _teasers(chance: random.Random, words: str) -> str:
    rows = []
    for _ in range(chance.randrange(6, 16)):
        n = chance.randrange(10**6)
        rows.append(
            f'<li class="teaser teaser--inline river__item"><a class="teaser__link" href="/a/{n}.html" data-track="click:{n}"'
            f' title="a > b"><span class="teaser__kicker">{words}</span> <span class="teaser__title">{_prose(chance, 8)}</span></a>'
            f'<time datetime="2026-11-0{n % 9 + 1}T10:00:00+01:00">10h00</time></li>\n'
        )
    return f'<ul class="river" style="margin:0;padding:0">{"".join(rows)}</ul>\n'


def _icons(chance: random.Random, words: str) -> str:
    shape = "M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2z"
    return "".join(
        f'<button type="button" class="share share--{i}" aria-label="{words}"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true">'
        f'<path d="{shape}" fill="#1a1a1a"/><use xlink:href="#icon-{i}"></use></svg></button>\n'
        for i in range(chance.randrange(2, 6))
    )


def _data(chance: random.Random, words: str) -> str:
    rows = ",".join(
        f'{{"id":{chance.randrange(10**6)},"title":"{_prose(chance, 8)}","url":"/a/{i}"}}'
        for i in range(chance.randrange(5, 30))
    )
    return f'<script type="application/ld+json">{{"@context":"https://schema.org","@graph":[{rows}]}}</script>\n<script>window.__STATE__={{"items":[{rows}]}};</script>\n'


def _sheet(chance: random.Random, words: str) -> str:
    rules = "".join(
        f".c{i}{{margin:{i}px;background:url(/img/bg{i}.png) no-repeat}}"
        for i in range(chance.randrange(10, 60))
    )
    return f"<style>{rules}</style>\n"


_FILLERS = (_article, _article, _teasers, _teasers, _teasers, _icons, _data)
_CLOSINGS = (
    "</main>\n</body>\n</html>\n",
    "</main>",
    "</main></div></body></html>\n<!-- generated in 0.12 s -->\n",
)
_FRAME = """<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="{label}">
<title>{words} <b>&amp; autres</b> - Le Journal</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="og:image" content="https://img.newscdn.example/og.jpg">
<meta property="og:url" content="https://news.example/a">
<link rel="canonical" href="https://news.example/politique/article">
<link rel="alternate" type="application/rss+xml" href="https://feeds.partner.example/rss">
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/assets/main.css?v=3">
<script>document.documentElement.className += ' js';</script>
<script src="/assets/app.js" defer></script>
{head}
</head>
<body class="home">
<header class="header"><nav><ul><li><a href="/une">Une</a></li><li><a href="//news.example/sport">Sport</a></li></ul></nav></header>
<main>
{main}
{close}"""
