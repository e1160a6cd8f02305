"""What a commit to a store file means: one process's writer, used by one thread."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bandeau.errors import BandeauError, StoreUnavailable
from bandeau.ledger.sequencer import Erasure, Item, Pruning, Result, Sequencer
from bandeau.ledger.store import Signer
from bandeau.storage.sqlitefile import SqliteFile, fold, layout_of, locked, log_bytes, store_error, sync_log
from bandeau.storage.sqlitelayout import LAYOUT, migrate
from bandeau.storage.sqlitelogs import SqliteLogs

#: The write-ahead log is folded into the file when it is larger than this.
CHECKPOINT_BYTES = 4 * 1024 * 1024


class SqliteWriter:
    """Writes to the logs of a store file.

    After any error the connection is thrown away. The next use opens the file anew, folds the
    write-ahead log into it and checks the logs: pages of which a failed ``fsync`` said nothing
    sure are written again before anything more is acknowledged.
    """

    def __init__(self, path: Path, signer: Signer, *, synchronous: str = "FULL") -> None:
        self.file = SqliteFile(path, synchronous)
        self._path = path
        self._sequencer = Sequencer(signer, secrets.token_bytes)
        self._logs: SqliteLogs | None = None
        self._suspect = False
        self._erased = False  # the write-ahead log still holds what was erased
        self._fold_above = CHECKPOINT_BYTES

    def load(self) -> None:
        """Open the file, if it is not open, and check its logs.

        Raises:
            StoreDamaged: they are not as they were left.
        """
        with self._guarded(), locked(self._path):
            self._open()

    def write(self, items: Sequence[Item]) -> list[Result]:
        """Commit items; returns only when they would survive a loss of power.

        Raises:
            StoreUnavailable: nothing was acknowledged.
            StoreDamaged: what was acknowledged before is gone.
        """
        with self._guarded(), locked(self._path):
            logs = self._open()
            logs.connection.execute("BEGIN IMMEDIATE")
            results = self._sequencer.write(items, logs)
            logs.index.move()
            logs.connection.execute("COMMIT")
            self._sequencer.committed()
            return self._purged(items, results, logs.connection)

    def rest(self) -> None:
        """Fold a large write-ahead log into the file; called when nobody waits for an answer."""
        with self._guarded():
            size = log_bytes(self._path)
            if size <= self._fold_above and not self._erased:
                return
            with locked(self._path):
                folded = fold(self._open().connection)
            self._erased = self._erased and not folded
            # A reader holds an old page: let the log grow a little before trying again.
            self._fold_above = CHECKPOINT_BYTES if folded else size + CHECKPOINT_BYTES

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._distrust()
            raise store_error(self._path, error) from error
        except BandeauError:
            self._distrust()
            raise

    def _distrust(self) -> None:
        self._suspect, self._logs = True, None
        self.file.close()

    def _open(self) -> SqliteLogs:
        """Return logs that were checked; the caller holds the lock."""
        if self._logs is None or self.file.connection() is None:
            connection = self.file.connect()
            if layout_of(connection) < LAYOUT:
                self._migrate(connection)
            self._settle(connection)
            self._logs = SqliteLogs(connection)
            self._sequencer.check(self._logs)
            self._suspect = False
        return self._logs

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, self._sequencer)
        connection.execute("COMMIT")

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Make durable what others left in the write-ahead log.

        A process that died may have written there without syncing; what it wrote is seen now, and
        a repeated key would be acknowledged by it.
        """
        folded = fold(connection)
        if not folded and self._suspect:
            raise StoreUnavailable(f"{self._path.name}: the write-ahead log cannot be folded in yet")
        sync_log(self._path)

    def _purged(
        self, items: Sequence[Item], results: list[Result], connection: sqlite3.Connection
    ) -> list[Result]:
        """Empty the write-ahead log of what was erased before anybody is told that it was."""
        erasing = [isinstance(item, Erasure | Pruning) for item in items]
        if not any(erasing):
            return results
        self._erased = not fold(connection)
        if not self._erased:
            return results
        late = StoreUnavailable(
            f"{self._path.name}: erased, but a reader keeps the write-ahead log from being emptied; ask again"
        )
        return [late if erases else result for erases, result in zip(erasing, results, strict=True)]
