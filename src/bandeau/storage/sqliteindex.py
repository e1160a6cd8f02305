"""Finds the rows of a store file by code, key and subject.

An index whose order is random rewrites a page for each entry: with a million records that would be
most of the work of a commit. So this one is in two parts. ``recent`` is written at its end, beside
the rows, and each process keeps what is in it in memory, in 64 buckets. A bucket is moved into
``term`` when many of its entries will share each page that is written.

Both parts hold eight bytes of a SHA-256: what they find must be compared with the row itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from struct import Struct

from bandeau.ledger.store import Kept
from bandeau.storage.sqlitebulk import insert

#: How many rows wait in ``recent``; each costs a process about 300 bytes.
RECENT_ROWS = 32_768
_BUCKETS = 64
_BUCKET_SHIFT = 57
#: ``term`` is in segments of a million rows: moving a bucket touches pages of the newest alone.
_SEGMENT_SHIFT = 20
SCHEMA = """
CREATE TABLE recent (
  id      INTEGER PRIMARY KEY,
  code    INTEGER,
  key     INTEGER,
  subject INTEGER
) STRICT;
CREATE TABLE term (
  segment INTEGER NOT NULL,
  digest  INTEGER NOT NULL,
  id      INTEGER NOT NULL,
  PRIMARY KEY (segment, digest, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE moved (
  bucket INTEGER PRIMARY KEY,
  id     INTEGER NOT NULL
) STRICT;
"""

#: What a text is to a row.
CODE, KEY, SUBJECT = b"code:", b"key:", b"subject:"
Digests = tuple[int, int, int]
_first_word = Struct(">Q").unpack_from


def digest(meaning: bytes, text: str) -> int:
    """Return what the index holds of a text: 63 bits, others for each meaning."""
    return digests_of(meaning, [text])[0]


def digests_of(meaning: bytes, texts: Iterable[str]) -> list[int]:
    """Return what the index holds of each of some texts; one call for all rows of a commit."""
    return [_first_word(sha256(meaning + text.encode()).digest())[0] >> 1 for text in texts]


def digests(code: str, key: str, subject_id: str) -> Digests:
    """Return what the index holds of a row."""
    return digest(CODE, code), digest(KEY, key), digest(SUBJECT, subject_id)


class SqliteIndex:
    """The index through one connection; thrown away with it when a transaction fails."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = -1
        self._read_to = 0
        self._moved = [0] * _BUCKETS
        self._buckets: list[dict[int, tuple[int, ...]]] = [{} for _ in range(_BUCKETS)]

    def find(self, wanted: Sequence[int]) -> list[int]:
        """Return the ids of all rows that may have one of these digests."""
        self._refresh()
        found = {row for value in wanted for row in self._bucket(value).get(value, ())}
        last, values = max(self._moved), json.dumps(wanted)
        for segment in range((last >> _SEGMENT_SHIFT) + 1 if last else 0):
            found.update(
                row
                for (row,) in self._connection.execute(
                    "SELECT id FROM term WHERE segment = ? AND digest IN (SELECT value FROM json_each(?))",
                    (segment, values),
                )
            )
        return sorted(found)

    def add(self, rows: Mapping[int, Kept]) -> None:
        """Add consent rows by their ids, which are in order."""
        self._refresh()
        codes = digests_of(CODE, [row.code for row in rows.values()])
        keys = digests_of(KEY, [row.key for row in rows.values()])
        subjects = digests_of(SUBJECT, [row.subject_id for row in rows.values()])
        found = list(zip(rows, codes, keys, subjects, strict=True))
        insert(self._connection, "recent", 4, list(chain.from_iterable(found)))
        buckets = self._buckets
        for row, *values in found:
            for value in values:
                bucket = buckets[value >> _BUCKET_SHIFT]
                bucket[value] = (*bucket[value], row) if value in bucket else (row,)
            self._read_to = row

    def remove(self, rows: Iterable[tuple[int, Digests]]) -> None:
        """Forget rows by id and digests."""
        self._refresh()
        for row, values in rows:
            self._connection.execute(
                "UPDATE recent SET code = NULL, key = NULL, subject = NULL WHERE id = ?", (row,)
            )
            self._connection.executemany(
                "DELETE FROM term WHERE segment = ? AND digest = ? AND id = ?",
                [(row >> _SEGMENT_SHIFT, value, row) for value in values],
            )

    def move(self) -> None:
        """Move the bucket that waited longest into ``term``, if it has waited long enough."""
        self._refresh()
        moved = min(self._moved)
        if self._read_to - moved < RECENT_ROWS:
            return
        bucket = self._moved.index(moved)
        entries = sorted((value, row) for value, rows in self._buckets[bucket].items() for row in rows)
        kept = self._not_erased({row for _, row in entries})
        terms = [(row >> _SEGMENT_SHIFT, value, row) for value, row in entries if row in kept]
        values = list(chain.from_iterable(terms))
        insert(self._connection, "term", 3, values, verb="INSERT OR IGNORE INTO")
        self._connection.execute("INSERT OR REPLACE INTO moved VALUES (?, ?)", (bucket, self._read_to))
        self._moved[bucket], self._buckets[bucket] = self._read_to, {}
        self._connection.execute("DELETE FROM recent WHERE id <= ?", (min(self._moved),))

    def _refresh(self) -> None:
        """Read what other connections committed since the last look."""
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        self._version = version
        for bucket, row in self._connection.execute("SELECT bucket, id FROM moved").fetchall():
            if row != self._moved[bucket]:
                self._moved[bucket], old = row, self._buckets[bucket]
                self._buckets[bucket] = {
                    value: left for value, rows in old.items() if (left := tuple(r for r in rows if r > row))
                }
        start = max(self._read_to, min(self._moved))
        for row, *values in self._connection.execute(
            "SELECT * FROM recent WHERE id > ?", (start,)
        ).fetchall():
            self._read_to = row
            for value in values if values[0] is not None else ():
                if row > self._moved[value >> _BUCKET_SHIFT]:
                    bucket = self._bucket(value)
                    bucket[value] = (*bucket.get(value, ()), row)

    def _bucket(self, value: int) -> dict[int, tuple[int, ...]]:
        return self._buckets[value >> _BUCKET_SHIFT]

    def _not_erased(self, rows: Collection[int]) -> set[int]:
        """Return those of some rows that no other process has erased since they were read."""
        found = self._connection.execute(
            "SELECT id FROM recent WHERE code IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(rows)),),
        )
        return {row for (row,) in found}
