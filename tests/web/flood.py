"""A site behind a proxy, in a process of its own, and clients that post choices to it at a steady pace."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bandeau.policyfile.starter import Starter, starter_text

_SERVER = """
import sys, uvicorn
from bandeau.cli.server import address_of, listen
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.preview import preview
listener = listen("127.0.0.1", 0)
print(address_of(listener), flush=True)
app = BandeauMiddleware(preview, policy=sys.argv[1])
# The address of a reader comes from the proxy in front, as in production.
config = uvicorn.Config(app, log_level="error", access_log=False, proxy_headers=True, forwarded_allow_ips="127.0.0.1")
uvicorn.Server(config).run(sockets=[listener])
"""
REFUSAL = json.dumps({"action": "refuse", "shown": ["audience"], "revision": 1, "source": "first"}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one post."""

    status: int
    seconds: float
    retry_after: str
    refused: bool


@contextmanager
def flooded_site(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve a site with a SQLite store; yield its address and its policy file."""
    path = folder / "bandeau.toml"
    path.write_text(starter_text(Starter(controller="A", contact="a@a.example")), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "bandeau", "ledger", "init"], cwd=folder, check=True, capture_output=True
    )
    with another_server(path) as address:
        yield address, path


@contextmanager
def another_server(policy: Path) -> Iterator[str]:
    """Serve the site of a policy file from a process of its own; yield its address."""
    command = [sys.executable, "-c", _SERVER, str(policy)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(20)


async def post_steadily(
    address: str, count: int, per_second: float, client: Callable[[int], str], *, connections: int = 8
) -> list[Answer]:
    """Post refusals at a pace from the addresses that ``client`` returns; each post is timed by itself."""
    host, _, port = address.removeprefix("http://").partition(":")
    start = asyncio.get_running_loop().time()
    answers: list[Answer] = []

    async def work(first: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in range(first, count, connections):
            pause = start + number / per_second - asyncio.get_running_loop().time()
            await asyncio.sleep(max(pause, 0))
            answers.append(await _post(reader, writer, address, client(number)))
        writer.close()

    await asyncio.gather(*(work(first) for first in range(connections)))
    return answers


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, client: str
) -> Answer:
    head = (
        f"POST /bandeau/choices HTTP/1.1\r\nHost: {address.removeprefix('http://')}\r\nOrigin: http://127.0.0.1:8000\r\n"
        f"X-Forwarded-For: {client}\r\nContent-Type: application/json\r\nContent-Length: {len(REFUSAL)}\r\n\r\n"
    )
    began = time.perf_counter()
    writer.write(head.encode() + REFUSAL)
    answered = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = dict(line.split(": ", 1) for line in answered.split("\r\n")[1:] if ": " in line)
    await reader.readexactly(int(lines.get("content-length", "0")))
    return Answer(
        int(answered.split()[1]),
        time.perf_counter() - began,
        lines.get("retry-after", ""),
        "set-cookie: bd=" in answered,
    )
