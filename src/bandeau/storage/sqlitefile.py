"""The SQLite file of a store: its layout, its locks, and what a commit means.

Every commit of every process is done under one ``flock`` on a side file, and so is every
checkpoint and the closing of a connection, which may checkpoint: SQLite 3.7.0 to 3.51.2 can
lose a transaction when several connections write and checkpoint at once (sqlite.org, "The
WAL-reset bug", fixed in 3.51.3).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bandeau.errors import StoreDamaged, StoreError, StoreMissing, StoreUnavailable
from bandeau.ledger.store import Entry

APPLICATION_ID = 0x42_4E_44_55  # "BNDU"
LAYOUT = 1
#: The write-ahead log is folded into the file when it is larger than this.
CHECKPOINT_BYTES = 4 * 1024 * 1024
_SCHEMA = """
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


@dataclass(frozen=True, slots=True)
class Row:
    """A record on its way into the file."""

    code: str
    key: str
    subject_id: str
    body: bytes


class SqliteFile:
    """One process's hold on a store file; used by one writer thread and, to read, by any.

    After any error the connection is thrown away. The next use opens the file anew, checks it
    and folds the write-ahead log into it: pages of which a failed ``fsync`` said nothing sure
    are written again before anything more is acknowledged.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        self.path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._last_entry = -1  # the highest entry that was acknowledged by this process
        self._suspect = False
        self._checkpoint_above = CHECKPOINT_BYTES

    def append(self, rows: Sequence[Row]) -> list[Entry]:
        """Commit rows; returns only when they would survive a loss of power.

        Raises:
            StoreUnavailable: nothing was acknowledged.
            StoreDamaged: entries that were acknowledged are gone.
        """
        with self._guarded(), locked(self.path):
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            entries = _insert(connection, rows)
            connection.execute("COMMIT")
            self._last_entry = max(self._last_entry, *(entry.index for entry in entries))
            return entries

    def fold(self) -> None:
        """Fold a large write-ahead log into the file; called when nobody waits for an answer."""
        with self._guarded(), suppress(FileNotFoundError):
            size = os.stat(f"{self.path}-wal").st_size
            if size <= self._checkpoint_above:
                return
            with locked(self.path):
                folded = _checkpoint(self._open())
            # A reader holds an old page: let the log grow a little before trying again.
            self._checkpoint_above = CHECKPOINT_BYTES if folded else size + CHECKPOINT_BYTES

    def bodies(self, statement: str, value: str) -> list[bytes]:
        """Read the bodies that a statement selects."""
        with self._guarded():
            return [row[0] for row in self._reading().execute(statement, (value,))]

    def count(self) -> int:
        """Count the records."""
        with self._guarded():
            return int(self._reading().execute("SELECT count(*) FROM record").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError), locked(self.path):
            self._drop()

    def abandon(self) -> sqlite3.Connection | None:
        """Give up a connection without closing it.

        A child process must not close what it inherited: SQLite's locks belong to the parent
        (sqlite.org, "How To Corrupt An SQLite Database File", §2.6).
        """
        connection, self._connection = self._connection, None
        return connection

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._suspect = True
            self.close()
            raise StoreUnavailable(f"{self.path.name}: {error}") from error
        except StoreError:
            self._suspect = True
            self.close()
            raise

    def _reading(self) -> sqlite3.Connection:
        if self._connection is not None and _identity(self.path) == self._identity:
            return self._connection
        with locked(self.path):
            return self._open()

    def _open(self) -> sqlite3.Connection:
        """Return a connection that was checked; the caller holds the lock."""
        self._check_identity()
        if self._connection is None:
            connection = connect(self.path, self._synchronous)
            self._connection = connection
            self._identity = _identity(self.path)
            if self._suspect:
                self._recover(connection)
        return self._connection

    def _check_identity(self) -> None:
        # A file that was removed or replaced while it is open takes every commit with it.
        if self._connection is not None and _identity(self.path) != self._identity:
            self._drop()
            self._suspect = True

    def _recover(self, connection: sqlite3.Connection) -> None:
        if not _checkpoint(connection):
            raise StoreUnavailable(f"{self.path.name}: the write-ahead log cannot be folded in yet")
        found = connection.execute("SELECT coalesce(max(entry), -1) FROM record").fetchone()[0]
        if found < self._last_entry:
            raise StoreDamaged(
                f"{self.path.name}: entry {self._last_entry} was acknowledged, the file ends at {found}"
            )
        self._suspect = False

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def create(path: Path) -> None:
    """Create an empty store file, whole or not at all.

    Raises:
        FileExistsError: there is a file of that name; it is left alone.
    """
    unfinished = path.with_name(path.name + ".new")
    with locked(path):
        if path.exists():
            raise FileExistsError(f"{path} exists")
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {LAYOUT}; COMMIT;")
        finally:
            connection.close()
        os.rename(unfinished, path)
        _sync_folder(path.parent)


def connect(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a store file.

    Raises:
        StoreMissing: there is no store here, or the file is something else.
        StoreError: the file was made by a newer Bandeau.
    """
    if not path.exists():
        raise StoreMissing(f"{path} does not exist; `bandeau init` creates it")
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        _check(connection, path)
        for setting in _settings(synchronous):
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that all processes on a store share; the kernel frees it when one dies."""
    # Opened anew each time: a descriptor inherited by fork would share its parent's lock.
    descriptor = os.open(f"{path}-lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    _held.add(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Closing would not unlock while a child that was forked just now has a copy.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        _held.discard(descriptor)
        os.close(descriptor)


#: Descriptors of locks that are held at this moment.
_held: set[int] = set()


def forget_locks() -> None:
    """Close, in a child process, its copies of the locks that its parent holds."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


def _settings(synchronous: str) -> tuple[str, ...]:
    return (
        "PRAGMA journal_mode = WAL",
        f"PRAGMA synchronous = {synchronous}",
        "PRAGMA fullfsync = ON",  # macOS: fsync alone does not empty the drive's cache
        "PRAGMA checkpoint_fullfsync = ON",
        "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA secure_delete = ON",  # what is erased is overwritten
        "PRAGMA trusted_schema = OFF",
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        application_id, layout = 0, 0
    if application_id != APPLICATION_ID:
        raise StoreMissing(f"{path} is not a store of Bandeau; name another file, `bandeau init` creates it")
    if layout > LAYOUT:
        raise StoreError(f"{path} was made by a newer Bandeau (layout {layout}); upgrade Bandeau")


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> list[Entry]:
    following = connection.execute("SELECT coalesce(max(entry) + 1, 0) FROM record").fetchone()[0]
    entries = []
    for row in rows:
        # OR IGNORE would hide every broken constraint; only a repeated key is expected.
        added = connection.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (following, row.code, row.key, row.subject_id, row.body),
        ).rowcount
        if added:
            entries.append(Entry(following, row.code, row.body, duplicate=False, origin=""))
            following += 1
        else:
            entries.append(_first(connection, row.key))
    return entries


def _first(connection: sqlite3.Connection, key: str) -> Entry:
    found = connection.execute("SELECT entry, code, body FROM record WHERE key = ?", (key,)).fetchone()
    return Entry(found[0], found[1], found[2], duplicate=True, origin="")


def _checkpoint(connection: sqlite3.Connection) -> bool:
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
