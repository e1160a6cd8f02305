"""Every bit of a store file flipped once: it is noticed, or it is a bit that nothing reads."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from bandeau.errors import BandeauError
from bandeau.ledger.sequencer import Sequencer
from bandeau.ledger.verification import verify_logs
from bandeau.storage import sqliteindex
from bandeau.storage.sqlitecheck import problems
from bandeau.storage.sqlitelayout import APPLICATION_ID, LAYOUT
from bandeau.storage.sqlitelogs import SqliteLogs
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

TABLES = ("sqlite_schema", "log", "kept", "leaves", "tile")
#: The two bytes of the header that say "write-ahead log"; a file in memory has none.
FORMAT_VERSIONS = slice(18, 20)


def a_ledger_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return the bytes of a store of some sixty-four kilobytes in which everything occurs."""
    monkeypatch.setattr(sqliteindex, "RECENT_ROWS", 20)
    store = an_empty_store(path)
    for number in range(36):
        store.submit(a_record(number, subject=f"subject-{number % 9:014}"), key=f"key-{number}").result(10)
    store.erase(f"subject-{3:014}").result(10)
    store.submit(a_record(99, at="2027-01-01T00:00:00Z"), key="new year").result(10)
    store.close()
    content = bytearray(path.read_bytes())
    content[FORMAT_VERSIONS] = b"\1\1"
    return bytes(content)


def content_of(connection: sqlite3.Connection) -> list[object]:
    """Return everything that a store reads from a file."""
    tables = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]
    logs = SqliteLogs(connection)
    rows = [row for head in logs.logs() for row in logs.rows(head.origin)]
    found = [(logs.by_code(row.code), logs.by_subject(row.subject_id)) for row in rows]
    return [*tables, found, logs.entries([row.key for row in rows]), logs.count()]


def is_noticed(content: bytes) -> bool:
    """Tell whether opening or verifying a file says that something is wrong."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(content)
            if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
                return True
            if connection.execute("PRAGMA user_version").fetchone() != (LAYOUT,):
                return True
            logs = SqliteLogs(connection)
            keys = [key for head in logs.logs() for key in TestSigner().verifiers(head.origin)]
            if problems(connection) or not verify_logs(logs, keys).holds:
                return True
            Sequencer(TestSigner(), random.randbytes).check(logs)
        except (BandeauError, sqlite3.Error, ValueError, TypeError, OverflowError):
            return True
        return False


def has_changed(content: bytes, before: list[object]) -> bool:
    """Tell whether anything that can be asked of a file is answered differently."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(content)
        try:
            return content_of(connection) != before
        except (BandeauError, sqlite3.Error):
            return True


def flip(content: bytes, bits: Iterable[int]) -> Counter[str]:
    """Flip one bit at a time; count what comes of it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(content)
        before = content_of(connection)
    outcome: Counter[str] = Counter()
    changed = bytearray(content)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
        if is_noticed(bytes(changed)):
            outcome["noticed"] += 1
        else:
            outcome[_place(bit // 8)] += 1
            assert not has_changed(bytes(changed), before), f"bit {bit} changes what is read, unnoticed"
        changed[bit // 8] ^= 1 << bit % 8
    return outcome


def _place(byte: int) -> str:
    return "in the header, unread" if byte < 100 else "in unused space of pages"


def test_a_flipped_bit_is_noticed_or_read_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit in some hundreds, every day; and each bit of the header's first bytes."""
    content = a_ledger_file(tmp_path / "proof.db", monkeypatch)
    assert 60_000 < len(content) < 90_000
    assert not is_noticed(content)
    outcome = flip(content, [*range(0, len(content) * 8, 997), *range(0, 800, 7)])
    assert outcome["noticed"] > 200


@pytest.mark.long
@pytest.mark.timeout(14_400)
def test_every_bit_that_is_flipped_is_noticed_or_read_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, and the figures."""
    content = a_ledger_file(tmp_path / "proof.db", monkeypatch)
    outcome = flip(content, range(len(content) * 8))
    assert sum(outcome.values()) == len(content) * 8
    print(f"{len(content)} bytes: {dict(outcome)}")


def test_a_row_that_the_index_lost_is_told(tmp_path: Path) -> None:
    """Nothing in the logs is wrong then, and yet a receipt would not be found."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(1), key="k").result(10)
    assert store.problems() == []
    with closing(sqlite3.connect(tmp_path / "proof.db", isolation_level=None)) as connection:
        connection.execute("UPDATE recent SET code = code + 1")
        connection.execute("UPDATE log SET consents = 2")
    found = " ".join(store.problems())
    assert "Row 1 of news.example/gazette/test/2026 is not found" in found
    assert "counted wrongly" in found
    store.close()
