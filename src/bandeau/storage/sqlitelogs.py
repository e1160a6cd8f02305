"""The logs in a store file: read through one connection, written in its open transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from bandeau.errors import MalformedEvidence, StoreDamaged
from bandeau.ledger.bodies import CONSENT
from bandeau.ledger.commitment import LEAF_SIZE
from bandeau.ledger.loading import damaged
from bandeau.ledger.series import Series
from bandeau.ledger.shelf import Growth
from bandeau.ledger.store import Entry, Kept, LogHead
from bandeau.ledger.tiles import TILE_WIDTH
from bandeau.ledger.tree import HASH_SIZE, Frontier, leaf_hash
from bandeau.storage.sqlitebulk import insert
from bandeau.storage.sqliteindex import CODE, KEY, SUBJECT, SqliteIndex, digest, digests, digests_of
from bandeau.storage.sqliteoutbox import SqliteOutbox

_HEAD = "SELECT origin, site_id, environment, year, at, size, frontier, root, checkpoint FROM log"
_KEPT = """
SELECT log.origin, kept.entry, kept.kind, coalesce(kept.code, ''), coalesce(kept.key, ''),
       coalesce(kept.subject_id, ''), kept.salt, kept.body
  FROM kept JOIN log ON log.id = kept.log
"""
_TILE = "SELECT hashes FROM tile WHERE log = ? AND level = ? AND number = ?"
_LEAVES = "SELECT data FROM leaves WHERE log = ? AND number = ?"
_BLANK = """
UPDATE kept SET kind = NULL, code = NULL, key = NULL, subject_id = NULL, salt = NULL, body = NULL
 WHERE id = ?
"""
_NAMES = """
SELECT id, code, key, subject_id FROM kept
 WHERE log = ? AND kind = ? AND entry IN (SELECT value FROM json_each(?))
"""
_GROW = """
UPDATE log SET at = ?, size = ?, frontier = ?, root = ?, checkpoint = ?, consents = consents + ?
 WHERE id = ? AND size = ? AND root = ?
"""
_COLUMNS = 9
_NO_NAMES = (None, None, None)
_PAGE = 500


class SqliteLogs:
    """The logs as a source and as the shelf of their writer; made anew when a transaction fails."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.index = SqliteIndex(connection)
        self.outbox = SqliteOutbox(connection)

    def logs(self) -> list[LogHead]:
        return [_head(found) for found in self._select(f"{_HEAD} ORDER BY site_id, environment, year")]

    def tile(self, origin: str, level: int, number: int) -> bytes:
        if level == 0:
            start = number * TILE_WIDTH
            return b"".join(map(leaf_hash, self.leaves(origin, start, start + TILE_WIDTH)))
        return self._blob(_TILE, (self._id(origin), level, number))

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        first, last = start // TILE_WIDTH, (stop - 1) // TILE_WIDTH
        data = b"".join(
            found[0]
            for found in self._select(
                "SELECT data FROM leaves WHERE log = ? AND number BETWEEN ? AND ? ORDER BY number",
                (self._id(origin), first, last),
            )
        )
        begin = (start - first * TILE_WIDTH) * LEAF_SIZE
        end = min(len(data), (stop - first * TILE_WIDTH) * LEAF_SIZE)
        return [data[at : at + LEAF_SIZE] for at in range(begin, end, LEAF_SIZE)]

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        # A page at a time: a statement that is read slowly would hold the write-ahead log.
        stop = 2**62 if stop is None else stop
        where = "WHERE kept.log = ? AND kept.entry >= ? AND kept.entry < ? AND kept.body IS NOT NULL"
        while start < stop:
            arguments = (self._id(origin), start, stop, _PAGE)
            page = self.kept(f"{where} ORDER BY kept.entry LIMIT ?", arguments)
            yield from page
            start = page[-1].index + 1 if len(page) == _PAGE else stop

    def kept(self, where: str, arguments: Sequence[object]) -> list[Kept]:
        return [Kept(*found) for found in self._select(_KEPT + where, arguments)]

    def by_code(self, code: str) -> list[Kept]:
        return [row for row in self._found([digest(CODE, code)]) if row.code == code]

    def by_subject(self, subject_id: str) -> list[Kept]:
        return [row for row in self._found([digest(SUBJECT, subject_id)]) if row.subject_id == subject_id]

    def count(self) -> int:
        return self._one("SELECT coalesce(sum(consents), 0) FROM log")

    def tip(self, series: Series) -> LogHead | None:
        where = "WHERE site_id = ? AND environment = ? ORDER BY year DESC LIMIT 1"
        return next(map(_head, self._select(f"{_HEAD} {where}", series)), None)

    def log(self, origin: str) -> LogHead | None:
        return next(map(_head, self._select(f"{_HEAD} WHERE origin = ?", (origin,))), None)

    def entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        taken = {row.key: row for row in self._found(digests_of(KEY, keys))}
        return {
            key: Entry(row.index, row.code, row.body, duplicate=True, origin=row.origin)
            for key, row in taken.items()
        }

    def create(self, head: LogHead) -> None:
        self.connection.execute(
            "INSERT INTO log VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (head.origin, head.site_id, head.environment, head.year, *_state(head)),
        )

    def grow(self, growth: Growth) -> None:
        before, log = growth.before, self._id(growth.before.origin)
        consents = sum(row.kind == CONSENT for row in growth.rows)
        arguments = (*_state(growth.after), consents, log, before.size, before.root)
        if self.connection.execute(_GROW, arguments).rowcount != 1:
            raise damaged(before.origin, "somebody wrote to it who does not hold its lock")
        self._add_rows(log, growth.rows)
        self._add_leaves(log, before.size, b"".join(growth.leaves))
        for level, (first, hashes) in growth.nodes.items():
            self._add_hashes(log, level, first, b"".join(hashes))

    def of_subject(self, subject_id: str) -> list[tuple[str, int]]:
        return [(row.origin, row.index) for row in self.by_subject(subject_id)]

    def consents(self, origin: str) -> Sequence[int]:
        found = self._select(
            "SELECT entry FROM kept WHERE log = ? AND kind = ? ORDER BY entry", (self._id(origin), CONSENT)
        )
        return [entry for (entry,) in found]

    def remove(self, origin: str, indices: Collection[int]) -> None:
        log, ordered = self._id(origin), sorted(indices)
        for start in range(0, len(ordered), _PAGE):
            chunk = json.dumps(ordered[start : start + _PAGE])
            rows = [(row, digests(*names)) for row, *names in self._select(_NAMES, (log, CONSENT, chunk))]
            self.index.remove(rows)
            self.connection.executemany(_BLANK, [(row,) for row, _ in rows])
        self.connection.execute("UPDATE log SET consents = consents - ? WHERE id = ?", (len(ordered), log))

    def _found(self, wanted: Sequence[int]) -> list[Kept]:
        """Return the rows that the index leads to; those of another text are among them."""
        rows = self.index.find(wanted)
        where = "WHERE kept.id IN (SELECT value FROM json_each(?)) AND kept.kind = ? ORDER BY kept.id"
        return self.kept(where, (json.dumps(rows), CONSENT)) if rows else []

    def _add_rows(self, log: int, rows: Sequence[Kept]) -> None:
        first = self._one("SELECT coalesce(max(id), 0) + 1 FROM kept")
        values: list[object] = []
        for at, row in enumerate(rows, first):
            names = (row.code, row.key, row.subject_id) if row.kind == CONSENT else _NO_NAMES
            values += (at, log, row.index, row.kind, *names, row.salt, row.body)
        insert(self.connection, "kept", _COLUMNS, values)
        self.index.add({at: row for at, row in enumerate(rows, first) if row.kind == CONSENT})

    def _add_leaves(self, log: int, first: int, data: bytes) -> None:
        number, offset = divmod(first, TILE_WIDTH)
        if offset:
            data = self._blob(_LEAVES, (log, number)) + data
        pieces = _pieces(data, TILE_WIDTH * LEAF_SIZE)
        self.connection.executemany(
            "INSERT OR REPLACE INTO leaves VALUES (?, ?, ?)",
            ((log, number + at, piece) for at, piece in enumerate(pieces)),
        )

    def _add_hashes(self, log: int, level: int, first: int, data: bytes) -> None:
        number, offset = divmod(first, TILE_WIDTH)
        if offset:
            data = self._blob(_TILE, (log, level, number)) + data
        pieces = _pieces(data, TILE_WIDTH * HASH_SIZE)
        self.connection.executemany(
            "INSERT OR REPLACE INTO tile VALUES (?, ?, ?, ?)",
            ((log, level, number + at, piece) for at, piece in enumerate(pieces)),
        )

    def _id(self, origin: str) -> int:
        found = next(self._select("SELECT id FROM log WHERE origin = ?", (origin,)), None)
        return found[0] if found else -1

    def _one(self, statement: str) -> int:
        return int(self.connection.execute(statement).fetchone()[0])

    def _blob(self, statement: str, arguments: Sequence[object]) -> bytes:
        found = next(self._select(statement, arguments), None)
        return found[0] if found else b""

    def _select(self, statement: str, arguments: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        # All at once: a statement that is left half-read keeps its read transaction open.
        return iter(self.connection.execute(statement, arguments).fetchall())


def _head(found: tuple[Any, ...]) -> LogHead:
    origin, site_id, environment, year, at, size, frontier, root, checkpoint = found
    try:
        edge = Frontier.from_bytes(size, frontier)
    except MalformedEvidence as error:
        raise StoreDamaged(f"the log {origin} cannot be read: {error}; restore a backup") from error
    return LogHead(origin, site_id, environment, year, at, edge, root, checkpoint)


def _state(head: LogHead) -> tuple[object, ...]:
    return head.at, head.size, head.frontier.to_bytes(), head.root, head.checkpoint


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
