"""What stands around the proxy in tests: an upstream that does as told, the reader's side of a socket."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from bandeau.web.proxy.application import ReverseProxy
from bandeau.web.proxy.door import Door
from bandeau.web.proxy.edge import Edge
from bandeau.web.proxy.limits import Limits
from bandeau.web.proxy.trust import LOOPBACK, Trust

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def talking(talk: Talk, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a conversation over each connection that is made; yield the address."""
    loop = asyncio.new_event_loop()
    tasks: set[asyncio.Task[Any] | None] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def end(server: asyncio.Server) -> None:
        server.close()
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.sleep(0.02)

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(attend, "127.0.0.1", 0, ssl=tls), loop
    ).result(5)
    try:
        yield f"http://127.0.0.1:{started.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(end(started), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def heard(reader: asyncio.StreamReader) -> bytes:
    """Read a request's head and the body that it announces with a length."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lines[0].partition(b":")[2]) if lines else 0)


def ok(body: bytes, *lines: str) -> bytes:
    """Return a whole answer."""
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Echo:
    """An upstream that keeps what it hears and answers the same to everything."""

    def __init__(self, answer: bytes = ok(b"hello")) -> None:
        self.seen: list[bytes] = []
        self.connections = 0
        self.answer = answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk."""
        self.connections += 1
        while True:
            self.seen.append(await heard(reader))
            writer.write(self.answer)
            await writer.drain()


async def websocket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Shake hands, then say everything again, louder."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"connection: upgrade" in head.lower()
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Accept: abc\r\nSet-Cookie: _fbp=1\r\nSet-Cookie: sessionid=1\r\n\r\nfirst."
    )
    while data := await reader.read(100):
        writer.write(data.upper())


HANDSHAKE = (
    "GET /live HTTP/1.1\nHost: gazette.example\nConnection: Upgrade\nUpgrade: websocket\n"
    f"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: {base64.b64encode(b'0123456789abcdef').decode()}"
)


@contextmanager
def proxied(
    address: str,
    *,
    limits: Limits | None = None,
    trusted: tuple[str, ...] = LOOPBACK,
    drain: int = 2,
    around: Callable[[Any], Any] = lambda app: app,
) -> Iterator[int]:
    """Put the proxy, with its own kind of connections, before an upstream; yield its port."""
    proxy = ReverseProxy(address, limits)
    app: Any = Edge(around(proxy), Trust(trusted), proxy.meters)
    config = uvicorn.Config(
        app,
        http=Door,
        ws="none",
        log_level="critical",
        lifespan="on",
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=drain,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


class Reader:
    """A reader's socket."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), 5)
        self.rest = b""

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.line.sendall(data)

    def ask(self, head: str, body: bytes = b"") -> None:
        """Send a request; its lines end as they should, and Host is there."""
        lines = [line for line in head.splitlines() if line]
        if not any(line.lower().startswith("host:") for line in lines):
            lines.append("Host: paper.example")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def until(self, mark: bytes) -> bytes:
        """Return what comes up to a mark, with it."""
        while mark not in self.rest:
            data = self.line.recv(65_536)
            if not data:
                raise EOFError(self.rest)
            self.rest += data
        found, self.rest = (
            self.rest[: self.rest.index(mark) + len(mark)],
            self.rest[self.rest.index(mark) + len(mark) :],
        )
        return found

    def head(self) -> bytes:
        """Return the next head, in lower case."""
        return self.until(b"\r\n\r\n").lower()

    def all(self) -> bytes:
        """Return everything until the other side closes."""
        data, self.rest = self.rest, b""
        try:
            while more := self.line.recv(65_536):
                data += more
        except ConnectionResetError:
            pass
        return data
