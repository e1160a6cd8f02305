"""Logs in memory, honest ones and ones that their operator tampered with, at any depth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgspec

from bandeau.core.record import ConsentRecord
from bandeau.ledger.bodies import (
    AUDIT,
    CONSENT,
    KEY,
    OPENED,
    TOMBSTONE,
    AuditKept,
    Reason,
    audit_body,
    key_body,
    opened_body,
    tombstone_body,
)
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.commitment import commit
from bandeau.ledger.note import SigningKey
from bandeau.ledger.proofs import inclusion_proof
from bandeau.ledger.receipt import Receipt
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.store import Kept, LogHead
from bandeau.ledger.tiles import hash_reader
from bandeau.ledger.tlogproof import LogProof
from bandeau.ledger.tree import Frontier, leaf_hash
from tests.storage.records import a_record

SITE, ENVIRONMENT = "gazette", "test"


def origin_of(year: int, site: str = SITE) -> str:
    """Return what the log of a year is called."""
    return f"lagazette.example/{site}/{ENVIRONMENT}/{year}"


def at_second(year: int, second: int) -> str:
    """Return a time of that year."""
    return f"{year}-11-{1 + second // 86400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@dataclass
class MemoryLog:
    """One log: what each of its tables holds, so that a test can change one and not another."""

    year: int = 2026
    key: SigningKey = field(default_factory=lambda: SigningKey(origin_of(2026), bytes(range(32))))
    rows: list[Kept | None] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    head: LogHead | None = None
    site: str = SITE

    @classmethod
    def of_year(cls, year: int, previous: MemoryLog | None = None, site: str = SITE) -> MemoryLog:
        """Return a log that was just opened."""
        log = cls(year, SigningKey(origin_of(year, site), bytes(range(32))), site=site)
        before = previous.signed().checkpoint if previous else None
        log.append(OPENED, opened_body(log.origin, at_second(year, 0), before))
        return log

    @property
    def origin(self) -> str:
        """What the log is called."""
        return origin_of(self.year, self.site)

    def append(self, kind: str, body: bytes, code: str = "", subject: str = "") -> int:
        """Add a row and its leaf; nothing is signed yet."""
        index = len(self.rows)
        salt = sha256(b"salt of %d" % index + body).digest()
        self.rows.append(Kept(self.origin, index, kind, code, "", subject, salt, body))
        self.leaves.append(commit(salt, body))
        return index

    def consent(self, number: int, at: str = "", **fields: object) -> int:
        """Add a consent record."""
        record = msgspec.structs.replace(
            a_record(number, subject=f"subject-{number}"), at=at or at_second(self.year, number)
        )
        return self.add(msgspec.structs.replace(record, **fields))  # type: ignore[arg-type]

    def add(self, record: ConsentRecord) -> int:
        """Add a record as it is."""
        return self.append(CONSENT, record.canonical(), receipt_code(record.record_id), record.subject_id)

    def bury(self, entries: Sequence[int], of: MemoryLog | None = None, reason: Reason = "erasure") -> None:
        """Erase rows of this log or another one, with a tombstone here."""
        of = of or self
        at = at_second(self.year, len(self.rows))
        self.append(TOMBSTONE, tombstone_body(of.origin, entries, reason, at))
        for index in entries:
            of.rows[index] = None

    def announce(self, key: SigningKey) -> None:
        """Add a row about a new key."""
        self.append(KEY, key_body(self.origin, at_second(self.year, len(self.rows)), key.verifier))

    def audited(self, origin: str = "") -> None:
        """Add a row about an audit of the site."""
        at, root = at_second(self.year, len(self.rows)), "sha256:" + "1" * 64
        kept = AuditKept(origin or self.origin, at, at, "kept", "sha256:2", 7, root)
        self.append(AUDIT, audit_body(kept))

    def signed(self) -> LogHead:
        """Make tiles, head and checkpoint fit the leaves, and return the head."""
        self.retile()
        assert self.head is not None
        checkpoint = Checkpoint(self.origin, self.head.size, self.head.root).signed([self.key])
        self.head = replace(self.head, checkpoint=checkpoint)
        return self.head

    def retile(self) -> None:
        """Make tiles and head fit the leaves; the checkpoint stays."""
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        frontier, grown = Frontier.empty().grow(hashes)
        self.tiles = {
            (height // 8, number): b"".join(grown[height][number * 256 : number * 256 + 256])
            for height in range(0, len(grown), 8)
            for number in range(-(-len(grown[height]) // 256))
        }
        last = self.head.checkpoint if self.head else b""
        self.head = LogHead(
            self.origin, self.site, ENVIRONMENT, self.year, self._at(), frontier, frontier.root(), last
        )

    def _at(self) -> str:
        """Return the time of the last row."""
        last = self.rows[-1] if self.rows else None
        said = re.search(rb'"at":"([^"]*)"', last.body) if last else None
        return said[1].decode() if said else at_second(self.year, len(self.rows))

    def receipt(self, index: int) -> bytes:
        """Return the receipt of a row, as of the last checkpoint."""
        row, head = self.rows[index], self.head
        assert row is not None
        assert head is not None
        read = hash_reader(lambda level, number, width: self.tiles[level, number], head.size)
        proof = LogProof(index, tuple(inclusion_proof(index, head.size, read)), head.checkpoint)
        return Receipt(row.code, row.body, row.salt, proof, self.key.verifier).to_json()


class MemorySource:
    """Some logs, as the verification reads them."""

    def __init__(self, *logs: MemoryLog) -> None:
        self._logs = {log.origin: log for log in logs}

    def logs(self) -> list[LogHead]:
        """Return the heads."""
        return [log.head for log in self._logs.values() if log.head]

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return a tile."""
        return self._logs[origin].tiles.get((level, number), b"")

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return leaves."""
        return self._logs[origin].leaves[start:stop]

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield rows."""
        return (row for row in self._logs[origin].rows[start:stop] if row)


def a_log(records: int = 20, year: int = 2026, previous: MemoryLog | None = None) -> MemoryLog:
    """Return a signed log of its opening row and some consent records."""
    log = MemoryLog.of_year(year, previous)
    for number in range(1, records + 1):
        log.consent(number)
    log.signed()
    return log
