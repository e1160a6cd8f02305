"""A store that keeps its logs until the process ends: for tests and for a first look."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

from bandeau.core.record import ConsentRecord
from bandeau.errors import BandeauError, StoreError, StoreUnavailable
from bandeau.ledger.bodies import CONSENT, Reason
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
    Sequencer,
    Submission,
    log_time,
)
from bandeau.ledger.series import Series
from bandeau.ledger.shelf import Growth
from bandeau.ledger.store import Entry, Found, Kept, LogHead, LogSource, Signer
from bandeau.ledger.tiles import TILE_WIDTH
from bandeau.ledger.tree import leaf_hash
from bandeau.storage.keyfile import new_keys
from bandeau.storage.memoryoutbox import MemoryOutbox
from bandeau.storage.signer import Signer as KeySigner

Answer = TypeVar("Answer")


class MemoryStore:
    """A store in memory; nothing in it survives the process.

    Without a signer it signs with keys of its own, and it begins a site's first log by itself:
    there is no past here that could be missing.
    """

    def __init__(self, signer: Signer | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._sequencer = Sequencer(_own_signer() if signer is None else signer, secrets.token_bytes)
        self._clock = clock
        self._lock = threading.Lock()  # guards everything below
        self._logs = _Logs()
        self._closed = False

    def begin(self, site_id: str, environment: str) -> Future[LogHead]:
        """Begin the first log of a site."""
        return self._write(LogHead, Begin((site_id, environment), self._now()))

    def submit(self, record: ConsentRecord, *, key: str, effects: Effects = NO_EFFECTS) -> Future[Entry]:
        """Append a record; the same key again gives the first entry."""
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
        with self._lock:
            return look(self._logs.outbox)

    def erase(self, subject_id: str, reason: Reason = "erasure") -> Future[int]:
        """Delete a subject's records and append tombstones."""
        return self._write(int, Erasure(subject_id, self._now(), reason))

    def prune(self, origin: str) -> Future[int]:
        """Delete the consent records of a log that is over."""
        return self._write(int, Pruning(origin, self._now()))

    def kept(self, code: str) -> Kept | None:
        """Return the row of a receipt code, or ``None``."""
        known = read_code(code)
        found = [row for row in self._consents() if row.code == known]
        return found[0] if len(found) == 1 else None

    def kept_of_subject(self, subject_id: str) -> list[Kept]:
        """Return a subject's rows, oldest first."""
        return [row for row in self._consents() if row.subject_id == subject_id]

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""
        row = self.kept(code)
        return None if row is None else row.record()

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""
        return [row.record() for row in self.kept_of_subject(subject_id)]

    def count(self) -> int:
        """Return how many consent records are kept."""
        return len(self._consents())

    def logs(self) -> list[LogHead]:
        """Return the heads of all logs."""
        with self._lock:
            return self._logs.logs()

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return the hashes of a tile."""
        with self._lock:
            return self._logs.tile(origin, level, number)

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return leaf data."""
        with self._lock:
            return self._logs.leaves(origin, start, stop)

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield the rows of a log that are kept."""
        with self._lock:
            return self._logs.rows(origin, start, stop)

    def problems(self) -> list[str]:
        """Return nothing: there is nothing beside the logs."""
        return []

    @contextmanager
    def snapshot(self) -> Iterator[LogSource]:
        """Return the logs as they are now."""
        with self._lock:
            copied = self._logs.copy()
        yield copied

    def close(self) -> None:
        """Refuse what is submitted from now on."""
        with self._lock:
            self._closed = True

    def _now(self) -> str:
        return log_time(self._clock())

    def _consents(self) -> list[Kept]:
        with self._lock:
            rows = [row for log in self._logs.all() for row in log.rows.values()]
        return [row for row in rows if row.kind == CONSENT]

    def _write(self, _answer: type[Answer], item: Item) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            with self._lock:
                result = self._sequenced(item)
        except BandeauError as error:
            result = error if isinstance(error, StoreError) else StoreUnavailable(str(error))
        if isinstance(result, StoreError):
            future.set_exception(result)
        else:
            future.set_result(cast(Answer, result))
        return future

    def _sequenced(self, item: Item) -> Result:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        items = [item]
        if isinstance(item, Submission | Announcement) and self._logs.tip(item.series) is None:
            items.insert(0, Begin(item.series, item.at))
        with self._logs.whole_or_not():
            return self._sequencer.write(items, self._logs)[-1]


@dataclass
class _Log:
    head: LogHead
    rows: dict[int, Kept] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    nodes: dict[int, list[bytes]] = field(default_factory=dict)


class _Logs:
    """The logs of a store, as a source and as the shelf of its writer; the store holds the lock."""

    def __init__(self) -> None:
        self._by_origin: dict[str, _Log] = {}
        self._by_key: dict[str, tuple[str, int]] = {}
        self._undo: list[Callable[[], object]] = []
        self.outbox = MemoryOutbox(lambda step: self._undo.append(step))

    def all(self) -> list[_Log]:
        return list(self._by_origin.values())

    def copy(self) -> _Logs:
        copied = _Logs()
        for origin, log in self._by_origin.items():
            nodes = {level: [*hashes] for level, hashes in log.nodes.items()}
            copied._by_origin[origin] = _Log(log.head, {**log.rows}, [*log.leaves], nodes)
        return copied

    def logs(self) -> list[LogHead]:
        heads = (log.head for log in self._by_origin.values())
        return sorted(heads, key=lambda head: (head.site_id, head.environment, head.year))

    def tile(self, origin: str, level: int, number: int) -> bytes:
        start = number * TILE_WIDTH
        if level == 0:
            return b"".join(map(leaf_hash, self.leaves(origin, start, start + TILE_WIDTH)))
        log = self._by_origin.get(origin)
        hashes = log.nodes.get(level, []) if log else []
        return b"".join(hashes[start : start + TILE_WIDTH])

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        log = self._by_origin.get(origin)
        return log.leaves[start:stop] if log else []

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        log = self._by_origin.get(origin)
        kept = log.rows.values() if log else ()
        return iter([row for row in kept if start <= row.index and (stop is None or row.index < stop)])

    @contextmanager
    def whole_or_not(self) -> Iterator[None]:
        """Take back what was changed when it ends in an error."""
        self._undo = []
        try:
            yield
        except BaseException:
            for step in reversed(self._undo):
                step()
            raise

    def tip(self, series: Series) -> LogHead | None:
        heads = [head for head in self.logs() if (head.site_id, head.environment) == series]
        return heads[-1] if heads else None

    def log(self, origin: str) -> LogHead | None:
        log = self._by_origin.get(origin)
        return log.head if log else None

    def entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        found = {}
        for key in keys:
            if key in self._by_key:
                origin, index = self._by_key[key]
                row = self._by_origin[origin].rows[index]
                found[key] = Entry(index, row.code, row.body, duplicate=True, origin=origin)
        return found

    def create(self, head: LogHead) -> None:
        self._by_origin[head.origin] = _Log(head)
        self._undo.append(lambda: self._by_origin.pop(head.origin))

    def grow(self, growth: Growth) -> None:
        log = self._by_origin[growth.before.origin]
        self._undo.append(lambda: self._shrink(log, growth))
        log.head = growth.after
        log.leaves += growth.leaves
        for level, (_, hashes) in growth.nodes.items():
            log.nodes.setdefault(level, []).extend(hashes)
        for row in growth.rows:
            self._put(log, row)

    def of_subject(self, subject_id: str) -> list[tuple[str, int]]:
        rows = (row for log in self._by_origin.values() for row in log.rows.values())
        consents = (row for row in rows if row.kind == CONSENT)
        return [(row.origin, row.index) for row in consents if row.subject_id == subject_id]

    def consents(self, origin: str) -> Sequence[int]:
        return [row.index for row in self.rows(origin) if row.kind == CONSENT]

    def remove(self, origin: str, indices: Collection[int]) -> None:
        log = self._by_origin[origin]
        before = {**log.rows}
        self._undo.append(lambda: self._put_back(log, before))
        for index in indices:
            self._by_key.pop(log.rows.pop(index).key, None)

    def _put(self, log: _Log, row: Kept) -> None:
        log.rows[row.index] = row
        if row.key:
            self._by_key[row.key] = (row.origin, row.index)

    def _put_back(self, log: _Log, rows: dict[int, Kept]) -> None:
        log.rows = {}
        for row in rows.values():
            self._put(log, row)

    def _shrink(self, log: _Log, growth: Growth) -> None:
        log.head = growth.before
        del log.leaves[growth.before.size :]
        for level, (first, _) in growth.nodes.items():
            del log.nodes[level][first:]
        for row in growth.rows:
            del log.rows[row.index]
            self._by_key.pop(row.key, None)


def _own_signer() -> Signer:
    keys = new_keys()
    return KeySigner(lambda: keys, "memory.invalid")
