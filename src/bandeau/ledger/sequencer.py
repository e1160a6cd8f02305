"""Puts what was submitted into the order of a log: one place for all engines.

An engine opens a transaction, hands it to a ``Sequencer`` as a ``Shelf``, and commits. What is written is
decided here; the engine keeps it, whole or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from bandeau.core.record import TIME, ConsentRecord
from bandeau.errors import ClockRefused, StoreDamaged, StoreError, StoreMissing
from bandeau.ledger import bodies, loading
from bandeau.ledger.bodies import CONSENT, KEY, OPENED, TOMBSTONE, Reason
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.commitment import SALT_SIZE, commit
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.outbox import NO_EFFECTS, Debt, Effects, Work
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.series import Series
from bandeau.ledger.shelf import Growth, Shelf
from bandeau.ledger.store import Entry, Kept, LogHead, LogSource, Signer
from bandeau.ledger.tiles import TILE_HEIGHT
from bandeau.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash

log = logging.getLogger("bandeau.store")


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin the first log of a site."""

    series: Series
    at: str


@dataclass(slots=True)  # one for each choice: not frozen, which would cost as much as its hash
class Submission:
    """A consent record on its way into a log."""

    series: Series
    at: str
    key: str
    code: str
    record: ConsentRecord
    body: bytes
    effects: Effects = NO_EFFECTS

    @classmethod
    def of(cls, record: ConsentRecord, key: str, effects: Effects = NO_EFFECTS) -> Submission:
        """Make ready what needs no lock; raises ``ValueError`` for a time in another form."""
        if not TIME.fullmatch(record.at):
            raise ValueError(f"the time of a record is written 2026-01-31T12:00:00Z, not {record.at!r}")
        series = (record.site_id, record.environment)
        return cls(
            series, record.at, key, receipt_code(record.record_id), record, record.canonical(), effects
        )


@dataclass(frozen=True, slots=True)
class Announcement:
    """A row about a log itself; ``body`` is called with the log's origin and time."""

    series: Series
    at: str
    kind: str
    body: Callable[[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Erasure:
    """Delete a subject's rows."""

    subject_id: str
    at: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Pruning:
    """Delete the consent rows of a log that is over."""

    origin: str
    at: str


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do with what the site owes, in the transaction of what else is written."""

    work: Work


def log_time(seconds: float) -> str:
    """Return a time, given in seconds since 1970, as rows are dated with it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Item = Begin | Submission | Announcement | Erasure | Pruning | Chore
#: What came of an item; an error is of this item alone.
Result = Entry | LogHead | int | list[Debt] | StoreError


@dataclass(slots=True)
class _Page:
    """A log and the rows that this commit adds to it."""

    head: LogHead
    at: str
    asked_at: str = ""  # the time that its last row was to have
    rows: list[Kept] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)


class Sequencer:
    """Writes to the logs of a store for one process, and remembers how it left them.

    Args:
        random: returns that many random bytes, for the salts.
    """

    def __init__(self, signer: Signer, random: Callable[[int], bytes]) -> None:
        self._signer = signer
        self._random = random
        self._seen: dict[Series, LogHead] = {}
        self._written: dict[Series, LogHead] = {}
        self._announced: set[VerifierKey] = set()
        self._announcing: set[VerifierKey] = set()
        self._refusing = False

    def write(self, items: Sequence[Item], shelf: Shelf, *, past: bool = False) -> list[Result]:
        """Write items in their order; return what came of each. Call ``committed`` afterwards.

        Args:
            past: the items were kept before, with their times: no clock is judged by them.

        Raises:
            StoreDamaged: a log ends before what ``committed`` was told of.
        """
        writing = _Writing(shelf, self._signer, self._random, self._seen, self._announced, past)
        results = writing.run(items)
        self._written, self._announcing = writing.heads(), writing.announced
        refused = next((each for each in results if isinstance(each, ClockRefused)), None)
        # One line when it begins: a line for each reader would fill the disk.
        if refused and not self._refusing:
            log.error("store: nothing is recorded: %s", refused)
        self._refusing = refused is not None
        return results

    def committed(self) -> None:
        """Take note that what was written last is durable."""
        self._seen.update(self._written)
        self._announced |= self._announcing

    def check(self, source: LogSource) -> None:
        """Check logs that are opened, for the first time or again.

        Raises:
            StoreDamaged: they are not as they were left, or do not go on from what was committed.
        """
        loading.check_logs(source, self._signer)
        for seen in self._seen.values():
            loading.check_continues(seen, source)


class _Writing:
    """One batch on its way into an open transaction."""

    def __init__(
        self,
        shelf: Shelf,
        signer: Signer,
        random: Callable[[int], bytes],
        seen: Mapping[Series, LogHead],
        announced: Collection[VerifierKey],
        past: bool,
    ) -> None:
        self._shelf = shelf
        self._signer = signer
        self._random = random
        self._seen = seen
        self._known = announced
        self._past = past
        self.announced: set[VerifierKey] = set()
        self._salts: list[bytes] = []
        self._pages: dict[Series, _Page] = {}
        self._taken: dict[str, Entry] = {}

    def run(self, items: Sequence[Item]) -> list[Result]:
        self._taken = self._shelf.entries([item.key for item in items if type(item) is Submission])
        # One request to the kernel for all of them.
        salts = self._random(SALT_SIZE * len(items))
        self._salts = [salts[at : at + SALT_SIZE] for at in range(0, len(salts), SALT_SIZE)]
        results = [self._one(item) for item in items]
        self._write()
        return results

    def heads(self) -> dict[Series, LogHead]:
        return {series: page.head for series, page in self._pages.items()}

    def _one(self, item: Item) -> Result:
        try:
            if isinstance(item, Submission):
                return self._submit(item)
            match item:
                case Announcement():
                    return self._announce(item)
                case Begin():
                    return self._begin(item)
                case Erasure():
                    return self._erase(item)
                case Pruning():
                    return self._prune(item)
                case Chore():
                    return item.work(self._shelf.outbox)
        except (StoreMissing, ClockRefused) as error:
            return error

    def _submit(self, item: Submission) -> Entry:
        taken = self._taken.get(item.key)
        if taken is not None:
            return msgspec.structs.replace(taken, duplicate=True)
        page = self._pages.get(item.series)
        # Rows of one second share what was found out for the first of them.
        if page is None or item.at != page.asked_at:
            page = self._page(item.series, item.at)
            page.asked_at = item.at
        body = (
            item.body if page.at == item.at else msgspec.structs.replace(item.record, at=page.at).canonical()
        )
        index = self._add(page, CONSENT, body, (item.code, item.key, item.record.subject_id))
        entry = self._taken[item.key] = Entry(index, item.code, body, False, page.head.origin)
        if item.effects.owed or item.effects.account:
            self._shelf.outbox.take(item.series, item.effects)
        return entry

    def _announce(self, item: Announcement) -> Entry:
        # A key is announced by the operator's hand, who thereby says that the clock is right.
        page = self._page(item.series, item.at, sure=item.kind == KEY)
        body = item.body(page.head.origin, page.at)
        same = bool(page.rows) and page.rows[-1].body == body  # this commit announced the key already
        index = page.rows[-1].index if same else self._add(page, item.kind, body)
        return Entry(index, "", body, False, page.head.origin)

    def _begin(self, item: Begin) -> LogHead | StoreError:
        found = self._pages.get(item.series) or self._shelf.tip(item.series)
        if found is not None:
            return StoreError(f"{item.series[0]} has logs in {item.series[1]} already; they are left alone")
        self._open(item.series, item.at, None)
        self._write()
        return self._pages[item.series].head

    def _erase(self, item: Erasure) -> int:
        self._write()
        places = self._shelf.of_subject(item.subject_id)
        for origin in dict.fromkeys(origin for origin, _ in places):
            indices = [index for of, index in places if of == origin]
            self._bury(self._log(origin), indices, item.reason, item.at)
        return len(places)

    def _prune(self, item: Pruning) -> int | StoreError:
        self._write()
        head = self._shelf.log(item.origin)
        if head is None:
            return StoreError(f"there is no log {item.origin}")
        if self._page((head.site_id, head.environment), item.at).head.origin == item.origin:
            return StoreError(f"{item.origin} is the current log: only one that is over can be pruned")
        indices = self._shelf.consents(item.origin)
        if indices:
            self._bury(head, indices, "retention", item.at)
        return len(indices)

    def _bury(self, head: LogHead, indices: Collection[int], reason: Reason, at: str) -> None:
        """Remove rows and say so in the site's current log."""
        page = self._page((head.site_id, head.environment), at)
        self._shelf.remove(head.origin, indices)
        # A key whose record was erased is free again; within this commit too.
        gone = {(head.origin, index) for index in indices}
        self._taken = {
            k: entry for k, entry in self._taken.items() if (entry.origin, entry.index) not in gone
        }
        self._add(page, TOMBSTONE, bodies.tombstone_body(head.origin, indices, reason, page.at))

    def _log(self, origin: str) -> LogHead:
        head = self._shelf.log(origin)
        if head is None:
            raise StoreDamaged(f"there are rows of the log {origin}, and no such log")
        return head

    def _page(self, series: Series, at: str, *, sure: bool = False) -> _Page:
        """Return the page of a site's current log, at its new time."""
        is_first = series not in self._pages
        page = self._turn(series) if is_first else self._pages[series]
        if not (sure or self._past):
            loading.check_clock(page.head, page.at, at)
        self._pages[series] = page
        opens = int(at[:4]) > page.head.year
        page.at = page.at if opens else max(page.at, at)
        if is_first:
            self._announce_new(page)
        return self._open(series, at, page) if opens else page

    def _announce_new(self, page: _Page) -> None:
        """Name a new key in the commit that it signs first: no death of a process comes in between."""
        key = loading.unannounced_key(page.head, self._signer)
        # Once for each process: one that still has the old file must not call forth rows without end.
        if key is not None and key not in self._known:
            self._add(page, KEY, bodies.key_body(page.head.origin, page.at, key))
            self.announced.add(key)

    def _turn(self, series: Series) -> _Page:
        tip, seen = self._shelf.tip(series), self._seen.get(series)
        if seen is not None:
            loading.check_not_before(seen, tip)
        if tip is None:
            raise StoreMissing(
                f"no log of the site {series[0]!r} in {series[1]!r} in this store; begin one with: "
                "bandeau ledger init (if there was one, restore it instead)"
            )
        if tip.frontier.root() != tip.root:
            raise loading.damaged(
                tip.origin, f"its root at {tip.size} leaves does not follow from its right edge"
            )
        return _Page(tip, tip.at)

    def _open(self, series: Series, at: str, last: _Page | None) -> _Page:
        """Begin the log of a new year; its first row holds the last checkpoint of the one before."""
        if last is not None:
            self._write_page(last)
        site_id, environment = series
        year = int(at[:4])
        origin = self._signer.origin(site_id, environment, year)
        empty = LogHead(origin, site_id, environment, year, at, Frontier.empty(), EMPTY_ROOT, b"")
        self._shelf.create(empty)
        page = self._pages[series] = _Page(empty, at)
        self._add(page, OPENED, bodies.opened_body(origin, at, last.head.checkpoint if last else None))
        return page

    def _add(self, page: _Page, kind: str, body: bytes, names: tuple[str, str, str] = ("", "", "")) -> int:
        salt = self._salts.pop() if self._salts else self._random(SALT_SIZE)
        index = page.head.size + len(page.leaves)
        page.leaves.append(commit(salt, body))
        page.rows.append(Kept(page.head.origin, index, kind, *names, salt, body))
        return index

    def _write(self) -> None:
        for page in self._pages.values():
            self._write_page(page)

    def _write_page(self, page: _Page) -> None:
        if page.leaves:
            growth = _growth(page, self._signer)
            self._shelf.grow(growth)
            page.head, page.rows, page.leaves = growth.after, [], []


def _growth(page: _Page, signer: Signer) -> Growth:
    before = page.head
    frontier, grown = before.frontier.grow(map(leaf_hash, page.leaves))
    root = frontier.root()
    after = replace(
        before,
        at=page.at,
        frontier=frontier,
        root=root,
        checkpoint=signer.checkpoint(Checkpoint(before.origin, frontier.size, root)),
    )
    nodes = {
        height // TILE_HEIGHT: (before.size >> height, grown[height])
        for height in range(TILE_HEIGHT, len(grown), TILE_HEIGHT)
    }
    return Growth(before, after, page.rows, page.leaves, nodes)
