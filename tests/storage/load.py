"""Processes that write to a database while something happens to it, and what must hold afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bandeau.errors import StoreError
from bandeau.storage.postgres import PostgresStore
from tests.storage.checking import assert_verified
from tests.storage.records import NOW, SITE, TestSigner, a_record

ROOT = Path(__file__).parents[2]


class Load:
    """A writing process and what it has printed so far."""

    def __init__(self, url: str, folder: Path, first: int, *options: str, count: int = 10**6) -> None:
        self._path = folder / f"load-{first}"
        command = [sys.executable, "-m", "tests.storage.pgwriter", url, str(first), str(count), *options]
        with self._path.open("wb") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)

    def said(self) -> str:
        """Return what it has printed."""
        return self._path.read_text()

    def acknowledged(self) -> dict[str, int]:
        """Return codes and indices of what was acknowledged; a line that was cut off counts for nothing."""
        found = re.findall(r"^ack \d+ (\S{19}) (\d+)\n", self.said(), re.MULTILINE)
        return {code: int(index) for code, index in found}

    def wait_for_more(self, count: int, seconds: float = 60) -> None:
        """Wait until so many more were acknowledged."""
        wanted, until = len(self.acknowledged()) + count, time.monotonic() + seconds
        while len(self.acknowledged()) < wanted:
            assert self._process.poll() is None, self.said()[-2000:]
            assert time.monotonic() < until, self.said()[-2000:]
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(30)

    def finish(self) -> None:
        """Wait until it has written everything."""
        assert self._process.wait(120) == 0, self.said()[-2000:]


def an_empty_database(url: str) -> None:
    """Create a store with a log of the site that records are of."""
    store = PostgresStore.create(url, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    store.begin(*SITE).result(30)
    store.close()


def lost(url: str, loads: Iterable[Load]) -> list[str]:
    """Return the codes of what was acknowledged and is not there, or not where it was said to be."""
    acknowledged = {code: index for load in loads for code, index in load.acknowledged().items()}
    store = PostgresStore.open(url, TestSigner())
    with store.snapshot() as source:
        assert_verified(source)
        kept = {row.code: row.index for head in source.logs() for row in source.rows(head.origin)}
    store.close()
    return [code for code, index in acknowledged.items() if kept.get(code) != index]


def put(store: PostgresStore, number: int) -> bool:
    """Submit a record; tell whether its key was known."""
    return store.submit(a_record(number), key=f"key-{number}").result(30).duplicate


def settle(store: PostgresStore, number: int) -> bool:
    """Submit a record until it is acknowledged, as a browser does; tell whether its key was known."""
    until = time.monotonic() + 30
    while True:
        try:
            return put(store, number)
        except StoreError:
            assert time.monotonic() < until
