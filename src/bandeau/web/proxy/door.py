"""A reader's connection: what uvicorn's own does, with limits, a gentle end, and ways past ASGI."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bandeau.web.proxy.connection import Connection
from bandeau.web.proxy.headers import RawHeaders, first, tokens
from bandeau.web.proxy.limits import (
    HEAD_SECONDS,
    MOST_HEAD_BYTES,
    MOST_HEADERS,
    MOST_TARGET_BYTES,
    READ_AHEAD_BYTES,
    STALLED_SECONDS,
)
from bandeau.web.proxy.tunnel import End, watch

#: Where an application finds the connection, in ``scope["extensions"]``.
DOOR = "bandeau.door"
#: While the server ends, an idle connection is closed after this: a request may be on its way.
PARTING_SECONDS = 1.0
_AUTHORITY = re.compile(rb"[A-Za-z0-9._~%-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


class _Refused(Exception):
    """A request is not taken; ``status`` says why."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status
        super().__init__(status.phrase)


class Door(HttpToolsProtocol):
    """A reader's connection.

    Beyond uvicorn's: bounds on the head in bytes and in time; one ``Host`` and one way to tell
    where a body ends (RFC 9112 §3.2, §6.3), so that nobody behind reads another request out of
    the same bytes; no new request lost while the server ends; interim answers and tunnels.
    """

    transport: asyncio.Transport
    #: Whether what goes over it has no end of its own: a WebSocket, an event stream.
    lasts = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock of the first head."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._loop = asyncio.get_running_loop()
        self._head_bytes, self._in_head, self._anything = 0, True, False
        self._parting = self._upgraded = False
        self._early = b""
        self._refusal: HTTPStatus | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._clock: asyncio.TimerHandle | None = self._loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for timer in (self._clock, self._stalled):
            if timer is not None:
                timer.cancel()
        if not self._closed.done():
            self._closed.set_result(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what the reader sends."""
        self._anything = True
        if self._upgraded:
            self._keep_early(data)
            return
        self._unset_keepalive_if_required()
        if self._clock is None and self._is_idle():
            self._clock = self._loop.call_later(HEAD_SECONDS, self._too_slow)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgraded = True
            self._keep_early(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal or HTTPStatus.BAD_REQUEST)

    def shutdown(self) -> None:
        """End gently: what runs is answered, and so is a request that is on its way."""
        self._parting = True
        if self.lasts:
            self.transport.close()  # it would outlive any patience, and browsers open it again
        elif not self._is_idle() and not self.cycle.response_started:
            self.cycle.keep_alive = False
        self._loop.call_later(PARTING_SECONDS, self._part)

    def pause_writing(self) -> None:
        """Give a reader who takes nothing a while."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self._loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    # -- httptools

    def on_message_begin(self) -> None:
        """Open a request."""
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True
        own = cast(dict[str, Any], self.scope)
        own["extensions"] = {DOOR: self, "http.response.early_hint": {}}

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        super().on_url(url)
        if len(self.url) > MOST_TARGET_BYTES:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head; one behind the body is nobody's."""
        if not self._in_head:
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MOST_HEAD_BYTES or len(self.headers) >= MOST_HEADERS:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Let a request in whose head leaves no doubt."""
        self._in_head = False
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        self._check_head()
        super().on_headers_complete()
        if self._parting or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._stop(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if self.parser.get_method() in (b"CONNECT", b"TRACE"):
            self._stop(HTTPStatus.METHOD_NOT_ALLOWED)
        self._check_target(version)
        codings = [value.lower() for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (codings != [b"chunked"] or version != "1.1"):
            self._stop(HTTPStatus.NOT_IMPLEMENTED)
        if self.parser.should_upgrade() and (
            codings or first(self.headers, b"content-length") not in (b"", b"0")
        ):
            # Its body would be read as what follows the upgrade.
            self._stop(HTTPStatus.BAD_REQUEST)

    def _check_target(self, version: str) -> None:
        """Settle what is asked of whom: an absolute target outweighs Host (RFC 9112 §3.2.2)."""
        hosts = [value for name, value in self.headers if name == b"host"]
        absolute = _ABSOLUTE.match(self.url)
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            self._stop(HTTPStatus.BAD_REQUEST)
        if absolute:
            self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"]
            hosts = [absolute[1]]
            self.headers.append((b"host", absolute[1]))
        elif not self.url.startswith(b"/"):
            self._stop(HTTPStatus.BAD_REQUEST)
        if hosts and not _AUTHORITY.fullmatch(hosts[0]):
            self._stop(HTTPStatus.BAD_REQUEST)

    def _stop(self, status: HTTPStatus) -> None:
        self._refusal = status
        raise _Refused(status)

    # -- past ASGI

    def write_head(self, status: int, headers: RawHeaders) -> None:
        """Send a head of one's own, final or not."""
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = ""
        lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b"%b: %b" % pair for pair in headers)]
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n")

    async def write(self, data: bytes) -> None:
        """Send bytes as they are; wait while the reader takes nothing."""
        self.transport.write(data)
        await self.flow.drain()

    async def close(self, *, cut: bool = False) -> None:
        """Close after what was written; ``cut`` lets the reader see that it was not all."""
        if cut:
            self.transport.abort()
        else:
            self.transport.close()
        await self._closed

    async def join(self, connection: Connection, quiet_seconds: float) -> None:
        """Make a tunnel of this connection and one to the upstream; return when it is closed."""
        self.lasts = True
        near = End(self.transport, self.connection_lost)
        far = End(connection.transport, connection.connection_lost)
        near.other, far.other = far, near
        answer = connection.hand_over(far)
        self.transport.set_protocol(near)
        far.transport.write(self._early)
        near.transport.write(answer)
        near.transport.resume_reading()
        far.transport.resume_reading()
        await watch((near, far), self._closed, quiet_seconds)

    # -- ends

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _keep_early(self, data: bytes) -> None:
        """Keep what a reader sends behind an upgrade until it is answered."""
        self._early += data
        if len(self._early) > READ_AHEAD_BYTES:
            self.transport.pause_reading()

    def _part(self) -> None:
        if self.transport.is_closing():
            return
        if self._is_idle() and not self._is_asking():
            self.transport.close()
        else:
            self._loop.call_later(PARTING_SECONDS, self._part)

    def _is_asking(self) -> bool:
        """Tell whether a part of a head has come."""
        return self._clock is not None and self._anything

    def _too_slow(self) -> None:
        self._clock = None
        if self._is_idle():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what cannot be let in, and close; never in the midst of another answer."""
        if self.transport.is_closing():
            return
        running = None if self._is_idle() else cast(Any, self.cycle)
        if running is not None:
            running.disconnected = True
            running.message_event.set()
        if self._anything and (running is None or not running.response_started):
            body = f"{status.phrase}\n".encode()
            length = str(len(body)).encode()
            self.write_head(
                status,
                [(b"content-type", b"text/plain"), (b"content-length", length), (b"connection", b"close")],
            )
            self.transport.write(body)
        self.transport.close()


def asks_for_websocket(headers: RawHeaders, method: str) -> bool:
    """Tell whether a request would like a WebSocket (RFC 6455 §4.1)."""
    return (
        method == "GET"
        and first(headers, b"upgrade").lower() == b"websocket"
        and b"upgrade" in tokens(headers, b"connection")
    )
