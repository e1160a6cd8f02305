"""A store in one SQLite file, shared by the processes of one machine."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from bandeau.core.record import ConsentRecord
from bandeau.errors import BandeauError, StoreError, StoreUnavailable
from bandeau.ledger.bodies import Reason
from bandeau.ledger.loading import check_kept
from bandeau.ledger.outbox import NO_EFFECTS, Debt, Effects, Outbox, Work
from bandeau.ledger.receiptcode import read_code
from bandeau.ledger.sequencer import (
    Announcement,
    Begin,
    Chore,
    Erasure,
    Item,
    Pruning,
    Result,
    Submission,
    log_time,
)
from bandeau.ledger.store import Entry, Found, Kept, LogHead, LogSource, Signer
from bandeau.storage import sqlitefile
from bandeau.storage.groupcommit import GroupCommit
from bandeau.storage.sqlitecheck import problems
from bandeau.storage.sqlitefile import SqliteFile, locked, store_error
from bandeau.storage.sqlitelogs import SqliteLogs
from bandeau.storage.sqlitewriter import SqliteWriter

log = logging.getLogger("bandeau.store")

Answer = TypeVar("Answer")


class SqliteStore:
    """Keeps logs in a SQLite file: durable before acknowledged, in commits shared by callers.

    One object may be made before a server forks: each process gets its own connections.
    """

    def __init__(
        self,
        path: Path,
        signer: Signer,
        *,
        clock: Callable[[], float] = time.time,
        deadline_seconds: float = 5.0,
        limit: int = 10_000,
    ) -> None:
        self.path = path
        self._signer = signer
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._limit = limit
        self._closed = False
        self._lock = threading.Lock()  # guards _engine
        self._engine: _Engine | None = None
        _stores.add(self)

    @classmethod
    def create(cls, path: str | Path, signer: Signer, **options: Any) -> SqliteStore:
        """Create a store file without logs and open it; ``begin`` gives a site its first log.

        Raises:
            FileExistsError: there is a file of that name; it is left alone.
        """
        sqlitefile.create(Path(path))
        return cls(Path(path), signer, **options)

    @classmethod
    def open(cls, path: str | Path, signer: Signer, **options: Any) -> SqliteStore:
        """Open a store file and check its logs; one of the first layout gets logs now.

        Raises:
            StoreMissing: there is no store here, or the file is something else.
            StoreDamaged: its logs are not as they were left.
            StoreUnavailable: it cannot be read now.
        """
        writer = SqliteWriter(Path(path), signer)
        writer.load()
        writer.file.close()
        return cls(Path(path), signer, **options)

    def begin(self, site_id: str, environment: str) -> Future[LogHead]:
        """Begin the first log of a site."""
        return self._write(LogHead, Begin((site_id, environment), self._now()))

    def submit(self, record: ConsentRecord, *, key: str, effects: Effects = NO_EFFECTS) -> Future[Entry]:
        """Append a record; the future is resolved when it is durable."""
        return self._write(Entry, Submission.of(record, key, effects))

    def append(
        self, site_id: str, environment: str, kind: str, body: Callable[[str, str], bytes]
    ) -> Future[Entry]:
        """Append a row about the log itself."""
        return self._write(Entry, Announcement((site_id, environment), self._now(), kind, body))

    def settle(self, work: Work) -> Future[list[Debt]]:
        """Change what the site owes."""
        return self._write(list[Debt], Chore(work))

    def owed(self, look: Callable[[Outbox], Found]) -> Found:
        """Return what is found in what the site owes."""
        with self._reading() as logs:
            return look(logs.outbox)

    def erase(self, subject_id: str, reason: Reason = "erasure") -> Future[int]:
        """Delete a subject's records and append tombstones."""
        return self._write(int, Erasure(subject_id, self._now(), reason))

    def prune(self, origin: str) -> Future[int]:
        """Delete the consent records of a log that is over."""
        return self._write(int, Pruning(origin, self._now()))

    def kept(self, code: str) -> Kept | None:
        """Return the row of a receipt code, or ``None``; raises ``StoreDamaged`` when it was changed."""
        known = read_code(code)
        if known is None:
            return None
        with self._reading() as logs:
            found = [check_kept(row, logs) for row in logs.by_code(known)]
        # Two records of one code (80 bits) will not happen; if they do, neither is handed out.
        return found[0] if len(found) == 1 else None

    def kept_of_subject(self, subject_id: str) -> list[Kept]:
        """Return a subject's rows, oldest first; raises ``StoreDamaged`` when one was changed."""
        with self._reading() as logs:
            return [check_kept(row, logs) for row in logs.by_subject(subject_id)]

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""
        row = self.kept(code)
        return None if row is None else row.record()

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""
        return [row.record() for row in self.kept_of_subject(subject_id)]

    def count(self) -> int:
        """Return how many consent records are kept."""
        with self._reading() as logs:
            return logs.count()

    def logs(self) -> list[LogHead]:
        """Return the heads of all logs."""
        with self._reading() as logs:
            return logs.logs()

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return the hashes of a tile."""
        with self._reading() as logs:
            return logs.tile(origin, level, number)

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return leaf data."""
        with self._reading() as logs:
            return logs.leaves(origin, start, stop)

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield the rows of a log that are kept."""
        with self.snapshot() as logs:
            yield from logs.rows(origin, start, stop)

    def problems(self) -> list[str]:
        """Return what is wrong with the file's pages, index and counts."""
        with _translated(self.path), _connected(SqliteFile(self.path)) as connection:
            return problems(connection)

    @contextmanager
    def snapshot(self) -> Iterator[LogSource]:
        """Return the logs as they are now; the write-ahead log grows until it is closed."""
        with _translated(self.path), _connected(SqliteFile(self.path)) as connection:
            # The first statement of a transaction fixes what is seen.
            connection.execute("BEGIN")
            logs = SqliteLogs(connection)
            logs.logs()
            yield logs

    def close(self) -> None:
        """Finish what was submitted and let go of the file."""
        with self._lock:
            engine, self._engine, self._closed = self._engine, None, True
        if engine is not None:
            engine.close()

    def forget(self) -> None:
        """Drop, in a child process, what belongs to its parent."""
        self._lock = threading.Lock()
        if self._engine is not None:
            self._engine.abandon()
            self._engine = None

    def _now(self) -> str:
        return log_time(self._clock())

    def _write(self, _answer: type[Answer], item: Item) -> Future[Answer]:
        engine = self._running()
        if engine is None:
            future: Future[Answer] = Future()
            future.set_exception(StoreUnavailable("the store is closed"))
            return future
        return cast("Future[Answer]", engine.group.submit(item))

    @contextmanager
    def _reading(self) -> Iterator[SqliteLogs]:
        engine = self._running()
        if engine is None:
            raise StoreUnavailable("the store is closed")
        with engine.reading() as logs:
            yield logs

    def _running(self) -> _Engine | None:
        with self._lock:
            if self._engine is None and not self._closed:
                self._engine = _Engine(self.path, self._signer, self._deadline_seconds, self._limit)
            return self._engine


class _Engine:
    """The connections and threads of one process."""

    def __init__(self, path: Path, signer: Signer, deadline_seconds: float, limit: int) -> None:
        self._path = path
        self._writer = SqliteWriter(path, signer)
        self._lock = threading.Lock()  # guards _reader and _logs
        self._reader = SqliteFile(path)
        self._logs: SqliteLogs | None = None
        self._failures = 0
        self.group: GroupCommit[Item, Result] = GroupCommit(
            self._commit, rest=self._rest, limit=limit, deadline_seconds=deadline_seconds
        )

    @contextmanager
    def reading(self) -> Iterator[SqliteLogs]:
        with self._lock, _translated(self._path):
            if self._logs is None or self._reader.connection() is None:
                with locked(self._path):
                    self._logs = SqliteLogs(self._reader.connect())
            try:
                yield self._logs
            except sqlite3.Error:
                self._logs = None
                self._reader.close()
                raise

    def close(self) -> None:
        self.group.close()
        self._writer.file.close()
        with self._lock:
            self._reader.close()

    def abandon(self) -> None:
        _inherited.extend((self._writer.file.abandon(), self._reader.abandon()))

    def _commit(self, items: Sequence[Item]) -> list[Result]:
        try:
            results = self._writer.write(items)
        except BandeauError as error:
            self._report(error)
            raise
        if self._failures:
            log.warning("store: writing again after %d failed commits", self._failures)
            self._failures = 0
        return results

    def _report(self, error: BandeauError) -> None:
        # One line when it starts to fail, one when it is over: a log must not fill what is full.
        self._failures += 1
        if self._failures == 1:
            log.error("store: nothing is acknowledged until this is mended: %s", error)

    def _rest(self) -> None:
        try:
            self._writer.rest()
        except StoreError as error:
            self._report(error)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise store_error(path, error) from error


@contextmanager
def _connected(file: SqliteFile) -> Iterator[sqlite3.Connection]:
    try:
        with locked(file.path):
            connection = file.connect()
        yield connection
    finally:
        file.close()


#: Connections of a parent process, kept from the garbage collector, which would close them.
_inherited: list[object] = []
_stores: weakref.WeakSet[SqliteStore] = weakref.WeakSet()


def _forget_all() -> None:
    sqlitefile.forget_locks()
    for store in tuple(_stores):
        store.forget()


os.register_at_fork(after_in_child=_forget_all)
