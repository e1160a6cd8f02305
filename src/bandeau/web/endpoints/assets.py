"""The files that pages name: the hash in a name is the content's, and every hash is answered.

Cached pages outlive deploys, so an old name gets the current file, with a short life.
"""

from __future__ import annotations

import re

from bandeau.core.policy import Mode
from bandeau.core.request import Response
from bandeau.enforcement.visit import Visit
from bandeau.web.endpoints.answers import PRIVATE, answer
from bandeau.web.pages.build import build, short_hash
from bandeau.web.pages.rendered import Rendered, WallKey
from bandeau.web.pages.single import single_script
from bandeau.web.querystring import read_query

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
MARKUP = "text/html; charset=utf-8"
_NAME = re.compile(
    r"/(?:(?P<kind>[agoprsvw])|panel/(?P<language>[a-z]{2,8}))\.(?P<hash>[0-9a-f]{1,64})\.(?P<type>js|css|html)"
)
_TYPES = {
    "a": "js",
    "g": "js",
    "v": "js",
    "w": "js",
    "o": "css",
    "p": "css",
    "r": "css",
    "s": "js",
    None: "html",
}
# Room at the page's end, as first.css reserves it where there is a wall.
_SHOWN = (
    "#bd-first[hidden]{display:block!important}html{scroll-padding-bottom:75vh}"
    'html body::after{content:"";display:block;height:75vh}'
)
_STAMP = re.compile(r"[0-9a-f]{1,256}")


def asset(rendered: Rendered, path: str, query: str) -> Response | None:
    """Answer a file's path (below the prefix), or ``None`` when it is no file's."""
    found = _NAME.fullmatch(path)
    if found is None or _TYPES[found["kind"]] != found["type"]:
        return None
    body, content_type = _content(rendered, found, query)
    current = found["hash"] == short_hash(body)
    return answer(200, body, content_type, cache=FOREVER if current else BRIEFLY)


def scriptless_style(visit: Visit, *, asks: bool) -> Response:
    """Answer the stylesheet that stands in for the wall where there is no JavaScript.

    Pages are the same for everybody; this little file is not, and no cache keeps it.
    """
    first = _SHOWN if asks else "#bd-first{display:none!important}"
    signal = ".bd-gpc{display:block!important}" if visit.signals.gpc else ""
    vary = (("vary", "Cookie, Sec-GPC"),)
    return answer(200, (first + signal).encode(), STYLE, cache=PRIVATE, headers=vary)


def _content(rendered: Rendered, found: re.Match[str], query: str) -> tuple[bytes, str]:
    files = build()
    same_for_all = {
        "a": (files.act, SCRIPT),
        "g": (files.guard, SCRIPT),
        "o": (files.sheet, STYLE),
        "p": (files.style, STYLE),
        "r": (files.receipt, STYLE),
        "v": (files.verify, SCRIPT),
    }
    if found["kind"] in same_for_all:
        return same_for_all[found["kind"]]
    if found["kind"] == "s":
        return single_script(rendered), SCRIPT
    if found["kind"] == "w":
        return rendered.wall(_wall_key(query)), SCRIPT
    return rendered.panel(rendered.language(found["language"])), MARKUP


def _wall_key(query: str) -> WallKey:
    """Read a wall's key; what cannot be read makes the strictest: a shared page that is enforced."""
    fields = read_query(query)
    mode = Mode.REPORT if fields.get("m") == Mode.REPORT.value else Mode.ENFORCE
    stamp = fields.get("x", "")
    if not _STAMP.fullmatch(stamp):
        return WallKey(mode)
    return WallKey(mode, stamp, fields.get("o") == "1")
