"""The SQLite file of a store: made, opened, locked, and let go of.

Every commit of every process is done under one ``flock`` on a side file, and so is every
checkpoint and the closing of a connection, which may checkpoint: SQLite 3.7.0 to 3.51.2 can
lose a transaction when several connections write and checkpoint at once (sqlite.org, "The
WAL-reset bug", fixed in 3.51.3).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bandeau.errors import StoreDamaged, StoreError, StoreMissing, StoreUnavailable
from bandeau.storage.sqlitelayout import APPLICATION_ID, LAYOUT, SCHEMA


class SqliteFile:
    """A connection to a store file, dropped when the file is replaced under it."""

    def __init__(self, path: Path, synchronous: str = "FULL") -> None:
        self.path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def connection(self) -> sqlite3.Connection | None:
        """Return the connection, unless there is none or it is to a file of the past."""
        # A file that was removed or replaced while it is open takes every commit with it.
        return self._connection if _identity(self.path) == self._identity else None

    def connect(self) -> sqlite3.Connection:
        """Open the file anew; the caller holds the lock."""
        self.drop()
        self._identity = _identity(self.path)
        self._connection = connect(self.path, self._synchronous)
        return self._connection

    def drop(self) -> None:
        """Close the connection; the caller holds the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def close(self) -> None:
        """Close the connection under the lock."""
        with suppress(OSError), locked(self.path):
            self.drop()

    def abandon(self) -> sqlite3.Connection | None:
        """Give up a connection without closing it.

        A child process must not close what it inherited: SQLite's locks belong to the parent
        (sqlite.org, "How To Corrupt An SQLite Database File", §2.6).
        """
        connection, self._connection = self._connection, None
        return connection


def create(path: Path) -> None:
    """Create a store file without logs, whole or not at all.

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
            connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {LAYOUT}; COMMIT;")
        finally:
            connection.close()
        os.rename(unfinished, path)
        _sync(path.parent)


def connect(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a store file of any layout.

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


def store_error(path: Path, error: sqlite3.Error | OSError) -> StoreError:
    """Return what an error of SQLite or of the system means for a store."""
    # The code's last byte says what is wrong, the rest says where.
    damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return (StoreDamaged if damaged else StoreUnavailable)(f"{path.name}: {error}")


def layout_of(connection: sqlite3.Connection) -> int:
    """Return the layout of an open file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def fold(connection: sqlite3.Connection) -> bool:
    """Write the write-ahead log into the file and empty it; tell whether no reader was in the way."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def sync_log(path: Path) -> None:
    """Make what stands in the write-ahead log durable, whoever wrote it there."""
    # Another descriptor than SQLite's does no harm here: its locks are on the two other files.
    with suppress(FileNotFoundError):
        _sync(Path(f"{path}-wal"))


def log_bytes(path: Path) -> int:
    """Return how large the write-ahead log is."""
    try:
        return os.stat(f"{path}-wal").st_size
    except FileNotFoundError:
        return 0


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
        "PRAGMA temp_store = MEMORY",  # and nothing of it is written anywhere else
        "PRAGMA trusted_schema = OFF",
    )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        layout = layout_of(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        application_id, layout = 0, 0
    if application_id != APPLICATION_ID:
        raise StoreMissing(f"{path} is not a store of Bandeau; name another file, `bandeau init` creates it")
    if layout > LAYOUT:
        raise StoreError(f"{path} was made by a newer Bandeau (layout {layout}); upgrade Bandeau")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
