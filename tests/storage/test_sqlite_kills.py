"""Writers are killed under load, one or both at a time: nothing acknowledged is lost, nothing forks."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bandeau.ledger.store import LogHead
from bandeau.storage.sqlite import SqliteStore
from tests.storage.checking import assert_one_history, assert_verified, assert_whole
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

#: After so many kills another file is begun, so that checking stays quick.
_KILLS_A_FILE = 250
ORIGIN = "news.example/gazette/test/2026"


@dataclass
class Life:
    """What the writers of one file were told, by place in the log, and every head that was seen."""

    path: Path
    acknowledged: dict[int, str] = field(default_factory=dict)
    heads: list[LogHead] = field(default_factory=list)
    turns: int = 0

    def start(self) -> tuple[int, int]:
        """Fork a process that writes until it is killed; return it and the pipe it reports to."""
        self.turns += 1
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                _write(self.path, self.turns * 1_000_000, writing)
            finally:
                os._exit(1)
        os.close(writing)
        return child, reading

    def kill(self, process: tuple[int, int]) -> None:
        """Kill a writer; note what it had reported."""
        child, reading = process
        os.kill(child, signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        with os.fdopen(reading) as pipe:
            lines = pipe.read().split("\n")[:-1]
        for line in lines:
            index, code = line.split()
            assert self.acknowledged.setdefault(int(index), code) == code, "two rows in one place"

    def look(self) -> None:
        """Open the file as a new process does, which checks it; look for what was acknowledged."""
        store = SqliteStore.open(self.path, TestSigner(), deadline_seconds=60)
        newest = sorted(self.acknowledged)[-200:]
        rows = {row.index: row.code for row in store.rows(ORIGIN, newest[0] if newest else 0)}
        assert [index for index in newest if rows.get(index) != self.acknowledged[index]] == []
        self.heads += store.logs()
        store.close()

    def end(self) -> None:
        """Verify everything."""
        store = SqliteStore.open(self.path, TestSigner())
        rows = {row.index: row.code for row in store.rows(ORIGIN)}
        assert [index for index, code in self.acknowledged.items() if rows.get(index) != code] == []
        assert_verified(store)
        assert_one_history(store, self.heads)
        assert store.problems() == []
        store.close()
        assert_whole(self.path)


def _write(path: Path, first: int, pipe: int) -> None:
    store = SqliteStore.open(path, TestSigner(), deadline_seconds=60)
    for start in range(first, first + 1_000_000, 8):
        futures = [store.submit(a_record(n), key=f"key-{n}") for n in range(start, start + 8)]
        for future in futures:
            entry = future.result(60)
            os.write(pipe, f"{entry.index} {entry.code}\n".encode())


def kill(folder: Path, kills: int) -> tuple[int, int]:
    """Kill writers so many times; return how many rows were acknowledged and how many heads were seen."""
    chance, acknowledged, heads = random.Random(13), 0, 0
    for begun in range(0, kills, _KILLS_A_FILE):
        path = folder / f"{begun}.db"
        an_empty_store(path).close()
        life = Life(path)
        writers = [life.start(), life.start()]
        for turn in range(min(_KILLS_A_FILE, kills - begun)):
            time.sleep(chance.uniform(0.005, 0.06))
            life.kill(writers.pop(0))
            if turn % 5 == 4:  # nobody is left: the next one recovers the write-ahead log
                life.kill(writers.pop(0))
                writers.append(life.start())
            life.look()
            writers.append(life.start())
        for writer in writers:
            life.kill(writer)
        life.end()
        acknowledged, heads = acknowledged + len(life.acknowledged), heads + len(life.heads)
        path.unlink()
    return acknowledged, heads


def test_writers_that_are_killed_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    """Forty kills at random moments, while another process writes to the same file."""
    acknowledged, heads = kill(tmp_path, 40)
    assert acknowledged > 40
    assert heads == 40


@pytest.mark.long
@pytest.mark.timeout(14_400)
def test_ten_thousand_killed_writers_lose_nothing(tmp_path: Path) -> None:
    """The same at length."""
    acknowledged, heads = kill(tmp_path, 10_000)
    print(f"10,000 kills: {acknowledged} rows acknowledged, 0 lost; {heads} heads, one history each")
