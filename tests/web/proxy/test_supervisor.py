"""`bandeau proxy` as a process: workers, reloads and the end, under load; what it tells of itself."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.web.proxy.processes import furnished, running
from tests.web.proxy.standing import Echo, ok, talking

PAGE = ok(
    b"<!doctype html><html><head><title>a</title></head><body>hello</body></html>", "Content-Type: text/html"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, keys and a store."""
    return furnished(tmp_path_factory.mktemp("proxy"))


class Load:
    """Readers who ask over kept-open connections, and count what became of each request."""

    def __init__(self, port: int, readers: int = 4) -> None:
        self.results: Counter[str] = Counter()
        self._port, self._over = port, threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(readers)]
        for thread in self._threads:
            thread.start()

    def asked(self, count: int) -> None:
        """Wait until so many more requests were answered."""
        goal, deadline = self.results["200"] + count, time.monotonic() + 30
        while self.results["200"] < goal:
            assert time.monotonic() < deadline, self.results
            time.sleep(0.01)

    def end(self) -> Counter[str]:
        """Stop; return how often what happened."""
        self._over.set()
        for thread in self._threads:
            thread.join(10)
        return self.results

    def _read(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        for method, body in itertools.cycle((("GET", None), ("POST", b"abc"), ("POST", b"a" * 300_000))):
            if self._over.is_set():
                break
            try:
                line.request(method, "/form", body, {"Host": "127.0.0.1:8000"})
                answer = line.getresponse()
                page = answer.read()
                result = str(answer.status) if b"hello" in page else f"{answer.status} {page[:200]!r}"
            except (OSError, http.client.HTTPException) as error:
                result = type(error).__name__
                line.close()
            with self._lock:
                self.results[result] += 1
        line.close()


def test_reloads_under_load_lose_no_request(home: Path) -> None:
    """Two SIGHUP replace every worker; each of the posts is answered, and the processes are new ones."""
    with talking(Echo(PAGE)) as upstream, running(home, upstream, "--workers", "2", "--drain", "10") as proxy:
        first, load = proxy.workers(), Load(proxy.port)
        for number in (1, 2):
            load.asked(50)
            proxy.process.send_signal(signal.SIGHUP)
            proxy.wait_for("reloaded · report · policy revision 1", number)
        load.asked(50)
        results = load.end()
        assert set(results) == {"200"}
        assert len(first) == 2
        assert not first & proxy.workers()


@pytest.mark.long
def test_many_reloads_lose_no_request_either(home: Path) -> None:
    """Twelve in a row, while sixteen readers ask and send."""
    with talking(Echo(PAGE)) as upstream, running(home, upstream, "--workers", "2", "--drain", "30") as proxy:
        load = Load(proxy.port, readers=16)
        for number in range(1, 13):
            load.asked(200)
            proxy.process.send_signal(signal.SIGHUP)
            proxy.wait_for("reloaded · ", number)
        load.asked(200)
        results = load.end()
    assert set(results) == {"200"}
    assert results["200"] >= 2_600


@pytest.mark.long
def test_the_counts_of_lost_requests_are_honest(home: Path) -> None:
    """The control of the above: workers that are killed do lose requests, and are replaced."""
    with talking(Echo(PAGE)) as upstream, running(home, upstream) as proxy:
        load = Load(proxy.port)
        load.asked(20)
        for pid in proxy.workers():
            os.kill(pid, signal.SIGKILL)
        proxy.wait_for("a worker ended by itself (code -9); another is started")
        load.asked(20)
        results = load.end()
    assert set(results) > {"200"}


def test_the_end_answers_what_has_begun(home: Path) -> None:
    """SIGTERM while the upstream still thinks: the reader gets the whole answer, the exit code is 0."""
    thinks, answer = threading.Event(), threading.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        thinks.set()
        while not answer.is_set():
            await asyncio.sleep(0.01)
        writer.write(PAGE)

    got = list[httpx.Response]()
    with talking(slow) as upstream, running(home, upstream) as proxy:
        reader = threading.Thread(target=lambda: got.append(httpx.get(f"http://127.0.0.1:{proxy.port}/")))
        reader.start()
        assert thinks.wait(10)
        proxy.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            proxy.process.wait(0.5)
        answer.set()
        reader.join(10)
        assert proxy.process.wait(10) == 0
    assert "hello" in got[0].text


@pytest.mark.long
def test_a_reload_with_a_broken_policy_keeps_the_old_workers(home: Path) -> None:
    """The mistake is told with its place; readers notice nothing."""
    policy = home / "bandeau.toml"
    text = policy.read_text()
    with talking(Echo(PAGE)) as upstream, running(home, upstream) as proxy:
        before = proxy.workers()
        try:
            policy.write_text(text + "\nnonsense = [\n")
            proxy.process.send_signal(signal.SIGHUP)
            proxy.wait_for("reload: the new workers did not start; the old ones go on")
        finally:
            policy.write_text(text)
        assert httpx.get(f"http://127.0.0.1:{proxy.port}/").status_code == 200
        assert proxy.workers() == before
        assert any("bandeau.toml" in line for line in proxy.said[1:])


def test_status_tells_live_ready_and_sums_alone(home: Path) -> None:
    """Prometheus' format; nothing of a reader, an address or a page stands in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = "127.0.0.1:{1}".format(*free.getsockname())
    with talking(Echo(PAGE)) as upstream, running(home, upstream, "--status", address) as proxy:
        for _ in range(7):
            httpx.get(f"http://127.0.0.1:{proxy.port}/secret-page?who=me", headers={"Host": "127.0.0.1:8000"})
        assert httpx.get(f"http://{address}/live").status_code == 200
        assert httpx.get(f"http://{address}/ready").text == "ready\n"
        assert httpx.get(f"http://{address}/else").status_code == 404
        assert httpx.post(f"http://{address}/metrics").status_code == 405
        deadline, told = time.monotonic() + 10, ""
        while 'bandeau_proxy_responses_total{class="2xx"} 7' not in told and time.monotonic() < deadline:
            told = httpx.get(f"http://{address}/metrics").text
            time.sleep(0.1)
    assert 'bandeau_proxy_responses_total{class="2xx"} 7' in told
    assert 'bandeau_requests_total{mode="report"} 7' in told
    assert "bandeau_proxy_request_seconds_count 7" in told
    assert "bandeau_proxy_workers 1" in told
    assert all(
        re.fullmatch(r"# .+|[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [\d.]+", x)
        for x in told.splitlines()
    )
    assert not any(word in told for word in ("secret-page", "who", "127.0.0.1", "python-httpx"))


def test_a_policy_that_is_missing_is_told_at_start(tmp_path: Path) -> None:
    """The exit code and the text are those of every verb."""
    command = [sys.executable, "-m", "bandeau", "proxy", "--upstream", "http://127.0.0.1:9", "--port", "0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (2, 3)
    assert "bandeau.toml" in done.stderr
