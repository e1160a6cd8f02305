"""A withdrawal is carried out although its handler fails twice and its process is killed in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.profiles.site import site_in

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(60)


class Newsstand:
    """A process that serves one reader."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, word: str) -> None:
        """Send a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def hear(self, *texts: str) -> None:
        """Read until all of some lines came, in any order."""
        assert self.process.stdout is not None
        heard = []
        for line in self.process.stdout:
            heard.append(line.strip())
            if {*texts} <= {*heard}:
                return
        raise AssertionError(f"{texts} never came: {heard}")

    def do(self, word: str, status: int) -> None:
        """Send a line and wait for its answer."""
        self.say(word)
        self.hear(f"{word} {status}")

    def kill(self) -> None:
        """Kill it as a power cut would, for what it holds in memory."""
        os.kill(self.process.pid, signal.SIGKILL)
        assert self.process.wait(30) == -signal.SIGKILL


@contextmanager
def newsstand(folder: Path, plan: str, *options: str) -> Iterator[Newsstand]:
    """Start the process; it is gone afterwards."""
    command = [sys.executable, "-m", "tests.profiles.newsstand", str(folder), plan, *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            made = Newsstand(process)
            made.hear("ready")
            yield made
        finally:
            process.kill()


def rows(folder: Path) -> int:
    """Count the profiles."""
    if not (folder / "profiles.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "profiles.db")) as database:
        return int(database.execute("SELECT count(*) FROM profile").fetchone()[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a site."""
    site_in(tmp_path).close()
    return tmp_path


def profiled(stand: Newsstand, folder: Path) -> None:
    """Make a profile of a reader who allows it; before that there is none."""
    stand.do("read", 204)
    assert rows(folder) == 0
    stand.do("accept", 200)
    stand.do("read", 204)
    assert rows(folder) == 1


def test_it_is_erased_though_the_handler_fails_twice_and_the_process_is_killed(folder: Path) -> None:
    """The first try fails, the process dies in the second, the third fails in another; then it is erased."""
    with newsstand(folder, "fh") as stand:
        profiled(stand, folder)
        stand.say("refuse")
        stand.hear("try f", "try h", "refuse 200")
        stand.kill()
    assert rows(folder) == 1
    with newsstand(folder, "fe") as stand:
        stand.hear("try f")
        stand.hear("try e")
        stand.do("wait", 200)
        assert rows(folder) == 0
        stand.do("read", 204)
    assert rows(folder) == 0


def test_it_is_erased_though_the_process_is_killed_before_it_answers(folder: Path) -> None:
    """The record is durable, the handler never came to an end, the reader never got an answer."""
    with newsstand(folder, "h") as stand:
        profiled(stand, folder)
        stand.say("refuse")
        stand.hear("try h")
        stand.kill()
    assert rows(folder) == 1
    with newsstand(folder, "e") as stand:
        stand.hear("try e")
        stand.do("wait", 200)
    assert rows(folder) == 0


def test_without_what_is_kept_the_profile_would_stay(folder: Path) -> None:
    """The control: who calls a handler from memory alone loses the withdrawal with the process."""
    with newsstand(folder, "e", "--without-outbox") as stand:
        profiled(stand, folder)
        stand.do("refuse", 200)
        stand.kill()
    with newsstand(folder, "e") as stand:
        stand.do("wait", 200)
    assert rows(folder) == 1
