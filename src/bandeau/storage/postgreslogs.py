"""The logs in PostgreSQL: as a source, and as the shelf of their writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
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
from bandeau.storage.postgresoutbox import PostgresOutbox
from bandeau.storage.postgresserver import Session

_HEAD = "SELECT origin, site_id, environment, year, at, size, frontier, root, checkpoint FROM bandeau.log"
_KEPT = """
SELECT log.origin, kept.entry, kept.kind, coalesce(kept.code, ''), coalesce(kept.key, ''),
       coalesce(kept.subject_id, ''), kept.salt, kept.body
  FROM bandeau.kept JOIN bandeau.log ON log.id = kept.log
"""
_CREATE = """
INSERT INTO bandeau.log
       (origin, site_id, environment, year, at, size, frontier, root, checkpoint, consents)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0)
"""
_GROW = """
UPDATE bandeau.log
   SET at = %s, size = %s, frontier = %s, root = %s, checkpoint = %s, consents = consents + %s
 WHERE id = %s AND size = %s AND root = %s
"""
_ADD = """
INSERT INTO bandeau.kept
SELECT %b, * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[],
                         %b::bytea[])
"""
_CONSENTS = "SELECT entry FROM bandeau.kept WHERE log = %s AND kind = %s ORDER BY entry"
_REMOVE = "DELETE FROM bandeau.kept WHERE log = %s AND entry = ANY(%s) AND kind = %s"
_PIECES = """
SELECT first, data FROM bandeau.piece
 WHERE log = %(log)s AND level = %(level)s AND first < %(stop)s
   AND first >= (SELECT coalesce(max(first), 0) FROM bandeau.piece
                  WHERE log = %(log)s AND level = %(level)s AND first <= %(start)s)
 ORDER BY first
"""
_COUNTS = """
SELECT origin FROM bandeau.log
 WHERE consents <> (SELECT count(*) FROM bandeau.kept WHERE kept.log = log.id AND kept.kind = %s)
"""
#: What no tree of the log's size has; a tile of level 1 has a hash for each 256 leaves, and so on.
_BEYOND = """
SELECT origin FROM bandeau.log
 WHERE EXISTS (SELECT 1 FROM bandeau.piece
                WHERE piece.log = log.id
                  AND (first < 0 OR level < 0 OR first >= log.size >> 8 * least(level, 7)))
"""
_LOST = """
SELECT 1 WHERE EXISTS (SELECT 1 FROM bandeau.kept WHERE log NOT IN (SELECT id FROM bandeau.log))
            OR EXISTS (SELECT 1 FROM bandeau.piece WHERE log NOT IN (SELECT id FROM bandeau.log))
"""
_PAGE = 500


class PostgresLogs:
    """The logs through one connection."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.outbox = PostgresOutbox(session)
        #: Whether anything was written: only then does a commit wait for what was written before it.
        self.changed = False

    def logs(self) -> list[LogHead]:
        return [_head(found) for found in self._select(f"{_HEAD} ORDER BY site_id, environment, year")]

    def tile(self, origin: str, level: int, number: int) -> bytes:
        start = number * TILE_WIDTH
        if level == 0:
            return b"".join(map(leaf_hash, self.leaves(origin, start, start + TILE_WIDTH)))
        return self._pieces(origin, level, HASH_SIZE, start, start + TILE_WIDTH)

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        data = self._pieces(origin, 0, LEAF_SIZE, start, stop)
        return [data[at : at + LEAF_SIZE] for at in range(0, len(data), LEAF_SIZE)]

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        return paged(self.page, origin, start, stop)

    def page(self, origin: str, start: int, stop: int) -> list[Kept]:
        """Return the first rows of a range: as many as a page has."""
        where = "WHERE kept.log = %s AND kept.entry >= %s AND kept.entry < %s ORDER BY kept.entry LIMIT %s"
        return self.kept(where, (self._id(origin), start, stop, _PAGE))

    def kept(self, where: str, arguments: Sequence[object]) -> list[Kept]:
        return [Kept(*found) for found in self._select(_KEPT + where, arguments)]

    def by_code(self, code: str) -> list[Kept]:
        return self.kept("WHERE kept.code = %s AND kept.kind = %s", (code, CONSENT))

    def by_subject(self, subject_id: str) -> list[Kept]:
        where = "WHERE kept.subject_id = %s AND kept.kind = %s ORDER BY kept.log, kept.entry"
        return self.kept(where, (subject_id, CONSENT)) if is_storable(subject_id) else []

    def count(self) -> int:
        return int(self._select("SELECT coalesce(sum(consents), 0) FROM bandeau.log")[0][0])

    def problems(self) -> list[str]:
        """Return what is wrong beside what is in the logs."""
        counted = [
            f"The records of {origin} were counted wrongly." for (origin,) in self._select(_COUNTS, [CONSENT])
        ]
        beyond = [
            f"There are leaves or hashes beyond the end of {origin}." for (origin,) in self._select(_BEYOND)
        ]
        # No log leads to them: they would be neither verified nor erased.
        lost = ["There are rows or leaves of a log that is not there."] if self._select(_LOST) else []
        return counted + beyond + lost

    def tip(self, series: Series) -> LogHead | None:
        where = "WHERE site_id = %s AND environment = %s ORDER BY year DESC LIMIT 1"
        return next(map(_head, self._select(f"{_HEAD} {where}", series)), None)

    def log(self, origin: str) -> LogHead | None:
        return next(map(_head, self._select(f"{_HEAD} WHERE origin = %s", (origin,))), None)

    def entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        found = (
            self.kept("WHERE kept.key = ANY(%s) AND kept.kind = %s", (list(keys), CONSENT)) if keys else []
        )
        return {
            row.key: Entry(row.index, row.code, row.body, duplicate=True, origin=row.origin) for row in found
        }

    def create(self, head: LogHead) -> None:
        self._do(1, _CREATE, (head.origin, head.site_id, head.environment, head.year, *_state(head)))

    def grow(self, growth: Growth) -> None:
        before, log = growth.before, self._id(growth.before.origin)
        consents = sum(row.kind == CONSENT for row in growth.rows)
        if self._change(_GROW, (*_state(growth.after), consents, log, before.size, before.root)) != 1:
            raise damaged(before.origin, "somebody wrote to it who does not hold its lock")
        columns = map(list, zip(*map(_values, growth.rows), strict=True))
        self._do(len(growth.rows), _ADD, (log, *columns))
        self._add(log, 0, before.size, growth.leaves)
        for level, (first, hashes) in growth.nodes.items():
            self._add(log, level, first, hashes)

    def of_subject(self, subject_id: str) -> list[tuple[str, int]]:
        return [(row.origin, row.index) for row in self.by_subject(subject_id)]

    def consents(self, origin: str) -> Sequence[int]:
        return [entry for (entry,) in self._select(_CONSENTS, (self._id(origin), CONSENT))]

    def remove(self, origin: str, indices: Collection[int]) -> None:
        log = self._id(origin)
        self._do(len(indices), _REMOVE, (log, list(indices), CONSENT))
        self._do(1, "UPDATE bandeau.log SET consents = consents - %s WHERE id = %s", (len(indices), log))

    def flush(self) -> None:
        """Write something, so that the commit waits for all commits before it."""
        self._do(1, "UPDATE bandeau.store SET flushed = flushed + 1")

    def _add(self, log: int, level: int, first: int, parts: Sequence[bytes]) -> None:
        if parts:
            data = b"".join(parts)
            self._do(1, "INSERT INTO bandeau.piece VALUES (%s, %s, %s, %s)", (log, level, first, data))

    def _pieces(self, origin: str, level: int, width: int, start: int, stop: int) -> bytes:
        """Return what the pieces hold from ``start`` to ``stop``, as far as none is missing."""
        arguments = {"log": self._id(origin), "level": level, "start": start, "stop": stop}
        found = self._select(_PIECES, arguments)
        base = found[0][0] if found else 0
        data = b""
        for first, piece in found:
            if first != base + len(data) // width:
                break
            data += piece
        return data[max(0, start - base) * width : max(0, stop - base) * width] if base <= start else b""

    def _id(self, origin: str) -> int:
        found = self._select("SELECT id FROM bandeau.log WHERE origin = %s", (origin,))
        return found[0][0] if found else -1

    def _do(self, rows: int, statement: str, arguments: Sequence[object] = ()) -> None:
        """Change so many rows: no others, and none that a trigger or a rule takes back without a word.

        Raises:
            StoreDamaged: it were more or fewer; nothing may be committed.
        """
        changed = self._change(statement, arguments)
        if changed != rows:
            raise StoreDamaged(
                f"the database changed {changed} rows where {rows} were to be written or erased; look for "
                "triggers, rules and policies on the tables of the schema bandeau"
            )

    def _change(self, statement: str, arguments: Sequence[object] = ()) -> int:
        self.changed = True
        return self.session.execute(statement, arguments).rowcount

    def _select(self, statement: str, arguments: Any = ()) -> list[tuple[Any, ...]]:
        return self.session.execute(statement, arguments, binary=True).fetchall()


def paged(
    page: Callable[[str, int, int], list[Kept]], origin: str, start: int, stop: int | None
) -> Iterator[Kept]:
    """Yield rows page by page: a year may have more of them than memory has room for."""
    stop = 2**62 if stop is None else stop
    while start < stop:
        rows = page(origin, start, stop)
        yield from rows
        start = rows[-1].index + 1 if len(rows) == _PAGE else stop


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL has a place for a text: in UTF-8, and without the character 0."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _head(found: tuple[Any, ...]) -> LogHead:
    origin, site_id, environment, year, at, size, frontier, root, checkpoint = found
    try:
        edge = Frontier.from_bytes(size, frontier)
    except MalformedEvidence as error:
        raise StoreDamaged(f"the log {origin} cannot be read: {error}; restore a backup") from error
    return LogHead(origin, site_id, environment, year, at, edge, root, checkpoint)


def _state(head: LogHead) -> tuple[object, ...]:
    return head.at, head.size, head.frontier.to_bytes(), head.root, head.checkpoint


def _values(row: Kept) -> tuple[object, ...]:
    if row.kind != CONSENT:
        return row.index, row.kind, None, None, None, row.salt, row.body
    return row.index, row.kind, row.code, row.key, row.subject_id, row.salt, row.body
