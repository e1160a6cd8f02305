"""The answer of a COMMIT is lost: what it did is unknown, and is found again under its key."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from bandeau.errors import StoreUnavailable
from bandeau.storage.postgres import PostgresStore
from tests.storage.checking import assert_verified
from tests.storage.clusters import Cluster
from tests.storage.load import put, settle
from tests.storage.records import NOW, TestSigner

#: COMMIT as the protocol sends it: a statement that ends in a zero byte.
COMMIT = b"COMMIT\0"


class CutLine:
    """A line to the server that is cut once, at a COMMIT: before it arrives, or before its answer does."""

    def __init__(self, server: str) -> None:
        self.at = ""
        self.cuts = 0
        self._mute: socket.socket | None = None
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def url(self) -> str:
        """The address of the near end."""
        port = self._listener.getsockname()[1]
        return f"postgresql://bandeau@127.0.0.1:{port}/postgres?sslmode=disable&gssencmode=disable"

    def close(self) -> None:
        """Cut everybody off."""
        for end in self._ends:
            _shut(end)
        for thread in self._threads:
            thread.join(10)
        for end in self._ends:
            end.close()

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                self._ends += [near, far]
                far.connect(self._server)
                self._start(self._carry, near, far)
                self._start(self._carry, far, near)

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source is self._mute:  # the server has committed, and nobody will hear of it
                    self.cuts += 1
                    break
                if self.at and COMMIT in data.replace(b"READ " + COMMIT, b""):
                    cut, self.at = self.at, ""
                    if cut == "request":
                        self.cuts += 1
                        break
                    self._mute = target
                target.sendall(data)
        _shut(source)
        _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(cluster: Cluster, postgres_log: str) -> Iterator[CutLine]:
    """A line to the database with a log."""
    with closing(CutLine(f"{cluster.folder}/.s.PGSQL.{cluster.port}")) as made:
        yield made


@pytest.mark.parametrize(("cut", "was_kept"), [("request", False), ("answer", True)])
def test_commit_without_an_answer_is_not_acknowledged_and_found_again(
    line: CutLine, cut: str, was_kept: bool
) -> None:
    """Five times: the reader is told no, sends the choice again, and there is one record of it."""
    store = PostgresStore.open(line.url, TestSigner(), clock=lambda: NOW, deadline_seconds=10)
    put(store, 0)
    for number in range(1, 6):
        line.at = cut
        with pytest.raises(StoreUnavailable):
            put(store, number)
        assert settle(store, number) is was_kept
    assert line.cuts == 5
    assert store.count() == 6
    with store.snapshot() as source:
        assert_verified(source)
    store.close()


def test_erasure_without_an_answer_is_done_or_is_not(line: CutLine) -> None:
    """Asked for again, it says how many were left to erase; a tombstone stands for each that is gone."""
    store = PostgresStore.open(line.url, TestSigner(), clock=lambda: NOW, deadline_seconds=10)
    for cut, left in (("request", 1), ("answer", 0)):
        put(store, 1)
        line.at = cut
        with pytest.raises(StoreUnavailable):
            store.erase("A" * 22).result(30)
        assert store.erase("A" * 22).result(30) == left
        assert store.count() == 0
    with store.snapshot() as source:
        assert_verified(source)
    store.close()
