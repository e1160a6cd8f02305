"""A store in a PostgreSQL database, shared by the processes of many machines."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
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
from bandeau.storage import postgreslayout
from bandeau.storage.groupcommit import GroupCommit
from bandeau.storage.postgreslogs import PostgresLogs, is_storable, paged
from bandeau.storage.postgresserver import Server, Session, discard, translated
from bandeau.storage.postgresvacuum import Vacuum
from bandeau.storage.postgreswriter import PostgresWriter

log = logging.getLogger("bandeau.store")

Answer = TypeVar("Answer")

#: How long one statement of a verification or an export may take, and the pause after it.
_SNAPSHOT_SECONDS = 600.0
#: How long closing waits for the pages of erased rows; `bandeau ledger erase` closes when it is done.
_VACUUM_SECONDS = 600.0


class PostgresStore:
    """Keeps logs in a PostgreSQL database: durable before acknowledged, in commits shared by callers.

    Durable is what ``synchronous_commit = on`` makes of it: flushed by the server and, when it names
    ``synchronous_standby_names``, by those standbys. One object may be made before a server forks:
    each process gets its own connections.

    Args:
        url: ``postgresql://…`` as libpq reads it, best without a password.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        *,
        clock: Callable[[], float] = time.time,
        deadline_seconds: float = 5.0,
        limit: int = 10_000,
    ) -> None:
        self._server = Server(url, deadline_seconds)
        self._signer = signer
        self._clock = clock
        self._limit = limit
        self._closed = False
        self._lock = threading.Lock()  # guards _engine
        self._engine: _Engine | None = None
        _stores.add(self)

    @classmethod
    def create(cls, url: str, signer: Signer, **options: Any) -> PostgresStore:
        """Create the schema of a store without logs and open it; ``begin`` gives a site its first log.

        Raises:
            FileExistsError: the database has one; it is left alone.
            StoreError: it cannot be created.
        """
        store = cls(url, signer, **options)
        postgreslayout.create(store._server)
        return store

    @classmethod
    def open(cls, url: str, signer: Signer, **options: Any) -> PostgresStore:
        """Open a store and check its logs.

        Raises:
            StoreMissing: there is no store in this database.
            StoreDamaged: its logs are not as they were left.
            StoreUnavailable: it cannot be read now.
        """
        store = cls(url, signer, **options)
        writer = PostgresWriter(store._server, signer)
        writer.load()
        writer.close()
        return store

    def begin(self, site_id: str, environment: str) -> Future[LogHead]:
        """Begin the first log of a site."""
        return self._write(LogHead, Begin((site_id, environment), self._now()))

    def submit(self, record: ConsentRecord, *, key: str, effects: Effects = NO_EFFECTS) -> Future[Entry]:
        """Append a record; the future is resolved when it is durable.

        Raises:
            ValueError: a text holds the character 0, for which PostgreSQL has no place.
        """
        # Within a commit it would fail everybody else's record too.
        if not all(map(is_storable, (key, record.subject_id, record.site_id, record.environment))):
            raise ValueError("a key or id holds a character that cannot be stored")
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
        """Delete a subject's records and append tombstones; the pages are vacuumed soon after."""
        return self._write(int, Erasure(subject_id, self._now(), reason))

    def prune(self, origin: str) -> Future[int]:
        """Delete the consent records of a log that is over; the pages are vacuumed soon after."""
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
        """Yield the rows of a log that are kept; each page is read as it is then."""
        return paged(self._page, origin, start, stop)

    @contextmanager
    def snapshot(self) -> Iterator[LogSource]:
        """Return the logs as they are now; the server keeps deleted rows until it is closed."""
        with translated(self._server), self._server.connect(_SNAPSHOT_SECONDS) as session:
            postgreslayout.check_layout(self._server, session)
            # The first statement of a transaction fixes what is seen.
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            logs = PostgresLogs(session)
            logs.logs()
            yield logs

    def problems(self) -> list[str]:
        """Return what is wrong with the counts; the pages and indexes are the server's (``pg_amcheck``)."""
        with translated(self._server), self._server.connect(_SNAPSHOT_SECONDS) as session:
            return PostgresLogs(session).problems()

    def close(self) -> None:
        """Finish what was submitted and let go of the server."""
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

    def _page(self, origin: str, start: int, stop: int) -> list[Kept]:
        with self._reading() as logs:
            return logs.page(origin, start, stop)

    def _write(self, _answer: type[Answer], item: Item) -> Future[Answer]:
        engine = self._running()
        if engine is None:
            future: Future[Answer] = Future()
            future.set_exception(StoreUnavailable("the store is closed"))
            return future
        return cast("Future[Answer]", engine.group.submit(item))

    @contextmanager
    def _reading(self) -> Iterator[PostgresLogs]:
        engine = self._running()
        if engine is None:
            raise StoreUnavailable("the store is closed")
        with engine.reading() as logs:
            yield logs

    def _running(self) -> _Engine | None:
        with self._lock:
            if self._engine is None and not self._closed:
                self._engine = _Engine(self._server, self._signer, self._limit)
            return self._engine


class _Engine:
    """The connections and threads of one process."""

    def __init__(self, server: Server, signer: Signer, limit: int) -> None:
        self._server = server
        self._writer = PostgresWriter(server, signer)
        self._vacuum = Vacuum(server)
        self._lock = threading.Lock()  # guards _reader
        self._reader: Session | None = None
        self._failures = 0
        self.group: GroupCommit[Item, Result] = GroupCommit(
            self._commit, limit=limit, deadline_seconds=server.patience
        )

    @contextmanager
    def reading(self) -> Iterator[PostgresLogs]:
        with self._lock:
            try:
                with translated(self._server):
                    yield PostgresLogs(self._connected())
            except StoreError:
                discard(self._reader)
                self._reader = None
                raise

    def close(self) -> None:
        self.group.close()
        self._writer.close()
        self._vacuum.wait(_VACUUM_SECONDS)
        with self._lock:
            discard(self._reader)
            self._reader = None

    def abandon(self) -> None:
        _inherited.extend((self._writer.abandon(), self._reader))

    def _connected(self) -> Session:
        if self._reader is None or not self._reader.is_quiet():
            discard(self._reader)
            self._reader = self._server.connect()
            postgreslayout.check_layout(self._server, self._reader)
        return self._reader

    def _commit(self, items: Sequence[Item]) -> list[Result]:
        try:
            results = self._writer.write(items)
        except BandeauError as error:
            self._report(error)
            raise
        if self._failures:
            log.warning("store: writing again after %d failed commits", self._failures)
            self._failures = 0
        if any(isinstance(item, Erasure | Pruning) for item in items):
            self._vacuum.ask()
        return results

    def _report(self, error: BandeauError) -> None:
        # One line when it starts to fail, one when it is over.
        self._failures += 1
        if self._failures == 1:
            log.error("store: nothing is acknowledged until this is mended: %s", error)


#: Connections of a parent process, kept from the garbage collector.
_inherited: list[object] = []
_stores: weakref.WeakSet[PostgresStore] = weakref.WeakSet()


def _forget_all() -> None:
    for store in tuple(_stores):
        store.forget()


os.register_at_fork(after_in_child=_forget_all)
