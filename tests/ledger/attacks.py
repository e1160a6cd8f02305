"""What an operator might do to a log afterwards, how deep it goes, and who holds an anchor."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from enum import IntEnum

from msgspec.structs import replace

from bandeau.core.canonical import canonical_bytes
from bandeau.ledger.bodies import CONSENT
from bandeau.ledger.commitment import commit
from bandeau.ledger.cosignature import cosign
from bandeau.ledger.note import Note, parse_note
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.store import Kept
from tests.ledger.memorylog import MemoryLog, at_second
from tests.ledger.test_cosignature import AT, WITNESS
from tests.storage.records import a_record

#: The record that is attacked, in a log of which the first 20 entries are anchored and 5 came later.
VICTIM = 12
ANCHORED, LATER = 20, 5


class Depth(IntEnum):
    """How much the operator changes, each level with all before it."""

    ROWS = 1  # the table of records, as with any consent manager
    LEAVES = 2  # the leaves too
    TREE = 3  # tiles, frontier and root too: everything that needs no key
    KEY = 4  # a new checkpoint is signed with the log's key


def change(row: Kept, **members: object) -> Kept:
    """Return a row with other members in its body."""
    return replace(row, body=canonical_bytes({**json.loads(row.body), **members}))


def edit(log: MemoryLog, rows: list[Kept | None]) -> None:
    """A refusal becomes an acceptance."""
    row = rows[VICTIM]
    assert row is not None
    rows[VICTIM] = change(row, event="given", action="accept", purposes={"audience": True})


def delete(log: MemoryLog, rows: list[Kept | None]) -> None:
    """A record disappears."""
    rows[VICTIM] = None


def back_date(log: MemoryLog, rows: list[Kept | None]) -> None:
    """A record becomes as old as the one before it: an order of time that no check can find fault with."""
    row = rows[VICTIM]
    assert row is not None
    rows[VICTIM] = change(row, at=at_second(log.year, VICTIM - 1))


def reorder(log: MemoryLog, rows: list[Kept | None]) -> None:
    """Two records change places, and their dates with them."""
    first, second = rows[VICTIM], rows[VICTIM + 1]
    assert first is not None
    assert second is not None
    rows[VICTIM] = replace(second, index=VICTIM)
    rows[VICTIM + 1] = replace(first, index=VICTIM + 1)


def fork(log: MemoryLog, rows: list[Kept | None]) -> None:
    """From the victim on, another auditor is shown another history."""
    for index in range(VICTIM, len(rows)):
        record = replace(
            a_record(9000 + index, subject="nobody"), at=at_second(log.year, index), event="given"
        )
        body, code = record.canonical(), receipt_code(record.record_id)
        rows[index] = Kept(log.origin, index, CONSENT, code, "", "nobody", bytes(32), body)


Attack = Callable[[MemoryLog, list[Kept | None]], None]
ATTACKS: dict[str, Attack] = {
    "edit": edit,
    "delete": delete,
    "back-date": back_date,
    "reorder": reorder,
    "fork": fork,
}


def tamper(log: MemoryLog, attack: Attack, depth: Depth) -> MemoryLog:
    """Return what the log looks like after an attack; the log itself stays as it is."""
    forged = copy.deepcopy(log)
    attack(log, forged.rows)
    if attack is reorder and depth >= Depth.LEAVES:
        _swap_dates(forged)
    if attack is delete and depth >= Depth.LEAVES:
        # Nobody leaves a hole who can close it.
        kept = [row for row in forged.rows if row]
        forged.rows = [replace(row, index=index) for index, row in enumerate(kept)]
    if depth >= Depth.LEAVES:
        forged.leaves = [commit(row.salt, row.body) for row in forged.rows if row]
    if depth >= Depth.TREE:
        forged.retile()
    if depth >= Depth.KEY:
        forged.signed()
    return forged


def _swap_dates(log: MemoryLog) -> None:
    for index in (VICTIM, VICTIM + 1):
        row = log.rows[index]
        assert row is not None
        log.rows[index] = change(row, at=at_second(log.year, index))


def the_log() -> tuple[MemoryLog, dict[str, Sequence[tuple[str, bytes]]]]:
    """Return an honest log and what different people hold of it."""
    log = MemoryLog.of_year(2026)
    for number in range(1, 6):
        log.consent(number)
    early = ("an old checkpoint", log.signed().checkpoint)
    for number in range(6, ANCHORED):
        log.consent(number)
    checkpoint = log.signed().checkpoint
    held = {
        "none": [],
        "older checkpoint": [early],
        "published checkpoint": [("the checkpoint of Monday", checkpoint)],
        "the reader's receipt": [("her receipt", log.receipt(VICTIM))],
        "another reader's later receipt": [("his receipt", log.receipt(ANCHORED - 1))],
        "witnessed checkpoint": [("the witnessed checkpoint", cosigned(checkpoint))],
    }
    for number in range(ANCHORED, ANCHORED + LATER):
        log.consent(number)
    log.signed()
    return log, held


def cosigned(checkpoint: bytes) -> bytes:
    """Return a checkpoint with a witness's cosignature."""
    note = parse_note(checkpoint)
    return Note(note.text, (*note.signatures, cosign(note.text, WITNESS, AT))).to_bytes()
