"""A store in one SQLite file, shared by the processes of one machine."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from bandeau.core.record import ConsentRecord, read_record
from bandeau.errors import StoreDamaged, StoreError, StoreUnavailable
from bandeau.ledger.receiptcode import read_code, receipt_code
from bandeau.ledger.store import Entry
from bandeau.storage import sqlitefile
from bandeau.storage.groupcommit import GroupCommit
from bandeau.storage.sqlitefile import Row, SqliteFile

log = logging.getLogger("bandeau.store")


class SqliteStore:
    """Keeps records in a SQLite file: durable before acknowledged, in commits shared by callers.

    One object may be made before a server forks: each process gets its own connections.
    """

    def __init__(self, path: Path, *, deadline_seconds: float = 5.0, limit: int = 10_000) -> None:
        self.path = path
        self._deadline_seconds = deadline_seconds
        self._limit = limit
        self._closed = False
        self._lock = threading.Lock()  # guards _engine
        self._engine: _Engine | None = None
        _stores.add(self)

    @classmethod
    def create(cls, path: str | Path, *, deadline_seconds: float = 5.0) -> SqliteStore:
        """Create a store file and open it.

        Raises:
            FileExistsError: there is a file of that name; it is left alone.
        """
        sqlitefile.create(Path(path))
        return cls(Path(path), deadline_seconds=deadline_seconds)

    @classmethod
    def open(cls, path: str | Path, *, deadline_seconds: float = 5.0, limit: int = 10_000) -> SqliteStore:
        """Open a store file.

        Raises:
            StoreMissing: there is no store here, or the file is something else.
            StoreUnavailable: it cannot be read now.
        """
        file = SqliteFile(Path(path))
        file.count()
        file.close()
        return cls(Path(path), deadline_seconds=deadline_seconds, limit=limit)

    def submit(self, record: ConsentRecord, *, key: str) -> Future[Entry]:
        """Append a record; the future is resolved when it is durable."""
        row = Row(receipt_code(record.record_id), key, record.subject_id, record.canonical())
        engine = self._running()
        if engine is None:
            return _failed("the store is closed")
        return engine.group.submit(row)

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""
        known = read_code(code)
        if known is None:
            return None
        records = self._read("SELECT body FROM record WHERE code = ?", known)
        # Two records of one code (80 bits) will not happen; if they do, neither is handed out.
        return records[0] if len(records) == 1 else None

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""
        return self._read("SELECT body FROM record WHERE subject_id = ? ORDER BY entry", subject_id)

    def count(self) -> int:
        """Return how many records are kept."""
        return self._opened().count()

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

    def _read(self, statement: str, value: str) -> list[ConsentRecord]:
        return [_record(body) for body in self._opened().bodies(statement, value)]

    def _opened(self) -> _Engine:
        engine = self._running()
        if engine is None:
            raise StoreUnavailable("the store is closed")
        return engine

    def _running(self) -> _Engine | None:
        with self._lock:
            if self._engine is None and not self._closed:
                self._engine = _Engine(self.path, self._deadline_seconds, self._limit)
            return self._engine


class _Engine:
    """The connections and threads of one process."""

    def __init__(self, path: Path, deadline_seconds: float, limit: int) -> None:
        self._file = SqliteFile(path)
        self._reader = SqliteFile(path)
        self._reading = threading.Lock()  # guards _reader
        self._failures = 0
        self.group: GroupCommit[Row, Entry] = GroupCommit(
            self._commit, rest=self._rest, limit=limit, deadline_seconds=deadline_seconds
        )

    def bodies(self, statement: str, value: str) -> list[bytes]:
        with self._reading:
            return self._reader.bodies(statement, value)

    def count(self) -> int:
        with self._reading:
            return self._reader.count()

    def close(self) -> None:
        self.group.close()
        self._file.close()
        with self._reading:
            self._reader.close()

    def abandon(self) -> None:
        _inherited.extend((self._file.abandon(), self._reader.abandon()))

    def _commit(self, rows: Sequence[Row]) -> list[Entry]:
        try:
            entries = self._file.append(rows)
        except StoreError as error:
            self._report(error)
            raise
        if self._failures:
            log.warning("store: writing again after %d failed commits", self._failures)
            self._failures = 0
        return entries

    def _report(self, error: StoreError) -> None:
        # One line when it starts to fail, one when it is over: a log must not fill what is full.
        self._failures += 1
        if self._failures == 1:
            log.error("store: nothing is acknowledged until this is mended: %s", error)

    def _rest(self) -> None:
        try:
            self._file.fold()
        except StoreError as error:
            self._report(error)


def _record(body: bytes) -> ConsentRecord:
    try:
        return read_record(body)
    except ValueError as error:
        raise StoreDamaged(f"what is kept is no record: {error}") from error


def _failed(why: str) -> Future[Entry]:
    future: Future[Entry] = Future()
    future.set_exception(StoreUnavailable(why))
    return future


#: Connections of a parent process, kept from the garbage collector, which would close them.
_inherited: list[object] = []
_stores: weakref.WeakSet[SqliteStore] = weakref.WeakSet()


def _forget_all() -> None:
    sqlitefile.forget_locks()
    for store in tuple(_stores):
        store.forget()


os.register_at_fork(after_in_child=_forget_all)
