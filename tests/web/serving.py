"""Servers on free loopback ports for tests: an ASGI application, or a raw scripted upstream."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.serving import serve

Answer = Callable[[bytes], list[bytes]]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI application; yield its base URL."""
    with serve(app) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def upstream(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Serve scripted bytes: each request's bytes are kept, and the answer's pieces are sent as they are."""
    seen: list[bytes] = []
    loop = asyncio.new_event_loop()
    ready: list[asyncio.Server] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0
        )
        seen.append(head + await reader.readexactly(length))
        for piece in answer(seen[-1]):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def start() -> None:
        ready.append(await asyncio.start_server(talk, "127.0.0.1", 0))

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    port = ready[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", seen
    finally:
        asyncio.run_coroutine_threadsafe(_close(ready[0]), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    await asyncio.sleep(0.05)  # lets the last connection callback end before its loop does
