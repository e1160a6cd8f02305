"""The Chrome DevTools Protocol over a pipe: commands, answers, events.

The pipe is Chromium's own (``--remote-debugging-pipe``): messages are JSON, each ended by a NUL byte. No
port is opened that a visited page, or anybody else on the machine, could reach.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import Callable
from typing import Any

import msgspec

Message = dict[str, Any]
#: session, method, parameters
Listener = Callable[[str, str, Message], None]

#: What a healthy browser answers in, even on a busy machine.
ANSWER_SECONDS = 15.0


def _decoded(message: bytes) -> Message:
    """Read a message; half characters, which scripts may make and pages may show, become U+FFFD."""
    try:
        found: Message = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = _whole(json.loads(message.decode("utf-8", "replace")))
    return found


def _whole(part: Any) -> Any:
    if isinstance(part, str):
        return part.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(part, dict):
        return {_whole(name): _whole(value) for name, value in part.items()}
    return [_whole(each) for each in part] if isinstance(part, list) else part


class BrowserGone(Exception):
    """The browser ended: it crashed, or was stopped."""


class Refused(Exception):
    """The browser answered a command with an error: a target that is gone, most often."""


class Connection(asyncio.Protocol):
    """One browser's pipe. ``listener`` is told every event, in order, before anything else happens."""

    def __init__(self) -> None:
        self.listener: Listener = lambda session, method, params: None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._rest = bytearray()
        self._gone = asyncio.get_running_loop().create_future()
        self._out: asyncio.WriteTransport | None = None
        self._in: asyncio.ReadTransport | None = None

    @classmethod
    async def open(cls, reading: int, writing: int) -> Connection:
        """Take two file descriptors, which are closed with the connection."""
        loop = asyncio.get_running_loop()
        connection = cls()
        connection._in, _ = await loop.connect_read_pipe(lambda: connection, os.fdopen(reading, "rb", 0))
        connection._out, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(writing, "wb", 0))
        return connection

    @property
    def is_gone(self) -> bool:
        """Whether the browser has ended."""
        return self._gone.done()

    async def gone(self) -> None:
        """Wait until the browser has ended."""
        await asyncio.shield(self._gone)

    def send(self, method: str, session: str = "", /, **params: object) -> asyncio.Future[Message]:
        """Send a command; the answer may be waited for or left alone."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        # Nobody has to look at an answer; an error that nobody looked at is no fault.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._out is None or self.is_gone:
            answer.set_exception(BrowserGone(method))
            return answer
        number = next(self._numbers)
        self._waiting[number] = answer
        message: Message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._out.write(msgspec.json.encode(message) + b"\0")
        return answer

    async def call(
        self, method: str, session: str = "", /, *, seconds: float = ANSWER_SECONDS, **params: object
    ) -> Message:
        """Send a command and return its result.

        Raises:
            Refused: the browser answers with an error.
            TimeoutError: it does not answer in time.
            BrowserGone: it has ended.
        """
        async with asyncio.timeout(seconds):
            return await self.send(method, session, **params)

    def close(self) -> None:
        """Close both ends of the pipe: Chromium then ends by itself."""
        for transport in (self._out, self._in):
            if transport is not None:
                transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came; only whole messages are handed on."""
        *messages, rest = data.split(b"\0")
        if messages:
            messages[0] = bytes(self._rest) + messages[0]
            self._rest.clear()
        self._rest += rest
        for message in messages:
            self._take(_decoded(message))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that nothing more comes."""
        if not self._gone.done():
            self._gone.set_result(None)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(BrowserGone())
        self._waiting.clear()

    def _take(self, message: Message) -> None:
        if "id" not in message:
            self.listener(message.get("sessionId", ""), message["method"], message["params"])
            return
        answer = self._waiting.pop(message["id"], None)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(Refused(message["error"].get("message", "")))
        else:
            answer.set_result(message["result"])
