"""Reads one log from its beginning to its end and checks every row, leaf, tile and date of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bandeau.core.record import TIME, ConsentRecord
from bandeau.errors import MalformedEvidence
from bandeau.ledger.anchor import Anchor
from bandeau.ledger.bodies import (
    AUDIT,
    CONSENT,
    KEY,
    OPENED,
    TOMBSTONE,
    AuditKept,
    Body,
    LogOpened,
    Tombstone,
    read_body,
)
from bandeau.ledger.commitment import SALT_SIZE, commit
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.report import Finding, Kind
from bandeau.ledger.store import Kept, LogHead, LogSource
from bandeau.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, tile_path
from bandeau.ledger.tree import HASH_SIZE, Frontier, leaf_hash

_BATCH = 16 * TILE_WIDTH
_MOST_FINDINGS = 1000
_MOST_MISMATCHES = 10_000

#: What is known of each entry, one byte: is its row there, does a tombstone stand for it?
THERE, BURIED = 1, 2
_BURY = bytes(value | BURIED for value in range(256))


class Findings:
    """Collects what is wrong, up to a number that a person can read."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.left_off = 0

    def add(
        self, kind: Kind, origin: str, sentence: str, index: int | None = None, code: str | None = None
    ) -> None:
        """Keep a finding, or count it when there are too many."""
        if len(self.kept) < _MOST_FINDINGS:
            self.kept.append(Finding(kind, origin, index, code or None, sentence))
        else:
            self.left_off += 1


@dataclass(slots=True)
class LogScan:
    """What one pass over a log found; ``run`` makes the pass.

    ``bury`` is called with each tombstone and the index that it stands at: it may be about another log.
    """

    head: LogHead
    source: LogSource
    findings: Findings
    anchors: Sequence[Anchor]
    bury: Callable[[Tombstone, int], None]
    frontier: Frontier = field(default_factory=Frontier.empty)
    states: bytearray = field(default_factory=bytearray)
    opened: LogOpened | None = None
    tombstones: int = 0
    first_at: str = ""
    last_at: str = ""
    held: list[Anchor] = field(default_factory=list)
    _mismatches: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    _tiles: dict[int, bytearray] = field(default_factory=dict)

    def run(self) -> None:
        """Read the log; ``held`` are then the anchors that it agrees with."""
        for start in range(0, self.head.size, _BATCH):
            stop = min(start + _BATCH, self.head.size)
            leaves = self.source.leaves(self.head.origin, start, stop)
            self._grow(start, leaves)
            self._read_rows(start, leaves)
            if len(leaves) != stop - start:
                self._say(
                    "shortened",
                    f"{self.head.origin} ends after {start + len(leaves)} entries, and {self.head.size} were "
                    "signed for.",
                )
                break
        self._finish_tiles()
        self._check_beyond()
        self._tell_mismatches()

    def mark_buried(self, first: int, last: int) -> None:
        """Note that a tombstone stands for some entries."""
        self.states[first : last + 1] = self.states[first : last + 1].translate(_BURY)

    def _say(self, kind: Kind, sentence: str, index: int | None = None, code: str | None = None) -> None:
        self.findings.add(kind, self.head.origin, sentence, index, code)

    def _say_of(self, kind: Kind, index: int, code: str, what: str) -> None:
        which = f"Entry {index} ({code})" if code else f"Entry {index}"
        self._say(kind, f"{which} of {self.head.origin} {what}", index, code)

    def _grow(self, start: int, leaves: Sequence[bytes]) -> None:
        """Add leaves to the tree; compare it with the tiles and with the anchors on the way."""
        hashes = [leaf_hash(leaf) for leaf in leaves]
        for anchor in self.anchors:
            if start < anchor.checkpoint.size <= start + len(hashes):
                root = self.frontier.extend(hashes[: anchor.checkpoint.size - start]).root()
                self._compare(anchor, root)
            if anchor.claim and start <= anchor.claim.index < start + len(leaves):
                self._check_claim(anchor, leaves[anchor.claim.index - start])
        self.frontier, grown = self.frontier.grow(hashes)
        for height in range(0, len(grown), TILE_HEIGHT):
            self._add_to_tiles(height // TILE_HEIGHT, b"".join(grown[height]))
        self.states += bytes(len(leaves))

    def _compare(self, anchor: Anchor, root: bytes) -> None:
        if root == anchor.checkpoint.root:
            self.held.append(anchor)
            return
        self._say(
            "forked",
            f"The first {anchor.checkpoint.size} entries of {self.head.origin} are not those that "
            f"{anchor.name} vouches for: the log was rewritten after that was signed.",
        )

    def _check_claim(self, anchor: Anchor, leaf: bytes) -> None:
        claim = anchor.claim
        if claim and claim.leaf_data != leaf:
            what = f"is not the record of the receipt {anchor.name} any more: the log was rewritten since."
            self._say_of("forked", claim.index, claim.code, what)

    def _add_to_tiles(self, level: int, hashes: bytes) -> None:
        pending = self._tiles.setdefault(level, bytearray())
        pending += hashes
        width = TILE_WIDTH * HASH_SIZE
        while len(pending) >= width:
            done = (self.frontier.size >> TILE_HEIGHT * level) * HASH_SIZE - len(pending)
            self._check_tile(level, done // width, bytes(pending[:width]))
            del pending[:width]

    def _finish_tiles(self) -> None:
        for level, pending in self._tiles.items():
            if pending:
                number = (self.frontier.size >> TILE_HEIGHT * level) // TILE_WIDTH
                self._check_tile(level, number, bytes(pending))

    def _check_tile(self, level: int, number: int, computed: bytes) -> None:
        stored = self.source.tile(self.head.origin, level, number)
        if stored[: len(computed)] == computed:
            return
        path = tile_path(level, number, len(computed) // HASH_SIZE)
        if len(stored) < len(computed):
            self._say("damaged", f"{path} of {self.head.origin} is missing or cut short.")
            return
        place = next(
            at for at in range(0, len(computed), HASH_SIZE) if stored[at : at + 32] != computed[at : at + 32]
        )
        first = number * TILE_WIDTH + place // HASH_SIZE << TILE_HEIGHT * level
        last = first + (1 << TILE_HEIGHT * level) - 1
        which = f"entry {first}" if first == last else f"the entries {first} to {last}"
        sentence = f"{path} of {self.head.origin} and {which} do not fit each other: one of them was changed."
        self._say("damaged", sentence, first)

    def _read_rows(self, start: int, leaves: Sequence[bytes]) -> None:
        stop, expected = start + len(leaves), start
        for row in self.source.rows(self.head.origin, start, stop):
            if row.origin != self.head.origin or not expected <= row.index < stop:
                self._say_of("damaged", row.index, row.code, "is kept twice or in the wrong place.")
                continue
            expected = row.index + 1
            self.states[row.index] |= THERE
            body = self._committed_body(row, leaves[row.index - start])
            if body is not None:
                self._check_body(row, body)

    def _committed_body(self, row: Kept, leaf: bytes) -> Body | None:
        """Return what a row says if that is what its leaf commits to."""
        if len(row.salt) != SALT_SIZE:
            what = "has lost its salt: nothing shows any more what was logged there."
            self._say_of("damaged", row.index, row.code, what)
            return None
        if (committed := commit(row.salt, row.body)) != leaf:
            if len(self._mismatches) < _MOST_MISMATCHES:
                self._mismatches[row.index] = (committed, row.code)
            else:
                self._tell_edited(row.index, row.code)
            return None
        try:
            return read_body(row.body)
        except MalformedEvidence as error:
            self._say_of("unreadable", row.index, row.code, f"says what no log says: {error}.")
            return None

    def _check_body(self, row: Kept, body: Body) -> None:
        match body:
            case ConsentRecord():
                expected = (CONSENT, receipt_code(body.record_id), body.subject_id)
                place = (body.site_id, body.environment) == (self.head.site_id, self.head.environment)
            case Tombstone():
                expected, place = (TOMBSTONE, "", ""), True
                self.tombstones += 1
                self.bury(body, row.index)
            case LogOpened():
                expected, place = (OPENED, "", ""), body.origin == self.head.origin and row.index == 0
                self.opened = body if place else self.opened
            case AuditKept():
                expected, place = (AUDIT, "", ""), body.origin == self.head.origin
            case _:
                expected = (KEY, "", "")
                place = body.origin == body.key.name == self.head.origin
        if not place or (row.kind, row.code, row.subject_id) != expected:
            what = "is kept under another kind, code, reader or site than the one that it is about."
            self._say_of("damaged", row.index, row.code, what)
        self._check_time(row, body.at)

    def _check_time(self, row: Kept, at: str) -> None:
        if not TIME.fullmatch(at) or int(at[:4]) != self.head.year:
            what = f"is dated {at!r}, which is no time of {self.head.year}."
            self._say_of("back-dated", row.index, row.code, what)
        elif at < self.last_at:
            what = f"is dated {at}, and one before it {self.last_at}: the time of a log never goes back."
            self._say_of("back-dated", row.index, row.code, what)
        else:
            self.first_at = self.first_at or at
            self.last_at = at
        if row.index == self.head.size - 1 and at != self.head.at:
            what = f"is its last and of {at}, and the log is kept with the time {self.head.at}."
            self._say_of("damaged", row.index, row.code, what)

    def _check_beyond(self) -> None:
        """A row or leaf after the end was never signed for."""
        end = self.frontier.size
        if self.source.leaves(self.head.origin, end, end + 1):
            self._say("damaged", f"{self.head.origin} has leaves after its {end} entries.", end)
        beyond = next(iter(self.source.rows(self.head.origin, end)), None)
        if beyond:
            self._say_of("damaged", beyond.index, beyond.code, f"was never logged: there are {end} entries.")

    def _tell_mismatches(self) -> None:
        """Say of each row that is not what its leaf commits to whether another leaf does."""
        logged = self._places({committed for committed, _ in self._mismatches.values()})
        for index, (committed, code) in self._mismatches.items():
            place = logged.get(committed)
            if place is None:
                self._tell_edited(index, code)
            else:
                what = f"is the row that was logged as entry {place}: rows were exchanged or moved."
                self._say_of("reordered", index, code, what)

    def _tell_edited(self, index: int, code: str) -> None:
        what = "was changed after it was logged: its content is not what the log commits to."
        self._say_of("edited", index, code, what)

    def _places(self, wanted: set[bytes]) -> dict[bytes, int]:
        """Return where some leaves stand; read only when a row did not fit its own."""
        places: dict[bytes, int] = {}
        for start in range(0, self.frontier.size if wanted else 0, _BATCH):
            stop = min(start + _BATCH, self.frontier.size)
            for index, leaf in enumerate(self.source.leaves(self.head.origin, start, stop), start):
                if leaf in wanted:
                    places.setdefault(leaf, index)
        return places
