"""What each stand-in vendor answers, chosen by path so that any host name may play any vendor."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

from standin.wire import Answer, Request

ASSETS = Path(__file__).with_name("assets")
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}


@cache
def _asset(name: str) -> Answer:
    return Answer((ASSETS / name).read_bytes(), TYPES[name.rpartition(".")[2]])


def _collected(request: Request) -> Answer:
    return Answer(status=204)


def _pixel(request: Request) -> Answer:
    return Answer(GIF, "image/gif")


def _redirect(request: Request) -> Answer:
    target = request.field("to")
    return Answer(status=302, headers={"Location": quote(target, safe=":/?#[]@!$&'()*+,;=%-._~")})


def _events(request: Request) -> Answer:
    return Answer(b"retry: 60000\ndata: hello\n\n", "text/event-stream")


def _bids(request: Request) -> Answer:
    return Answer(b'{"bids":[{"cpm":0.42,"currency":"EUR"}]}', TYPES["json"])


def _of(name: str) -> Callable[[Request], Answer]:
    return lambda request: _asset(name)


ROUTES: tuple[tuple[str, Callable[[Request], Answer]], ...] = (
    (r"/gtag/js", _of("gtag.js")),
    (r"/g/collect", _collected),
    (r"/gtm\.js", _of("gtm.js")),
    (r"/ns\.html", _of("ns.html")),
    (r"(/\w+)?/fbevents\.js", _of("fbevents.js")),
    (r"(/\w+)?/sdk\.js", _of("sdk.js")),
    (r"/plugins/.*", _of("plugin.html")),
    (r"/tr/?", _pixel),
    (r"/widgets\.js", _of("widgets.js")),
    (r"/matomo\.js", _of("matomo.js")),
    (r"/matomo\.php", _pixel),
    (r"/prebid\.js", _of("prebid.js")),
    (r"/bid", _bids),
    (r"/ads\.js", _of("ads.js")),
    (r"/ad/.*", _of("ad.html")),
    (r"/embed/.*", _of("player.html")),
    (r"/css2?", _of("fonts.css")),
    (r"/redirect", _redirect),
    (r"/events", _events),
)

_BY_EXTENSION: Mapping[str, Callable[[Request], Answer]] = {
    "js": _of("generic.js"),
    "mjs": _of("generic.js"),
    "css": _of("generic.css"),
    "html": _of("generic.html"),
    "svg": _of("generic.svg"),
    "json": lambda request: Answer(b"{}", TYPES["json"]),
}
_PICTURES = ("gif", "png", "jpg", "jpeg", "webp", "ico", "avif")


def answer_for(request: Request, *, tls: bool) -> tuple[Answer, dict[str, str]]:
    """The answer to a request, and the headers that every answer carries."""
    return _answer(request), _headers(request, tls=tls)


def _answer(request: Request) -> Answer:
    if request.method == "OPTIONS":
        return Answer(status=204)
    for pattern, make in ROUTES:
        if re.fullmatch(pattern, request.path):
            return make(request)
    return _by_kind(request)


def _by_kind(request: Request) -> Answer:
    extension = request.path.rpartition("/")[2].rpartition(".")[2].lower()
    if make := _BY_EXTENSION.get(extension):
        return make(request)
    destination = request.header("sec-fetch-dest")
    if extension in _PICTURES or destination == "image":
        return _pixel(request)
    if destination in ("iframe", "frame", "document", "embed", "object"):
        return _asset("generic.html")
    if destination == "script":
        return _asset("generic.js")
    return Answer(b"ok\n")


def _headers(request: Request, *, tls: bool) -> dict[str, str]:
    origin = request.header("origin")
    headers = {
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT, OPTIONS",
        "Access-Control-Allow-Headers": request.header("access-control-request-headers") or "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Timing-Allow-Origin": "*",
    }
    if origin:
        headers["Access-Control-Allow-Credentials"] = "true"
    if "id=" not in request.header("cookie"):
        headers["Set-Cookie"] = (
            f"id={secrets.token_hex(8)}; Max-Age=33696000; Path=/{_third_party(request, tls)}"
        )
    return headers


def _third_party(request: Request, tls: bool) -> str:
    # Browsers keep SameSite=None only with Secure, which they also accept on loopback names over http.
    loopback = request.host == "localhost" or request.host.endswith(".localhost")
    return "; SameSite=None; Secure" if tls or loopback else ""
