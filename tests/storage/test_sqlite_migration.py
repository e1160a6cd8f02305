"""A file of the first layout becomes one with logs: whole or not at all, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from bandeau.core.record import FIRST_SCHEMA, ConsentRecord
from bandeau.errors import KeyFileError, StoreDamaged, StoreError, StoreUnavailable
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.sequencer import log_time
from bandeau.storage.sqlite import SqliteStore
from bandeau.storage.sqlitelayout import APPLICATION_ID
from tests.storage.checking import assert_whole
from tests.storage.records import NOW, TestSigner, a_record

FIRST_LAYOUT = """
CREATE TABLE record (
  entry      INTEGER PRIMARY KEY,
  code       TEXT NOT NULL,
  key        TEXT NOT NULL UNIQUE,
  subject_id TEXT NOT NULL,
  body       BLOB NOT NULL
) STRICT;
CREATE INDEX record_code ON record (code);
CREATE INDEX record_subject ON record (subject_id, entry);
"""


def old_records(count: int) -> list[ConsentRecord]:
    """Return records of two sites over three years, made by a clock that was set back now and then."""
    chance = random.Random(5)
    records = []
    for number in range(count):
        at = log_time(NOW - 700 * 86_400 + number * 900 * 86_400 // count - chance.choice([0, 0, 0, 5000]))
        site = ("gazette", "test") if number % 5 else ("courrier", "test")
        record = a_record(number, subject=f"subject-{number % 7}", at=at, site=site)
        records.append(replace(record, schema=FIRST_SCHEMA if number < count // 2 else record.schema))
    return records


def an_old_file(path: Path, records: Sequence[ConsentRecord]) -> None:
    """Write a file as the first version did."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(f"BEGIN; {FIRST_LAYOUT} PRAGMA user_version = 1;")
    connection.executemany(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
        [
            (entry, receipt_code(record.record_id), f"key-{entry}", record.subject_id, record.canonical())
            for entry, record in enumerate(records)
        ],
    )
    connection.execute("COMMIT")
    connection.close()


def assert_migrated(path: Path, records: Sequence[ConsentRecord]) -> None:
    """Every record is a leaf of the log of its site and year, with the bytes, code and key that it had."""
    store = SqliteStore.open(path, TestSigner(), clock=lambda: NOW)
    for entry, record in enumerate(records):
        row = store.kept(receipt_code(record.record_id))
        assert row is not None
        assert (row.body, row.key, row.subject_id) == (record.canonical(), f"key-{entry}", record.subject_id)
        assert row.origin == f"news.example/{record.site_id}/test/{record.at[:4]}"
    assert store.count() == len(records) == sum(head.size - 1 for head in store.logs())
    again = store.submit(replace(records[3], at=log_time(NOW)), key="key-3").result(10)
    assert again.duplicate
    assert again.record == records[3].canonical()
    store.close()
    assert_whole(path)


def tables(path: Path) -> tuple[int, set[str]]:
    """Return a file's layout and tables."""
    connection = sqlite3.connect(path)
    layout = connection.execute("PRAGMA user_version").fetchone()[0]
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    return layout, names


def test_every_old_record_becomes_a_leaf_of_its_year(tmp_path: Path) -> None:
    """Bytes, codes, keys and subjects stay; the logs verify and can be written on."""
    records = old_records(700)
    an_old_file(tmp_path / "proof.db", records)
    assert_migrated(tmp_path / "proof.db", records)
    assert tables(tmp_path / "proof.db")[0] == 2
    assert "record" not in tables(tmp_path / "proof.db")[1]


def test_an_empty_old_file_has_no_log_yet(tmp_path: Path) -> None:
    """There is nothing to begin one with; `ledger init` does."""
    an_old_file(tmp_path / "proof.db", [])
    store = SqliteStore.open(tmp_path / "proof.db", TestSigner())
    assert store.logs() == []
    assert store.begin("gazette", "test").result(10).size == 1
    store.close()


def test_a_damaged_record_stops_the_migration_and_leaves_the_file(tmp_path: Path) -> None:
    """Whole or not at all: the message names the record."""
    path = tmp_path / "proof.db"
    an_old_file(path, old_records(20))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE record SET body = CAST('{}' AS BLOB) WHERE entry = 7")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="record 7 cannot be moved"):
        SqliteStore.open(path, TestSigner())
    assert path.read_bytes() == before
    assert tables(path) == (1, {"record"})


def test_without_a_key_the_file_stays_as_it_is(tmp_path: Path) -> None:
    """A key file of the first version has no key that signs logs."""

    class Keyless(TestSigner):
        def checkpoint(self, checkpoint: object) -> bytes:
            raise KeyFileError("no key signs the log")

    path = tmp_path / "proof.db"
    an_old_file(path, old_records(20))
    with pytest.raises(KeyFileError, match="no key signs"):
        SqliteStore.open(path, Keyless())
    assert tables(path) == (1, {"record"})
    assert_migrated(path, old_records(20))


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    """One does it under the lock, the others find it done."""
    path, records = tmp_path / "proof.db", old_records(300)
    an_old_file(path, records)
    children = [_opening(path) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0, 0]
    assert_migrated(path, records)


def check_kills(tmp_path: Path, kills: int) -> int:
    """Kill migrations at random moments; return how often the file was still of the first layout."""
    chance, records, unfinished = random.Random(9), old_records(120), 0
    an_old_file(tmp_path / "old.db", records)
    content = (tmp_path / "old.db").read_bytes()
    for turn in range(kills):
        path = tmp_path / f"{turn}.db"
        path.write_bytes(content)
        child = _opening(path)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        layout, names = tables(path)
        assert ("record" in names, "kept" in names) == (layout == 1, layout == 2)
        unfinished += layout == 1
        assert_migrated(path, records)
    return unfinished


def _opening(path: Path) -> int:
    child = os.fork()
    if not child:
        try:
            SqliteStore.open(path, TestSigner()).close()
        except (StoreError, StoreUnavailable):
            os._exit(1)
        os._exit(0)
    return child


def test_a_migration_that_is_killed_happened_wholly_or_not_at_all(tmp_path: Path) -> None:
    """And the next opening finishes it."""
    assert check_kills(tmp_path, 6) > 0


@pytest.mark.long
def test_migrations_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    """The same three hundred times."""
    unfinished = check_kills(tmp_path, 300)
    print(f"300 kills, {unfinished} before the commit, 0 records lost")
    assert 30 < unfinished < 270
