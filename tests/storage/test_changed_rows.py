"""A row that somebody changed with SQL is never handed out as proof, however old it is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bandeau.errors import StoreDamaged
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

#: Opening reads the rows of the last tile alone, of 256: this one is before them.
OLD = 3
CHANGES = {
    "its answer": "body = CAST(replace(CAST(body AS TEXT), 'false', 'true') AS BLOB)",
    "its reader": "subject_id = 'BBBBBBBBBBBBBBBBBBBBBB'",
    "its salt": "salt = zeroblob(32)",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of 300 records of as many readers."""
    store = an_empty_store(tmp_path / "proof.db")
    for future in [store.submit(a_record(n, subject=f"{n:022}"), key=f"k{n}") for n in range(300)]:
        future.result(30)
    store.close()
    return tmp_path / "proof.db"


def test_an_unchanged_row_is_handed_out(path: Path) -> None:
    """The control."""
    store = SqliteStore.open(path, TestSigner())
    (row,) = store.kept_of_subject(f"{OLD:022}")
    assert store.kept(row.code) == row
    store.close()


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_row_is_damage(path: Path, change: str) -> None:
    """Neither by its code nor by its reader; the store opens all the same, as only its end is read then."""
    store = SqliteStore.open(path, TestSigner())
    code = store.kept_of_subject(f"{OLD:022}")[0].code
    store.close()
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE kept SET {change} WHERE code = ?", (code,))
    connection.commit()
    connection.close()

    store = SqliteStore.open(path, TestSigner())
    with pytest.raises(StoreDamaged, match="bandeau ledger verify"):
        store.kept(code)
    if "subject_id" not in change:  # else the index leads nobody there
        with pytest.raises(StoreDamaged, match="bandeau ledger verify"):
            store.kept_of_subject(f"{OLD:022}")
    store.close()
