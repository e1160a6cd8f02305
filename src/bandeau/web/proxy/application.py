"""The proxy as an ASGI application: one request to the upstream, one answer to the reader."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from bandeau.errors import MissingExtra

try:
    from bandeau.web.proxy.connection import Connection, Head
    from bandeau.web.proxy.door import DOOR, asks_for_websocket
except ImportError as error:  # httptools is for CPython alone
    raise MissingExtra("bandeau proxy", "proxy") from error

from bandeau.web.proxy.failures import BROKEN, GONE, STALLED, TOO_LARGE, Failed
from bandeau.web.proxy.headers import RawHeaders, Scope, first, request_headers, response_headers, tokens
from bandeau.web.proxy.limits import CONTINUE_SECONDS, Limits
from bandeau.web.proxy.meters import Meters
from bandeau.web.proxy.upstream import Upstream

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: A page that is whole so soon goes on in one piece, so that a rewriting that is remembered serves again.
_SOON_SECONDS, _SOON_BYTES = 0.01, 512 * 1024
#: They may be asked twice with the effect of once (RFC 9110 §9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_EARLY_HINT = "http.response.early_hint"

_log = logging.getLogger("bandeau.proxy")


class ReverseProxy:
    """An ASGI application that forwards http requests to one upstream, streaming both ways.

    The reader's ``Host`` is kept, so that the upstream writes the links that the reader needs.
    What may be rewritten is asked for plain: what is compressed cannot be. An upstream that cannot
    be reached gives 502, one that is silent 504; one that breaks off in the middle of a body breaks
    off the reader's connection too, so that nobody takes half a page for whole.
    A WebSocket passes where the server is ``bandeau proxy``'s own; any other server refuses it.

    Raises:
        ValueError: the upstream's address is none.
    """

    def __init__(self, upstream: str, limits: Limits | None = None, meters: Meters | None = None) -> None:
        self._limits, self.meters = limits or Limits(), meters or Meters()
        self.upstream = Upstream(upstream, self._limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1011})
        else:
            await self._forward(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.upstream.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("raw_path") or scope["path"].encode()
        if not path.startswith(b"/"):
            # "OPTIONS *" and the like name no resource that could be asked for.
            await _say(scope, send, 400, "This address cannot be asked for.")
            return
        exchange = _Exchange(scope, receive, send, self._limits, self.upstream)
        try:
            await exchange.run()
        except Failed as error:
            failure = error.failure
            self.meters.fail(failure)
            if failure.log:
                begun = "broke off in the middle of a body" if exchange.answered else failure.log
                _log.error("upstream: %s (%s)", begun, error.detail or failure.name)
            if failure.status and not exchange.answered:
                await _say(scope, send, failure.status, failure.reader)
            # Returning without the last message makes the server cut the connection.
        finally:
            if exchange.tunnelled:
                self.meters.tunnel()


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limits: Limits, upstream: Upstream
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._limits, self._upstream = limits, upstream
        headers: RawHeaders = scope["headers"]
        self._method: str = scope["method"]
        self._length = first(headers, b"content-length")
        self._chunked = not self._length and bool(first(headers, b"transfer-encoding"))
        self._expects = first(headers, b"expect").lower() == b"100-continue"
        self._door = (scope.get("extensions") or {}).get(DOOR)
        self._upgrades = self._door is not None and asks_for_websocket(headers, self._method)
        self._has_body = self._chunked or self._length not in (b"", b"0")
        self._wanted = asyncio.Event()  # the upstream wants the body
        #: Whether the head of the answer has gone to the reader.
        self.answered = False
        #: Whether it became a tunnel.
        self.tunnelled = False

    async def run(self) -> None:
        """Ask the upstream and answer the reader.

        Raises:
            Failed: with what there is to answer.
        """
        self._check_size()
        connection, head, upload = await self._ask()
        helper = upload
        try:
            while 100 <= head.status < 200 and head.status != 101:
                await self._interim(head)
                head = await connection.head(self._limits.idle_seconds)
            if head.status == 101:
                await self._tunnel(connection, head)
                return
            helper = await self._answer(connection, head, upload)
        except Failed:
            connection.transport.abort()
            raise
        finally:
            sent = upload is None or upload.done()
            if helper is not None and not helper.done():
                helper.cancel()
            if not sent:
                connection.transport.abort()
            if not self.tunnelled:
                self._upstream.give_back(connection)

    def _check_size(self) -> None:
        most = self._limits.upload_bytes
        if most and self._length and int(self._length) > most:
            raise Failed(TOO_LARGE)

    async def _ask(self) -> tuple[Connection, Head, asyncio.Task[None] | None]:
        """Send the request; a connection that the upstream closed meanwhile is replaced by another."""
        repeatable = self._method in _REPEATABLE and not self._has_body
        # A request that must not be sent twice goes over a connection that cannot have been closed.
        connection = await self._upstream.open(fresh=not repeatable)
        upload = self._begin(connection)
        try:
            return connection, await connection.head(self._limits.idle_seconds), upload
        except Failed as error:
            self._stop(connection, upload)
            if error.failure is not BROKEN or not (repeatable and connection.is_used) or connection.heard:
                raise
        connection = await self._upstream.open(fresh=True)
        upload = self._begin(connection)
        try:
            return connection, await connection.head(self._limits.idle_seconds), upload
        except Failed:
            self._stop(connection, upload)
            raise

    def _stop(self, connection: Connection, upload: asyncio.Task[None] | None) -> None:
        if upload is not None:
            upload.cancel()
        connection.transport.abort()
        self._upstream.give_back(connection)

    def _begin(self, connection: Connection) -> asyncio.Task[None] | None:
        connection.begin(self._method.encode(), self._head())
        return asyncio.create_task(self._upload(connection)) if self._has_body else None

    def _head(self) -> bytes:
        scope = self._scope
        path, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
        target = path + b"?" + query if query else path
        lines = [b"%b %b HTTP/1.1" % (self._method.encode(), target)]
        headers = request_headers(scope, upgrades=self._upgrades)
        if not first(headers, b"host"):
            lines.append(b"host: %b" % self._upstream.authority)
        if self._chunked:
            lines.append(b"transfer-encoding: chunked")
        if self._expects and self._has_body:
            lines.append(b"expect: 100-continue")
        lines += [b"%b: %b" % pair for pair in headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    # -- the body of the request

    async def _upload(self, connection: Connection) -> None:
        try:
            if self._expects:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CONTINUE_SECONDS):
                        await self._wanted.wait()
            await self._send_body(connection)
        except Failed as error:
            connection.fail(error)

    async def _send_body(self, connection: Connection) -> None:
        total, more = 0, True
        while more:
            data, more = await self._next_piece()
            total += len(data)
            if self._limits.upload_bytes and total > self._limits.upload_bytes:
                raise Failed(TOO_LARGE)
            if data:
                await connection.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        if self._chunked:
            await connection.write(b"0\r\n\r\n")

    async def _next_piece(self) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                message = await self._receive()
        except TimeoutError:
            raise Failed(STALLED) from None
        if message["type"] != "http.request":
            raise Failed(GONE)
        return message.get("body", b""), message.get("more_body", False)

    # -- the answer

    async def _interim(self, head: Head) -> None:
        if head.status == 100:
            self._wanted.set()
        elif head.status == 103 and _EARLY_HINT in (self._scope.get("extensions") or {}):
            links = [value for name, value in head.headers if name == b"link"]
            await self._send({"type": _EARLY_HINT, "links": links})

    async def _answer(
        self, connection: Connection, head: Head, upload: asyncio.Task[None] | None
    ) -> asyncio.Task[None] | None:
        """Hand the answer on; return the task that looks whether the reader is still there."""
        headers = response_headers(head.headers)
        if head.status in (204, 304):
            # It tells the length of a body that is not there (RFC 9110 §8.6), and servers miss it then.
            headers = [pair for pair in headers if pair[0] != b"content-length"]
        kind = first(headers, b"content-type")
        seconds = self._limits.idle_seconds
        if kind.startswith(b"text/event-stream"):
            seconds = self._limits.quiet_seconds
            if self._door is not None:
                self._door.lasts = True
        elif b"html" in kind and not connection.ended:
            await connection.gather(_SOON_SECONDS, _SOON_BYTES)
        self.answered = True
        await self._send({"type": "http.response.start", "status": head.status, "headers": headers})
        looking = upload
        while True:
            data = await connection.read(seconds)
            more = not connection.ended
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
            if not more:
                return looking
            if looking is None or looking.done():
                looking = asyncio.create_task(self._look(connection))

    async def _look(self, connection: Connection) -> None:
        """End an exchange whose reader has gone: an event stream would go on for ever."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        connection.fail(Failed(GONE))

    async def _tunnel(self, connection: Connection, head: Head) -> None:
        if not self._upgrades or self._door is None or b"websocket" not in tokens(head.headers, b"upgrade"):
            raise Failed(BROKEN, "an upgrade that nobody asked for")
        headers = response_headers(head.headers)
        self.answered = self.tunnelled = True
        await self._send({"type": "http.response.start", "status": 101, "headers": headers})
        await self._door.join(connection, self._limits.quiet_seconds)


async def _say(scope: Scope, send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
