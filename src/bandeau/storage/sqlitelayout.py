"""The tables of a store file, and how a file of layout 1 becomes one of layout 2.

What is erased is blanked where it stands. Deleting a row would let SQLite merge pages, and pages
that were merged or split keep stale copies of cells in their unused space, ``secure_delete`` or
not. For the same reason rows are only added at the end of their table, and an index whose order is
random holds digests of what it finds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bandeau.core.record import ConsentRecord, read_record
from bandeau.errors import StoreDamaged
from bandeau.ledger.sequencer import Begin, Sequencer, Submission
from bandeau.ledger.series import Series
from bandeau.storage.sqliteindex import SCHEMA as INDEX
from bandeau.storage.sqlitelogs import SqliteLogs

APPLICATION_ID = 0x42_4E_44_55  # "BNDU"
LAYOUT = 2
#: ``leaves`` holds the leaf data of 256 entries, ``tile`` the hashes of 256 nodes; the hashes of
#: level 0 follow from the leaves. ``consents`` is how many consent records of a log are kept.
SCHEMA = f"""
CREATE TABLE log (
  id          INTEGER PRIMARY KEY,
  origin      TEXT NOT NULL UNIQUE,
  site_id     TEXT NOT NULL,
  environment TEXT NOT NULL,
  year        INTEGER NOT NULL,
  at          TEXT NOT NULL,
  size        INTEGER NOT NULL,
  frontier    BLOB NOT NULL,
  root        BLOB NOT NULL,
  checkpoint  BLOB NOT NULL,
  consents    INTEGER NOT NULL,
  UNIQUE (site_id, environment, year)
) STRICT;
CREATE TABLE kept (
  id         INTEGER PRIMARY KEY,
  log        INTEGER NOT NULL REFERENCES log,
  entry      INTEGER NOT NULL,
  kind       TEXT,
  code       TEXT,
  key        TEXT,
  subject_id TEXT,
  salt       BLOB,
  body       BLOB
) STRICT;
CREATE UNIQUE INDEX kept_entry ON kept (log, entry);
CREATE TABLE leaves (
  log    INTEGER NOT NULL REFERENCES log,
  number INTEGER NOT NULL,
  data   BLOB NOT NULL,
  PRIMARY KEY (log, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE tile (
  log    INTEGER NOT NULL REFERENCES log,
  level  INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (log, level, number)
) STRICT, WITHOUT ROWID;
{INDEX}"""
_CHUNK = 1000


def migrate(connection: sqlite3.Connection, sequencer: Sequencer) -> int:
    """Give a file of layout 1 the tables of layout 2, in the transaction that is open.

    Every record becomes a leaf of the log of its year, in the order of their times: the first
    layout kept them as the clock was, and a log never goes back. Returns how many there were.

    Raises:
        StoreDamaged: a record cannot be read.
    """
    for statement in filter(str.strip, SCHEMA.split(";")):
        connection.execute(statement)
    places: dict[Series, list[tuple[str, int]]] = {}
    for entry, record in _records(connection):
        places.setdefault((record.site_id, record.environment), []).append((record.at, entry))
    logs = SqliteLogs(connection)
    for series, found in places.items():
        found.sort()
        sequencer.write([Begin(series, found[0][0])], logs)
        for start in range(0, len(found), _CHUNK):
            items = [_submission(connection, entry) for _, entry in found[start : start + _CHUNK]]
            sequencer.write(items, logs, past=True)
    connection.execute("DROP TABLE record")
    connection.execute(f"PRAGMA user_version = {LAYOUT}")
    return sum(map(len, places.values()))


def _records(connection: sqlite3.Connection) -> Iterator[tuple[int, ConsentRecord]]:
    for entry, body in connection.execute("SELECT entry, body FROM record"):
        try:
            yield entry, read_record(body)
        except ValueError as error:
            raise StoreDamaged(f"record {entry} cannot be moved into a log: {error}") from error


def _submission(connection: sqlite3.Connection, entry: int) -> Submission:
    key, body = connection.execute("SELECT key, body FROM record WHERE entry = ?", (entry,)).fetchone()
    return Submission.of(read_record(body), key)
