"""Whatever is changed with SQL beside the rows is found too: by opening, by verifying, or by both."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bandeau.errors import StoreDamaged
from bandeau.ledger.verification import verify_logs
from bandeau.storage.postgres import PostgresStore
from bandeau.storage.sqlite import SqliteStore
from tests.storage.clusters import Cluster
from tests.storage.records import NOW, TestSigner, a_record
from tests.storage.stores import an_empty_store

ORIGIN = "news.example/gazette/test/2026"
#: Changes of the row that says where a log stands, and what is found of them: when opening, when verifying.
HEADS = {
    "its time": ("at = '2026-01-01T00:00:00Z'", "out of order", "is kept with the time 2026-01-01T00:00:00Z"),
    "its year": ("year = 2025", "another site or year", "kept as the log of another site or year"),
    "its site": ("site_id = 'elsewhere'", "another site or year", "kept as the log of another site or year"),
}


@pytest.fixture
def postgres(postgres_log: str) -> str:
    """The address of a database with a log of 300 records."""
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    _fill(store)
    return postgres_log


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a log of 300 records."""
    _fill(an_empty_store(tmp_path / "proof.db"))
    return tmp_path / "proof.db"


def _fill(store: PostgresStore | SqliteStore) -> None:
    for future in [store.submit(a_record(n, subject=f"{n:022}"), key=f"k{n}") for n in range(300)]:
        future.result(30)
    store.close()


def findings(store: PostgresStore | SqliteStore) -> list[str]:
    """Return what is found by whoever verifies a store that was not checked."""
    with store.snapshot() as source:
        keys = [key for head in source.logs() for key in TestSigner().verifiers(head.origin)]
        found = [each.sentence for each in verify_logs(source, keys).findings]
    found += store.problems()
    store.close()
    return found


@pytest.mark.parametrize("what", HEADS)
def test_changed_head_is_found_in_postgresql(what: str, cluster: Cluster, postgres: str) -> None:
    """By the one who opens, so that nothing is written on it, and by the one who verifies."""
    change, when_opened, when_verified = HEADS[what]
    cluster.sql(f"UPDATE bandeau.log SET {change}")
    with pytest.raises(StoreDamaged, match=when_opened):
        PostgresStore.open(postgres, TestSigner())
    assert when_verified in str(findings(PostgresStore(postgres, TestSigner())))


@pytest.mark.parametrize("what", HEADS)
def test_changed_head_is_found_in_sqlite(what: str, file: Path) -> None:
    """In the same words."""
    change, when_opened, when_verified = HEADS[what]
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE log SET {change}")
    connection.close()
    with pytest.raises(StoreDamaged, match=when_opened):
        SqliteStore.open(file, TestSigner())
    assert when_verified in str(findings(SqliteStore(file, TestSigner())))


#: Changes of the other tables in PostgreSQL, and what verifying says.
PIECES = {
    "the first leaves": ("DELETE FROM bandeau.piece WHERE level = 0 AND first = 0", "ends after 0 entries"),
    "the hashes of a tile": ("DELETE FROM bandeau.piece WHERE level = 1", "tile/1/000.p/1"),
    "a leaf": (
        "UPDATE bandeau.piece SET data = set_byte(data, 20, 255 - get_byte(data, 20)) WHERE first = 0",
        "do not fit each other",
    ),
    "leaves from nowhere": (
        "INSERT INTO bandeau.piece SELECT id, 0, 100000, 'x' FROM bandeau.log",
        f"There are leaves or hashes beyond the end of {ORIGIN}.",
    ),
    "rows of no log": (
        "INSERT INTO bandeau.kept SELECT 77, entry, kind, 'a', 'b', 'c', salt, body FROM bandeau.kept WHERE entry = 3",
        "There are rows or leaves of a log that is not there.",
    ),
    "leaves of no log": (
        "INSERT INTO bandeau.piece VALUES (77, 0, 0, 'x')",
        "There are rows or leaves of a log that is not there.",
    ),
}


@pytest.mark.parametrize("what", PIECES)
def test_changed_tables_are_found_in_postgresql(what: str, cluster: Cluster, postgres: str) -> None:
    """The leaves and hashes lie in pieces there; each must be of a log, and within it."""
    change, said = PIECES[what]
    assert findings(PostgresStore(postgres, TestSigner())) == []
    cluster.sql(change)
    assert said in str(findings(PostgresStore(postgres, TestSigner())))


def test_log_without_its_first_leaves_is_damage_when_it_is_opened(cluster: Cluster, postgres: str) -> None:
    """Whatever is missing, a site is told that its log is damaged."""
    cluster.sql(PIECES["the first leaves"][0])
    with pytest.raises(StoreDamaged, match="row 0 is not what its leaf commits to"):
        PostgresStore.open(postgres, TestSigner())


#: Changes of an old record, which opening does not read, as in test_changed_rows.py.
ROWS = {
    "its answer": "body = convert_to(replace(convert_from(body, 'UTF8'), 'false', 'true'), 'UTF8')",
    "its reader": "subject_id = 'BBBBBBBBBBBBBBBBBBBBBB'",
    "its salt": r"salt = '\x00'",
}


@pytest.mark.parametrize("what", ROWS)
def test_changed_row_is_never_handed_out_in_postgresql(what: str, cluster: Cluster, postgres: str) -> None:
    """The store opens, as only its end is read then; the record is refused when it is asked for, and found."""
    store = PostgresStore.open(postgres, TestSigner())
    (row,) = store.kept_of_subject(f"{3:022}")
    assert store.kept(row.code) == row
    cluster.sql(f"UPDATE bandeau.kept SET {ROWS[what]} WHERE code = '{row.code}'")
    with pytest.raises(StoreDamaged, match="bandeau ledger verify"):
        store.kept(row.code)
    store.close()
    assert row.code in str(findings(PostgresStore.open(postgres, TestSigner())))
