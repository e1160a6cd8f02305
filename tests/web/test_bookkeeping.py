"""Counts reach the file in batches: no request writes, and none is lost when a server ends in good order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from bandeau.policyfile.starter import Starter, starter_text
from bandeau.storage.countfile import CountFile, Series, read_counts, read_stopped
from bandeau.web.bookkeeping import Bookkeeping
from bandeau.web.stops import Stop
from bandeau.web.tallies import Tallies

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
PAGES: Series = ("pages", ("private",))


class Watched(CountFile):
    """Counts how often something is added."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.additions = 0
        self.added = threading.Event()
        self.fails = False

    def add(
        self,
        now: datetime,
        counts: Mapping[Series, int],
        stops: Mapping[tuple[str, str, str], tuple[str, int]],
    ) -> None:
        """Add, or fail."""
        self.additions += 1
        if self.fails:
            raise OSError("the disk is full")
        super().add(now, counts, stops)
        self.added.set()


def kept(path: Path) -> dict[Series, int]:
    """Return what is in the file."""
    return {row.series: row.count for row in read_counts(path, NOW, NOW + timedelta(hours=1))}


@pytest.fixture
def file(tmp_path: Path) -> Watched:
    """A file of counts."""
    return Watched(tmp_path / "counts")


def test_a_thousand_requests_are_one_addition(file: Watched) -> None:
    """Nothing is written while a reader waits."""
    tallies = Tallies()
    keeper = Bookkeeping(tallies, file, lambda: NOW, seconds=3600)
    for _ in range(1_000):
        tallies.page(shared=False)
        keeper.tick()
    assert file.additions == 0
    keeper.close()
    assert (file.additions, kept(file.path)) == (1, {PAGES: 1_000})


def test_the_timer_adds_by_itself(file: Watched) -> None:
    """The last count of the evening does not wait for the first of the morning."""
    tallies = Tallies()
    keeper = Bookkeeping(tallies, file, lambda: NOW, seconds=0.01)
    tallies.page(shared=False)
    keeper.tick()
    assert file.added.wait(10)
    assert kept(file.path) == {PAGES: 1}


def test_each_count_is_added_once(file: Watched) -> None:
    """Only what is new."""
    tallies = Tallies()
    keeper = Bookkeeping(tallies, file, lambda: NOW)
    for _ in range(3):
        tallies.page(shared=False)
        tallies.stops.add(Stop("x.example", "img-src"), "/a")
        keeper.flush()
    keeper.flush()
    assert file.additions == 3
    assert kept(file.path) == {PAGES: 3}
    assert [(row.page, row.count) for row in read_stopped(file.path)] == [("/a", 3)]


def test_what_could_not_be_written_is_tried_again(file: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and nothing is lost or counted twice."""
    tallies = Tallies()
    keeper = Bookkeeping(tallies, file, lambda: NOW)
    tallies.page(shared=False)
    file.fails = True
    keeper.flush()
    keeper.flush()
    file.fails = False
    tallies.page(shared=False)
    keeper.flush()
    assert kept(file.path) == {PAGES: 2}
    assert len(caplog.records) == 1


def test_without_its_folder_nothing_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A site that was taken away."""
    tallies = Tallies()
    tallies.page(shared=False)
    Bookkeeping(tallies, CountFile(tmp_path / "gone" / "counts"), lambda: NOW).close()
    assert not caplog.records


PROGRAM = """
import sys
from bandeau.core.request import RequestHead
from bandeau.web.gateway.assembly import open_gateway
gateway = open_gateway("bandeau.toml")
for _ in range(5):
    gateway.pass_on(RequestHead("GET", "https", "localhost", "/", "", ()))
"""


def test_the_end_of_a_process_adds_the_rest(tmp_path: Path) -> None:
    """A worker of a WSGI server that ends."""
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    for command in (["keys", "create"], ["ledger", "init"]):
        subprocess.run([sys.executable, "-m", "bandeau", *command], cwd=tmp_path, check=True, timeout=60)
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, check=True, timeout=60)
    now = datetime.now(UTC)
    rows = read_counts(tmp_path / "bandeau.counts", now - timedelta(hours=1), now + timedelta(hours=1))
    assert {row.series: row.count for row in rows} == {("requests", ("report",)): 5}


APP = """
from bandeau.web.asgi import BandeauMiddleware

async def paper(scope, receive, send):
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    headers = [(b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<!doctype html><title>x</title><p>x"})

app = BandeauMiddleware(paper, policy="bandeau.toml")
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + 30
    while True:
        try:
            urlopen(Request(url, headers={"Host": "localhost"}), timeout=5).read()
        except (URLError, ConnectionError):
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("kind", ["middleware", "proxy"])
def test_a_server_that_is_told_to_stop_adds_the_rest(kind: str, tmp_path: Path) -> None:
    """Middleware and proxy count alike, and a deploy loses nothing."""
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    (tmp_path / "paper.py").write_text(APP, encoding="utf-8")
    for command in (["keys", "create"], ["ledger", "init"]):
        subprocess.run([sys.executable, "-m", "bandeau", *command], cwd=tmp_path, check=True, timeout=60)
    own, upstream = (free_port() for _ in range(2))
    uvicorn = [sys.executable, "-m", "uvicorn", "--log-level", "error", "--port"]
    behind = subprocess.Popen([*uvicorn, str(upstream), "paper:app"], cwd=tmp_path)
    proxy = [
        sys.executable,
        "-m",
        "bandeau",
        "proxy",
        "-p",
        str(own),
        "--upstream",
        f"http://127.0.0.1:{upstream}",
    ]
    command = proxy if kind == "proxy" else [*uvicorn, str(own), "paper:app"]
    # What stands behind keeps its counts elsewhere.
    server = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "BANDEAU_COUNTS": "counts"})
    try:
        wait_for(f"http://127.0.0.1:{upstream}/")
        wait_for(f"http://127.0.0.1:{own}/")
        for _ in range(3):
            wait_for(f"http://127.0.0.1:{own}/page")
    finally:
        for process in (server, behind):
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    now = datetime.now(UTC)
    rows = read_counts(tmp_path / "counts", now - timedelta(hours=1), now + timedelta(hours=1))
    assert {row.series: row.count for row in rows}[("requests", ("report",))] == 4
