"""A connection to the upstream: writes a request, gives the answer piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

import httptools

from bandeau.web.proxy.failures import BROKEN, LATE, Failed
from bandeau.web.proxy.headers import RawHeaders, first
from bandeau.web.proxy.limits import MOST_HEAD_BYTES, MOST_HEADERS, READ_AHEAD_BYTES

if TYPE_CHECKING:
    from bandeau.web.proxy.tunnel import End


_MOST_INTERIM = 16


class Head(NamedTuple):
    """The head of an answer; header names are lower case."""

    status: int
    headers: RawHeaders


class Connection(asyncio.Protocol):
    """One connection. Requests follow each other; each is begun, and its answer is read to the end.

    Args:
        on_lost: called once, when the connection is no more.
    """

    transport: asyncio.Transport

    def __init__(self, on_lost: Callable[[Connection], None]) -> None:
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self.is_lost = False
        #: Whether an answer has been read over it before.
        self.is_used = False
        #: Whether an exchange is under way.
        self.is_busy = False
        self._reset(b"")

    def _reset(self, method: bytes) -> None:
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._method = method
        self._heads: deque[Head] = deque()
        self._headers: RawHeaders = []
        self._head_bytes = self._interim = 0
        self._is_final = self._upgraded = False  # the answer's own head has come, and is a 101
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._left: int | None = None  # of a body with a stated length
        self._until_eof = False
        self._error: Failed | None = None
        self._keeps = False
        self._rest = b""  # what came behind a 101
        #: Whether anything of the answer has come.
        self.heard = False
        #: Whether the whole answer has come.
        self.ended = False

    # -- the request

    def begin(self, method: bytes, head: bytes) -> None:
        """Send the head of a request."""
        self._reset(method)
        self.is_busy = True
        self.transport.write(head)

    async def write(self, data: bytes) -> None:
        """Send a piece of the request's body; wait while the upstream takes nothing.

        Raises:
            Failed: the connection broke.
        """
        if self.is_lost:
            raise Failed(BROKEN, "while the request was sent")
        self.transport.write(data)
        if self._writable is not None:
            await self._writable

    # -- the answer

    async def head(self, seconds: float) -> Head:
        """Return the next head: interim answers (1xx) first, then the answer's own.

        Raises:
            Failed: there is none, or none in time.
        """
        while not self._heads:
            await self._wait(seconds)
        return self._heads.popleft()

    async def read(self, seconds: float) -> bytes:
        """Return the bytes of the body that have come; nothing at its end.

        Raises:
            Failed: it ends too early, or nothing came in time.
        """
        while not self._pieces and not self.ended:
            await self._wait(seconds)
        return self._take()

    async def gather(self, seconds: float, most: int) -> None:
        """Wait for the end of a body, for so long and so much at most."""
        until = self._loop.time() + seconds
        while not self.ended and self._size < most and (left := until - self._loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                try:
                    await self._woken(left)
                except Failed:
                    return  # whoever reads gets it, behind what has come

    def fail(self, error: Failed) -> None:
        """End the exchange from outside: whoever waits for the answer gets this error."""
        self._error = self._error or error
        self.transport.abort()
        self._wake()

    def finish(self) -> bool:
        """End the exchange; tell whether the connection can be used again."""
        self.is_busy = False
        self.is_used = True
        good = self.ended and self._keeps and not self._pieces and not self.is_lost
        if not good:
            self.transport.abort()
        return good

    def hand_over(self, end: End) -> bytes:
        """Give the connection to one end of a tunnel; return what has come for it already."""
        self.transport.set_protocol(end)
        return self._rest

    def _take(self) -> bytes:
        pieces = self._pieces
        data = pieces.popleft() if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if self._size > READ_AHEAD_BYTES and not self.is_lost:
            self.transport.resume_reading()
        self._size = 0
        return data

    async def _wait(self, seconds: float) -> None:
        try:
            await self._woken(seconds)
        except TimeoutError:
            raise Failed(LATE, f"silent for {seconds:g} s") from None

    async def _woken(self, seconds: float) -> None:
        if self._error is not None:
            raise self._error
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, _time_out, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take what the upstream sends."""
        if not self.is_busy:
            # Nobody asked: nothing of it may become the next reader's answer.
            self.transport.abort()
            return
        self.heard = True
        if self._left is not None:
            self._take_counted(data)
        elif self._until_eof:
            self._push(data)
        else:
            self._parse(data)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody."""
        self.is_lost = True
        if self.is_busy and not self.ended:
            if self._until_eof and exc is None and self._error is None:
                self.ended = True
            else:
                self._error = self._error or Failed(BROKEN, type(exc).__name__ if exc else "closed early")
        self.resume_writing()
        self._wake()
        self._on_lost(self)

    def pause_writing(self) -> None:
        """Let those who write wait."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let those who write go on."""
        if self._writable is not None:
            self._writable.set_result(None)
            self._writable = None

    # -- httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MOST_HEAD_BYTES or len(self._headers) >= MOST_HEADERS:
            raise ValueError("the head is too large")
        if not self._is_final:  # what stands behind the body is no header
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Take a head: what of a body follows it hangs on status and method (RFC 9112 §6.3)."""
        parser = self._parser
        if parser is None or self._is_final:
            raise ValueError("a second answer")
        status, headers = parser.get_status_code(), self._headers
        if 100 <= status < 200 and status != 101:
            self._heads.append(Head(status, headers))
            self._headers, self._head_bytes = [], 0
            self._interim += 1
            if self._interim > _MOST_INTERIM:
                raise ValueError("interim answers without end")
            return
        if not 101 <= status <= 599:
            raise ValueError("a status that is none")
        self._is_final = True
        coding = first(headers, b"transfer-encoding").lower()
        if coding not in (b"", b"chunked"):
            raise ValueError("a transfer coding that nobody asked for")
        self._keeps = parser.should_keep_alive()
        self._heads.append(Head(status, headers))
        self._upgraded = status == 101
        if self._method == b"HEAD" or status in (204, 304):
            self.ended = True
        elif not coding and not self._upgraded:
            self._expect(first(headers, b"content-length"))

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self._left is not None:
            self._take_counted(body)
        elif self.ended:
            self._keeps = False  # a body where there is none
        else:
            self._push(body)

    def on_message_complete(self) -> None:
        """Note the end of an answer (interim ones end too)."""
        self.ended = self.ended or (self._is_final and self._left is None and not self._upgraded)

    def _expect(self, length: bytes) -> None:
        if not length:
            self._until_eof, self._keeps = True, False
        elif not length.isdigit():
            raise ValueError("a length that is no number")
        else:
            self._left = int(length)
            self.ended = self._left == 0

    def _parse(self, data: bytes) -> None:
        if self.ended or self._parser is None:
            self._keeps = False
            self.transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._rest = data[upgrade.args[0] :]
            self._parser = None
            self.transport.pause_reading()
        except httptools.HttpParserError as error:
            self._spoil(str(error.__context__ or error))

    def _spoil(self, detail: str) -> None:
        """Note what is not HTTP; an answer that was whole before stands."""
        self._keeps = False
        if not self.ended:
            self.fail(Failed(BROKEN, detail))

    def _take_counted(self, data: bytes) -> None:
        left = (self._left or 0) - len(data)
        if left < 0:
            self._keeps, data = False, data[:left]
        self._left = max(0, left)
        if data:
            self._push(data)
        self.ended = self._left == 0

    def _push(self, data: bytes) -> None:
        before = self._size
        self._pieces.append(data)
        self._size += len(data)
        if before <= READ_AHEAD_BYTES < self._size and not self.is_lost:
            self.transport.pause_reading()


def _time_out(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())
