"""The file of counts: by hour for nine days, by day for four hundred; bounded, and nobody is in it.

It is no proof and no record: it may be deleted at any time, and a loss of power may take the last
counts with it. Several processes add to it, each now and then and many counts at once.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

#: How long counts are kept by the hour, and by the day.
HOURS_KEPT, DAYS_KEPT = timedelta(days=9), timedelta(days=400)
#: The most things that were stopped; the one that was seen longest ago is forgotten first.
MOST_STOPPED = 2_000
#: The file never grows beyond this.
MOST_BYTES = 64 * 1024 * 1024
_PAGE = 4096
_BUSY_SECONDS = 2.0
_FILE = "bandeau.counts"
_HOUR = "%Y-%m-%dT%H"

_LAYOUT = f"""
PRAGMA page_size = {_PAGE};
PRAGMA auto_vacuum = FULL;
CREATE TABLE IF NOT EXISTS counted (
    at TEXT NOT NULL, family TEXT NOT NULL, labels TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (at, family, labels)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stopped (
    what TEXT NOT NULL, by TEXT NOT NULL, initiator TEXT NOT NULL, page TEXT NOT NULL,
    first TEXT NOT NULL, last TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (what, by, initiator)
) WITHOUT ROWID;
"""
_ADD = "INSERT INTO counted VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
_STOP = """
INSERT INTO stopped VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    count = count + excluded.count, last = max(last, excluded.last),
    page = CASE page WHEN '' THEN excluded.page ELSE page END
"""
# An hour's counts become the day's: "2026-11-25T14" is longer than "2026-11-25".
_ROLL = """
INSERT INTO counted SELECT substr(at, 1, 10), family, labels, sum(count) FROM counted
    WHERE length(at) > 10 AND at < ? GROUP BY 1, 2, 3
    ON CONFLICT DO UPDATE SET count = count + excluded.count
"""
_PRUNE = (
    ("DELETE FROM counted WHERE length(at) > 10 AND at < ?", "hours"),
    ("DELETE FROM counted WHERE at < ?", "days"),
    ("DELETE FROM stopped WHERE last < ?", "days"),
)
_SHRINK = """
DELETE FROM stopped WHERE (what, by, initiator) IN (
    SELECT what, by, initiator FROM stopped ORDER BY last DESC, count DESC LIMIT -1 OFFSET ?
)
"""

#: A family of counters and the values of its labels.
Series = tuple[str, tuple[str, ...]]
#: What was stopped, what stopped it, and who began it.
Stop = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that was counted in an hour (``2026-11-25T14``) or on a day (``2026-11-25``), UTC."""

    at: str
    series: Series
    count: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Something that was stopped, or would have been: on which page first, from when to when, UTC days."""

    what: str
    by: str
    initiator: str
    page: str
    first: str
    last: str
    count: int


def countfile_path(folder: Path) -> Path | None:
    """Return where the counts are: as ``BANDEAU_COUNTS`` says (empty: nowhere), or in the policy's folder."""
    name = os.environ.get("BANDEAU_COUNTS", _FILE)
    return folder / name if name else None


def hour_of(moment: datetime) -> str:
    """Return the hour of a moment.

    >>> hour_of(datetime(2026, 11, 25, 14, 30, tzinfo=UTC))
    '2026-11-25T14'
    """
    return moment.astimezone(UTC).strftime(_HOUR)


class CountFile:
    """Adds to the file; made with the first counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # guards _pruned
        self._pruned = ""

    def add(self, now: datetime, counts: Mapping[Series, int], stops: Mapping[Stop, tuple[str, int]]) -> None:
        """Add counts to the hour, in one transaction; prune once an hour.

        Raises:
            sqlite3.Error: nothing was added.
        """
        hour = hour_of(now)
        with _opened(self.path) as connection:
            connection.executemany(
                _ADD,
                [(hour, family, json.dumps(labels), count) for (family, labels), count in counts.items()],
            )
            connection.executemany(
                _STOP,
                [(*stop, page, hour[:10], hour[:10], count) for stop, (page, count) in stops.items()],
            )
            with self._lock:
                due, self._pruned = self._pruned != hour, hour
            if due:
                _prune(connection, now)


def read_counts(path: Path, since: datetime, until: datetime) -> list[Counted]:
    """Return what was counted from one hour on and before another; older days count whole.

    Raises:
        FileNotFoundError: nothing has been counted there yet.
        sqlite3.Error: it is no such file.
    """
    first, end = hour_of(since), hour_of(until)
    rows = _rows(
        path, "SELECT at, family, labels, count FROM counted WHERE at >= ? AND at < ?", (first[:10], end)
    )
    return [
        Counted(at, (family, tuple(json.loads(labels))), count)
        for at, family, labels, count in rows
        if at >= first or (len(at) == 10 and at > first[:10])
    ]


def read_stopped(path: Path) -> list[Stopped]:
    """Return what was stopped, the most frequent first.

    Raises:
        FileNotFoundError: nothing has been counted there yet.
        sqlite3.Error: it is no such file.
    """
    columns = "what, by, initiator, page, first, last, count"
    rows = _rows(path, f"SELECT {columns} FROM stopped ORDER BY count DESC, what, by, initiator", ())  # noqa: S608
    return [Stopped(*row) for row in rows]


def _rows(path: Path, query: str, values: tuple[str, ...]) -> list[Any]:
    if not path.exists():
        raise FileNotFoundError(f"nothing has been counted at {path} yet")
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    ) as opened:
        return opened.execute(query, values).fetchall()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction: a few a minute, so nothing is kept open in between."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        connection.executescript(_LAYOUT)
        connection.execute(f"PRAGMA max_page_count = {MOST_BYTES // _PAGE}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # a full file has ended it already
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _prune(connection: sqlite3.Connection, now: datetime) -> None:
    limits = {"hours": hour_of(now - HOURS_KEPT), "days": hour_of(now - DAYS_KEPT)[:10]}
    connection.execute(_ROLL, (limits["hours"],))
    for statement, limit in _PRUNE:
        connection.execute(statement, (limits[limit],))
    connection.execute(_SHRINK, (MOST_STOPPED,))
