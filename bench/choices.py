"""Thousands of readers a second choose over HTTP, each answered when the choice is durable.

Run: python bench/choices.py [--folder DIR] [--seconds N]. In one run, on one machine that serves and asks:
how often its disk syncs, then choices posted over kept-open connections to one and to two processes
of uvicorn (httptools, uvloop) that share one SQLite file. A bare application that answers at once, asked
by the same client, shows what server and client alone can do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvicorn
import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.floor import milliseconds, print_syncs

from bandeau.policyfile.starter import Starter, starter_text
from bandeau.web.asgi import BandeauMiddleware

_CHOICE = {"action": "refuse", "shown": ["audience"], "revision": 1, "source": "first", "language": "fr"}
_ORIGIN = "http://127.0.0.1:8000"


def main() -> None:
    """Measure and print."""
    options = _options()
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, uvicorn "
        f"{uvicorn.__version__}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} CPUs, load "
        f"{os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        print_syncs(Path(folder) / "floor", options.seconds)
        policy = Path(folder) / "bandeau.toml"
        policy.write_text(starter_text(Starter(controller="A", contact="a@a.example")), encoding="utf-8")
        command = [sys.executable, "-m", "bandeau", "ledger", "init"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        print(f"\n{'':<42}{'answers/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
        for processes, served in ((1, ""), (1, str(policy)), (2, str(policy))):
            for connections in (16, 64):
                _print_row(served, processes, connections, options.seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", default=None, help="a folder on the disk to measure")
    parser.add_argument("--seconds", type=float, default=5.0)
    return parser.parse_args()


def _print_row(policy: str, processes: int, connections: int, seconds: float) -> None:
    with _serving(policy, processes) as port:
        uvloop.run(_ask(port, connections, 0.5))  # so that everything is loaded
        asked = uvloop.run(_ask(port, connections, seconds))
    statuses = "" if set(asked.statuses) == {200} else f"  {dict(asked.statuses)}"
    name = "choices" if policy else "answers of nothing"
    name += f", {processes} process{'es' if processes > 1 else ''}, {connections} readers"
    waits = f"{milliseconds(asked.took, 0.5):>9}{milliseconds(asked.took, 0.99):>9}"
    print(f"{name:<42}{len(asked.took) / seconds:>10,.0f}{waits}{statuses}", flush=True)


@contextmanager
def _serving(policy: str, processes: int) -> Iterator[int]:
    """Serve from processes that share a listening socket, as `uvicorn --workers` does."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        context = multiprocessing.get_context("spawn")
        started = [context.Process(target=_serve, args=(listener, policy)) for _ in range(processes)]
        for process in started:
            process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            for process in started:
                process.terminate()
                process.join()


def _serve(listener: socket.socket, policy: str) -> None:
    app = BandeauMiddleware(_nothing, policy=policy) if policy else _nothing
    config = uvicorn.Config(
        app, log_level="error", access_log=False, http="httptools", loop="uvloop", lifespan="off", ws="none"
    )
    uvicorn.Server(config).run(sockets=[listener])


async def _nothing(scope: object, receive: object, send: object) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    await send(start)  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"{}"})  # type: ignore[operator]


@dataclass
class _Asked:
    until: float
    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    open: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


async def _ask(port: int, connections: int, seconds: float) -> _Asked:
    """Let readers post one choice after the other; each waits for its answer."""
    asked = _Asked(time.perf_counter() + seconds, open=connections)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Reader(asked), "127.0.0.1", port)
    await asked.done.wait()
    return asked


class _Reader(asyncio.Protocol):
    """A connection that posts as soon as it was answered."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Post for the first time."""
        self._transport = cast(asyncio.Transport, transport)
        self._post()

    def data_received(self, data: bytes) -> None:
        """Post again when the whole answer is there."""
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]) if separator else 1
        if len(body) < length:
            return
        self._asked.took.append(time.perf_counter() - self._posted)
        self._asked.statuses[int(head[9:12])] += 1
        if time.perf_counter() < self._asked.until:
            self._post()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        """Tell when nobody is left."""
        self._asked.open -= 1
        if not self._asked.open:
            self._asked.done.set()

    def _post(self) -> None:
        self._answer, self._posted = b"", time.perf_counter()
        body = json.dumps({**_CHOICE, "key": os.urandom(12).hex()}).encode()
        head = (
            f"POST /bandeau/choices HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nOrigin: {_ORIGIN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


if __name__ == "__main__":
    main()
