"""What was erased is in no byte of the file, of its write-ahead log or of their unused pages."""

from __future__ import annotations

import random
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from msgspec.structs import replace

from bandeau.core.record import ConsentRecord
from bandeau.errors import StoreUnavailable
from bandeau.ledger.store import Kept
from bandeau.storage import sqlitefile, sqliteindex
from bandeau.storage.sqlite import SqliteStore
from tests.storage.checking import assert_whole
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

#: As many bytes as nothing has in common with another record by chance.
_PIECE = 8


def a_random_record(chance: random.Random, number: int, subject: str) -> ConsentRecord:
    """Return a record whose texts nothing else contains; some are larger than a page."""
    words = [secrets.token_urlsafe(12) for _ in range(chance.choice([1, 4, 12, 500]))]
    return replace(
        a_record(number, subject=subject),
        record_id=secrets.token_urlsafe(16),
        purposes=dict.fromkeys(words, False),
    )


def canaries(row: Kept) -> Iterator[bytes]:
    """Cut what is random in a row into pieces; the rest of it stands in every row."""
    record = row.record()
    words = [*record.purposes]
    texts = [row.code, row.key, row.subject_id, record.record_id, *words[:: len(words) // 12 + 1]]
    for data in (row.salt, *(text.encode() for text in texts)):
        yield from (data[at : at + _PIECE] for at in range(0, len(data) - _PIECE + 1, _PIECE))


def found_in(folder: Path, pieces: Sequence[bytes]) -> int:
    """Count the pieces that stand anywhere in the files of a folder, whatever they are called."""
    raw = b"\0".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    return sum(piece in raw for piece in pieces)


def fill(store: SqliteStore, chance: random.Random, count: int) -> list[str]:
    """Submit records of new subjects; return the subjects."""
    subjects = [secrets.token_urlsafe(16) for _ in range(count)]
    futures = [
        store.submit(a_random_record(chance, number, subject), key=secrets.token_urlsafe(24))
        for number, subject in enumerate(subjects)
    ]
    for future in futures:
        future.result(30)
    return subjects


def residue(path: Path, chance: random.Random, *, rounds: int) -> tuple[int, int]:
    """Let readers come and go; return how many pieces were erased and how many are still there."""
    store, erased, left = an_empty_store(path), 0, 0
    subjects: list[str] = []
    for _ in range(rounds):
        subjects += fill(store, chance, chance.choice([1, 20, 60]))
        leaving = chance.sample(subjects, chance.choice([1, len(subjects) // 3 + 1]))
        subjects = [subject for subject in subjects if subject not in leaving]
        pieces = [p for subject in leaving for row in store.kept_of_subject(subject) for p in canaries(row)]
        # A few lie across the border of two pages.
        assert found_in(path.parent, pieces) > len(pieces) * 0.9
        futures: list[Future[int]] = [store.erase(subject) for subject in leaving]
        assert [future.result(30) for future in futures] == [1] * len(leaving)
        erased, left = erased + len(pieces), left + found_in(path.parent, pieces)
    store.close()
    return erased, left


@pytest.fixture
def busy_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets of the index are moved all the time."""
    monkeypatch.setattr(sqliteindex, "RECENT_ROWS", 40)


@pytest.mark.usefixtures("busy_index")
def test_no_byte_of_an_erased_record_is_left(tmp_path: Path) -> None:
    """Looked for while the store is open, the moment the erasure is acknowledged."""
    erased, left = residue(tmp_path / "proof.db", random.Random(3), rounds=8)
    assert erased > 500
    assert left == 0
    assert_whole(tmp_path / "proof.db")


@pytest.mark.long
@pytest.mark.usefixtures("busy_index")
@pytest.mark.parametrize("seed", range(5))
def test_no_byte_of_thousands_of_erased_records_is_left(tmp_path: Path, seed: int) -> None:
    """The same at length: pages split, fill up and empty in many ways."""
    erased, left = residue(tmp_path / "proof.db", random.Random(seed), rounds=40)
    print(f"seed {seed}: {erased} pieces erased, {left} found")
    assert left == 0
    assert_whole(tmp_path / "proof.db")


def without_secure_delete(monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQLite does by itself."""
    settings = sqlitefile._settings
    monkeypatch.setattr(sqlitefile, "_settings", lambda mode: (*settings(mode), "PRAGMA secure_delete = OFF"))


def without_emptying_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead log keeps pages as they were."""
    monkeypatch.setattr("bandeau.storage.sqlitewriter.fold", lambda connection: True)


@pytest.mark.parametrize("weaken", [without_secure_delete, without_emptying_the_log])
def test_the_same_test_finds_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weaken: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The controls: without either of the two measures something is found."""
    weaken(monkeypatch)
    erased, left = residue(tmp_path / "proof.db", random.Random(3), rounds=8)
    assert left > erased / 50


def test_rows_that_are_deleted_leave_copies_behind(tmp_path: Path) -> None:
    """Why rows are blanked: SQLite's own secure deletion misses what merging and splitting pages copied."""
    path, chance = tmp_path / "plain.db", random.Random(1)
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = OFF", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, subject TEXT UNIQUE, body BLOB)")
    live: dict[int, str] = {}
    left = 0
    for number in range(9000):
        if not connection.in_transaction:
            connection.execute("BEGIN")
        live[number] = secrets.token_hex(12)
        connection.execute(
            "INSERT INTO kept VALUES (?, ?, ?)", (number, live[number], bytes(chance.randrange(700)))
        )
        if number % 60 == 59:
            gone = chance.sample(sorted(live), 45)
            connection.executemany("DELETE FROM kept WHERE id = ?", [(row,) for row in gone])
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            left += found_in(tmp_path, [live.pop(row).encode() for row in gone])
    connection.close()
    assert left > 0


def test_a_reader_that_keeps_the_log_is_waited_for_and_told(tmp_path: Path) -> None:
    """An erasure is acknowledged only when nothing is left; asked again, it is finished."""
    store = an_empty_store(tmp_path / "proof.db")
    (subject,) = fill(store, random.Random(1), 1)
    pieces = [piece for row in store.kept_of_subject(subject) for piece in canaries(row)]
    with store.snapshot():
        with pytest.raises(StoreUnavailable, match="ask again"):
            store.erase(subject).result(30)
        assert found_in(tmp_path, pieces) > 0
        assert not store.submit(a_record(7), key="k7").result(10).duplicate
    assert store.erase(subject).result(30) == 0
    assert found_in(tmp_path, pieces) == 0
    store.close()


def test_an_erasure_that_was_cut_off_is_finished_at_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between the commit and the emptying of the log leaves that to the next one."""
    store = an_empty_store(tmp_path / "proof.db")
    (subject,) = fill(store, random.Random(1), 1)
    pieces = [piece for row in store.kept_of_subject(subject) for piece in canaries(row)]
    with monkeypatch.context() as patched:
        patched.setattr("bandeau.storage.sqlitewriter.fold", lambda connection: False)
        with pytest.raises(StoreUnavailable, match="ask again"):
            store.erase(subject).result(30)
    assert found_in(tmp_path, pieces) > 0
    store.forget()  # as if the process had died: nothing is closed
    SqliteStore.open(tmp_path / "proof.db", TestSigner()).close()
    assert found_in(tmp_path, pieces) == 0
