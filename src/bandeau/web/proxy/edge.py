"""The outermost layer: settles who asks, counts, and sends what ASGI servers cannot."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any

from bandeau.web.proxy.door import DOOR, Door
from bandeau.web.proxy.headers import RawHeaders, Scope, first
from bandeau.web.proxy.meters import Meters
from bandeau.web.proxy.trust import Trust

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Edge:
    """An ASGI application around Bandeau's middleware and the proxy; needs a ``Door`` as its server."""

    def __init__(self, app: Application, trust: Trust, meters: Meters) -> None:
        self._app, self._trust, self._meters = app, trust, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._trust.resolve(scope)
        answer = _Answer(scope["extensions"][DOOR], scope, send)
        started = time.perf_counter()
        self._meters.running += 1
        try:
            await self._app(scope, receive, answer)
        finally:
            self._meters.running -= 1
            self._meters.count(answer.status, time.perf_counter() - started)
        await answer.end()


class _Answer:
    """Sends an answer through the server, or past it where the server knows no way."""

    def __init__(self, door: Door, scope: Scope, send: Send) -> None:
        self._door, self._scope, self._send = door, scope, send
        #: The status of the answer, 0 before there is one.
        self.status = 0
        self._past = self._whole = False

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.early_hint":
            if self._scope["http_version"] != "1.0":
                self._door.write_head(103, [(b"link", link) for link in message["links"]])
        elif kind == "http.response.start":
            await self._start(message)
        elif self._past:
            self._whole = not message.get("more_body", False)
            await self._door.write(message.get("body", b""))
        else:
            await self._send(message)

    async def end(self) -> None:
        """Close a connection that only its end can tell the end of the body."""
        if self._past and self.status != 101:
            await self._door.close(cut=not self._whole)

    async def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers: RawHeaders = list(message.get("headers", ()))
        if self.status == 101:
            self._past = True
            self._door.write_head(101, [*headers, (b"connection", b"upgrade"), (b"upgrade", b"websocket")])
            return
        if not first(headers, b"date"):
            headers.append((b"date", formatdate(usegmt=True).encode()))  # RFC 9110 §6.6.1
        if self._needs_closing(headers):
            self._past = True
            self._door.write_head(self.status, [*headers, (b"connection", b"close")])
            return
        await self._send({**message, "headers": headers})

    def _needs_closing(self, headers: RawHeaders) -> bool:
        """Tell whether a client of HTTP/1.0 gets a body of unknown length: it knows no chunks."""
        return (
            self._scope["http_version"] == "1.0"
            and self._scope["method"] != "HEAD"
            and self.status not in (204, 304)
            and not first(headers, b"content-length")
        )
