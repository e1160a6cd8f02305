"""What the proxy adds to a site: beside the bare upstream, and beside nginx as a plain proxy, in one run.

Run: python bench/proxy.py [--seconds N] [--folder DIR] [--quick]. nginx serves a page of 118 kB, an asset of
5 kB and a file of 100 MB; each is asked for directly, through a second nginx that only passes on, and through
`bandeau proxy` that enforces a policy. The page is asked for with the same bytes again and again (as behind a
cache: the memo answers), then with bytes that differ each time (every page is rewritten). CPU is that of the
process in the middle alone, and so says more on a busy machine than requests a second do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvicorn
import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.floor import milliseconds

from bandeau.policyfile.starter import Starter, starter_text

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES, _ASSET_BYTES, _FILE_BYTES = 118_000, 5_000, 100_000_000


@dataclass(frozen=True)
class Way:
    """A way to the upstream: its name, its port, and the process that stands in the middle."""

    name: str
    port: int
    process: subprocess.Popen[bytes] | None = None


def main() -> None:
    """Measure and print."""
    options = _options()
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, uvicorn "
        f"{uvicorn.__version__}, {_nginx_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as name, ExitStack() as open_:
        folder = Path(name)
        os.chmod(folder, 0o755)  # nginx's worker may be another user
        _write_site(folder / "site")
        ways = _ways(folder, open_)
        _print_requests(ways, options.seconds)
        if not options.quick:
            _print_files(ways)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", default=None)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--quick", action="store_true", help="leave the large file out")
    return parser.parse_args()


def _print_requests(ways: list[Way], seconds: float) -> None:
    cases = (("asset, 5 kB", "/a.css"), ("page, same bytes", "/p.html"), ("page, new bytes", "/v"))
    print(f"\n{'':<42}{'answers/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}")
    for title, path in cases:
        for connections in (1, 32):
            for way in ways:
                uvloop.run(_ask(way.port, path, connections, 0.4))
                spent = _cpu(way)
                asked = uvloop.run(_ask(way.port, path, connections, seconds))
                each = (_cpu(way) - spent) / max(1, len(asked.took)) * 1e6
                name = f"{title}, {connections} at once, {way.name}"
                waits = f"{milliseconds(asked.took, 0.5):>9}{milliseconds(asked.took, 0.99):>9}"
                print(f"{name:<42}{len(asked.took) / seconds:>10,.0f}{waits}{each:>9.0f}", flush=True)


def _print_files(ways: list[Way]) -> None:
    print(f"\n{'a file of 100 MB, best of 5':<42}{'MB/s':>10}{'CPU ms':>9}")
    for way in ways:
        best, spent = 1e9, _cpu(way)
        for _ in range(5):
            started = time.perf_counter()
            received = _download(way.port, "/large.bin")
            best = min(best, time.perf_counter() - started)
            assert received == _FILE_BYTES, received
        each = (_cpu(way) - spent) / 5 * 1e3
        print(f"{way.name:<42}{_FILE_BYTES / 1e6 / best:>10,.0f}{each:>9.0f}", flush=True)


def _download(port: int, path: str) -> int:
    """Take a file with as little work as a client can do; return the size of its body."""
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += line.recv(65_536)
        total = len(head.partition(b"\r\n\r\n")[2])
        while got := line.recv_into(buffer):
            total += got
    return total


def _ways(folder: Path, open_: ExitStack) -> list[Way]:
    upstream, plain, ours = _free_port(), _free_port(), _free_port()
    files = f"root {folder}/site; default_type text/css; types {{ text/html html; }}"
    # A page that is never the same: what nginx puts in stands at its beginning, so nothing can be remembered.
    fresh = "location = /v { default_type text/html; sub_filter_once on; sub_filter BYTES $request_id; "
    open_.enter_context(_nginx(folder / "up", upstream, f"{files} {fresh} try_files /v.html =404; }}"))
    proxy = "location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ''; }"
    pool = f"upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; }}"
    second = open_.enter_context(_nginx(folder / "plain", plain, proxy, pool))
    bandeau = open_.enter_context(_bandeau(folder, upstream, ours))
    return [Way("bare", upstream), Way("nginx", plain, second), Way("bandeau", ours, bandeau)]


def _write_site(folder: Path) -> None:
    folder.mkdir()
    row = (
        '<article><a href="/{0}.html"><img src="/img/{0}.jpg" alt=""><h2>No. {0}</h2></a><p>{1}</p></article>'
    )
    text = "Readers learn what was decided, by whom, and what it will change for them. " * 4
    tags = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
    body = "".join(row.format(i, text) for i in range(2_000))[: _PAGE_BYTES - 400]
    body = body[: body.rfind("<article")]
    head = f'<head><meta charset="utf-8"><title>BYTES</title>{tags}</head>'
    page = f'<!doctype html><html lang="fr">{head}<body>{body}</body></html>'
    (folder / "p.html").write_text(page)
    (folder / "v.html").write_text(page)
    (folder / "a.css").write_bytes(b"a{color:red}\n" * (_ASSET_BYTES // 13))
    (folder / "large.bin").write_bytes(os.urandom(1 << 20) * 96)
    os.truncate(folder / "large.bin", _FILE_BYTES)


@contextmanager
def _nginx(folder: Path, port: int, server: str, http: str = "") -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ access_log off; sendfile on;\n"
        f"keepalive_requests 1000000; {temporary} {http}\nserver {{ listen 127.0.0.1:{port}; {server} }} }}\n"
    )
    command = ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    with _running(command, port) as process:
        yield process


@contextmanager
def _bandeau(folder: Path, upstream: int, port: int) -> Iterator[subprocess.Popen[bytes]]:
    home = folder / "bandeau"
    home.mkdir()
    text = starter_text(Starter(controller="A", contact="a@a.example"))
    (home / "bandeau.toml").write_text(text.replace('mode = "report"', 'mode = "enforce"'), encoding="utf-8")
    init = [sys.executable, "-m", "bandeau", "ledger", "init"]
    subprocess.run(init, cwd=home, check=True, capture_output=True)
    command = [sys.executable, "-m", "bandeau", "proxy", "--upstream", f"http://127.0.0.1:{upstream}"]
    with _running([*command, "--port", str(port)], port, home) as process:
        yield process


@contextmanager
def _running(command: list[str], port: int, cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=cwd, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def _cpu(way: Way) -> float:
    """Return the CPU seconds that the process in the middle and its children have used."""
    if way.process is None:
        return 0.0
    total, waiting = 0, [way.process.pid]
    while waiting:
        pid = waiting.pop()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
        waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return total / _TICKS


@dataclass
class _Asked:
    until: float
    took: list[float] = field(default_factory=list)
    open: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


async def _ask(port: int, path: str, connections: int, seconds: float) -> _Asked:
    """Let readers ask one after the other over kept-open connections."""
    asked = _Asked(time.perf_counter() + seconds, open=connections)
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Reader(asked, path), "127.0.0.1", port)
    await asked.done.wait()
    return asked


class _Reader(asyncio.Protocol):
    """A connection that asks again as soon as it was answered."""

    def __init__(self, asked: _Asked, path: str) -> None:
        self._asked = asked
        self._question = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n".encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Ask again when the whole answer is there."""
        if self._left is None:
            self._head += data
            head, separator, body = self._head.partition(b"\r\n\r\n")
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(head.decode())
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            self._left, data = (int(length) if length else -1), body
        if self._left >= 0:
            self._left -= len(data)
            whole = self._left == 0
        else:
            self._tail = (self._tail + data)[-5:]
            whole = self._tail == b"0\r\n\r\n"
        if whole:
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        """Tell when nobody is left."""
        self._asked.open -= 1
        if not self._asked.open:
            self._asked.done.set()

    def _next(self) -> None:
        self._asked.took.append(time.perf_counter() - self._sent)
        if time.perf_counter() < self._asked.until:
            self._send()
        else:
            self._transport.close()

    def _send(self) -> None:
        self._left: int | None = None
        self._head, self._tail, self._sent = b"", b"", time.perf_counter()
        self._transport.write(self._question)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _nginx_version() -> str:
    if shutil.which("nginx") is None:
        raise SystemExit("nginx is needed: apt-get install nginx-light")
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition(" ")[2]


if __name__ == "__main__":
    main()
