"""The leak site: a bare ASGI application, one page per vector, that knows nothing of consent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from .context_vectors import ELSEWHERE
from .markup_vectors import MARKUP
from .rare import RARE
from .script_vectors import SCRIPTED
from .vectors import Vector

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

VECTORS: tuple[Vector, ...] = (*MARKUP, *SCRIPTED, *ELSEWHERE)
BY_ID: Mapping[str, Vector] = {vector.id: vector for vector in VECTORS}
EVERYDAY: tuple[Vector, ...] = tuple(vector for vector in VECTORS if vector.id not in RARE)
"""The vectors of `make test`; the others are near relatives of one of them."""

SITE_HOST = "site.test"

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g id="a"/>{}</svg>'
_SVG_PARTS = {
    "none": "",
    "image": '<image href="https://@@/i.gif" width="9" height="9"/>',
    "script": '<script href="https://@@/x.js"/>',
}
_GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_XHTML = (
    '<?xml version="1.0"?><{0} xmlns:h="http://www.w3.org/1999/xhtml"><h:script src="https://@@/x.js"/></{0}>'
)
_SERVICE_WORKER = {
    "script": "fetch('https://@@/x.json')",
    "install": "oninstall=e=>e.waitUntil(fetch('https://@@/x.json').catch(()=>0))",
    "fetch": "oninstall=()=>skipWaiting();onactivate=e=>e.waitUntil(clients.claim());"
    "onfetch=e=>{if(e.request.url.includes('again'))e.waitUntil(fetch('https://@@/x.json'))}",
}
_FILES: Mapping[str, tuple[int, str, str]] = {
    "/robots.txt": (200, "text/plain", "User-agent: *\n"),
    "/data.json": (200, "application/json", "{}"),
    "/own.css": (200, "text/css", "@import 'https://@@/x.css';"),
    "/first.js": (200, "text/javascript", "globalThis.first=1"),
    "/error": (500, "text/html", "<h1>Error</h1>"),
    "/untyped": (200, "", "<p>no type</p>"),
    "/paper.pdf": (200, "application/pdf", "%PDF-1.4\n%%EOF\n"),
    "/w.js": (200, "text/javascript", "fetch('https://@@/x.json')"),
    "/ws.js": (200, "text/javascript", "new WebSocket('wss://@@/socket')"),
    "/wi.js": (200, "text/javascript", "importScripts('https://@@/x.js')"),
    "/feed.xml": (200, "application/xml", _XHTML.format("feed")),
    "/page.xhtml": (
        200,
        "application/xhtml+xml",
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="https://@@/i.gif"/></body></html>',
    ),
    "/styled.xml": (
        200,
        "application/xml",
        '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="/style.xsl?h=@@"?><feed/>',
    ),
    "/style.xsl": (
        200,
        "application/xslt+xml",
        '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">'
        '<html><body><img src="https://@@/i.gif"/></body></html></x:template></x:stylesheet>',
    ),
}


class LeakSite:
    """The unprotected site. `/private/<vector>` and `/shared/<vector>` differ in `Cache-Control` alone."""

    def __init__(self, domain: str, datagram_ports: Mapping[str, int]) -> None:
        self._domain = domain
        self._ports = datagram_ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"unexpected scope {scope['type']}")
        status, headers, body = self._answer(scope["path"], scope["query_string"].decode("latin-1"))
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers if value]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, path: str, query: str) -> tuple[int, list[tuple[str, str]], bytes]:
        cache, _, name = path.removeprefix("/").partition("/")
        if cache in ("private", "shared") and name in BY_ID:
            return self._page(BY_ID[name], shared=cache == "shared")
        arguments = {key: values[0] for key, values in parse_qs(query).items()}
        if path == "/redirect":
            return 307, [("Location", arguments["to"])], b""
        return self._file(path, arguments)

    def _page(self, vector: Vector, *, shared: bool) -> tuple[int, list[tuple[str, str]], bytes]:
        port = self._ports.get(vector.host(self._domain), 0)
        encoding = "utf-16-le" if "utf-16" in vector.content_type else "utf-8"
        cache = "public, s-maxage=60" if shared else "no-store"
        headers = [
            ("Content-Type", vector.content_type),
            ("Cache-Control", cache),
            *vector.response_headers(self._domain),
        ]
        return 200, headers, vector.page(self._domain, port).encode(encoding)

    def _file(self, path: str, arguments: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
        host = arguments.get("h", "")
        if path == "/i.gif":
            return 200, [("Content-Type", "image/gif")], _GIF
        if path == "/drawing.svg":
            status, kind, text = 200, "image/svg+xml", _SVG.format(_SVG_PARTS[arguments["part"]])
        elif path == "/sw.js":
            status, kind, text = 200, "text/javascript", _SERVICE_WORKER[arguments["on"]]
        else:
            status, kind, text = _FILES.get(path, (404, "text/html", "<h1>Not found</h1>"))
        return status, [("Content-Type", kind)], text.replace("@@", host).encode()
