"""Many hosts on one loopback port, over TLS, with a log that is the truth about what left the browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.certificates import server_context, write_certificate

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_BY_SUFFIX = {
    "js": ("text/javascript", b"globalThis.ran=1;"),
    "css": ("text/css", b"body{color:#123}"),
    "gif": ("image/gif", _GIF),
    "ico": ("image/gif", _GIF),
    "html": ("text/html", b"<!doctype html><title>page</title><p>Words.</p>"),
    "json": ("application/json", b"{}"),
}
_WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that reached a host."""

    method: str
    url: str
    headers: Mapping[str, str] = field(hash=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answers at a path; ``delay`` is in seconds, ``drip`` never ends the body."""

    body: str | bytes = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drip: bool = False


class Stage:
    """Use as a context manager; ``answers`` maps ``host/path`` (no query) to an answer."""

    def __init__(self, directory: Path, answers: Mapping[str, Answer | str] | None = None) -> None:
        self.port = 0
        self.answers: dict[str, Answer | str] = dict(answers or {})
        self._pem = write_certificate(directory)
        self._hits: list[Hit] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Stage:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the stage did not start")
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def resolver_rules(self) -> str:
        """Chromium's host rules that lead every name here."""
        return f"MAP * 127.0.0.1:{self.port}, EXCLUDE 127.0.0.1, EXCLUDE *.localhost"

    @property
    def hits(self) -> list[Hit]:
        """Every request so far, in the order of their arrival."""
        with self._lock:
            return list(self._hits)

    def counted(self) -> Counter[str]:
        """Return how often each method and address was asked for."""
        return Counter(str(hit) for hit in self.hits)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        context = server_context(self._pem)
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=context, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            with suppress(OSError):
                writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.rstrip("\r\n").split("\r\n")
        method, target, _ = line.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
        if length := int(headers.get("content-length", "0") or 0):
            await reader.readexactly(length)
        host = headers.get("host", "").partition(":")[0]
        scheme = "wss" if "sec-websocket-key" in headers else "https"
        with self._lock:
            self._hits.append(Hit(method, f"{scheme}://{host}{target}", headers))
        if scheme == "wss":
            writer.write(_upgrade(headers["sec-websocket-key"]))
            await writer.drain()
            await reader.read()
            return False
        return await self._write(writer, self.answer_to(host, target, headers), headers)

    def answer_to(self, host: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Return what a host answers."""
        path = target.partition("?")[0]
        known = self.answers.get(host + path)
        if known is not None:
            return Answer(known) if isinstance(known, str) else known
        content_type, body = _BY_SUFFIX.get(path.rpartition(".")[2], ("text/plain", b"ok"))
        return Answer(body, content_type)

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer, headers: Mapping[str, str]) -> bool:
        await asyncio.sleep(answer.delay)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        origin = headers.get("origin", "*")
        lines = [f"HTTP/1.1 {answer.status} OK", f"Content-Type: {answer.content_type}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if origin != "null":
            lines += [f"Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Headers: *"]
        if origin not in ("*", "null"):
            lines.append("Access-Control-Allow-Credentials: true")
        else:
            lines.append("Access-Control-Allow-Origin: *") if origin == "null" else None
        if not answer.drip:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()
        while answer.drip:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)
        return True


def _upgrade(key: str) -> bytes:
    accept = base64.b64encode(hashlib.sha1((key + _WEBSOCKET).encode()).digest()).decode()
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    return "\r\n".join((*lines, f"Sec-WebSocket-Accept: {accept}")).encode() + b"\r\n\r\n"
