"""What a commit to a store in PostgreSQL means: one process's writer, used by one thread."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bandeau.ledger.sequencer import Item, Result, Sequencer
from bandeau.ledger.store import Signer
from bandeau.storage.postgreslayout import check_layout
from bandeau.storage.postgreslogs import PostgresLogs
from bandeau.storage.postgresserver import Server, Session, discard, translated

#: One writer at a time in each database; the lock ends with the transaction, whatever ends that.
#: The number is that of "BNDU".
_LOCK = """
SELECT pg_advisory_xact_lock(1112425557), current_setting('synchronous_commit'),
       current_setting('bandeau.mark', true)
"""
_DURABLE = ("on", "remote_apply")


class PostgresWriter:
    """Writes to the logs of a database.

    After any error the connection is thrown away, and the logs are checked on the next one before
    anything more is acknowledged.

    A commit that waits for a standby is not cancelled when the patience is over: nobody sees its
    rows, and nobody writes after them, until a standby has them. What is cancelled would be seen
    at once, and be gone when the standby becomes the primary.
    """

    def __init__(self, server: Server, signer: Signer) -> None:
        self._server = server
        self._sequencer = Sequencer(signer, secrets.token_bytes)
        self._session: Session | None = None

    def load(self) -> None:
        """Connect and check the logs.

        Raises:
            StoreMissing: there is no store.
            StoreDamaged: its logs are not as they were left.
            StoreUnavailable: they cannot be read now.
        """
        with self._guarded():
            session = self._session = self._server.connect()
            check_layout(self._server, session)
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._sequencer.check(PostgresLogs(session))
            session.execute("COMMIT")

    def write(self, items: Sequence[Item]) -> list[Result]:
        """Commit items; returns only when they, and all before them, would survive the loss of the server.

        Raises:
            StoreUnavailable: nothing was acknowledged.
            StoreDamaged: what was acknowledged before is gone.
        """
        with self._guarded():
            logs = PostgresLogs(self._begin())
            results = self._sequencer.write(items, logs)
            if not logs.changed:
                # What is repeated here may be of a commit that no standby has yet.
                logs.flush()
            logs.session.commit_durably()
            self._sequencer.committed()
            return results

    def close(self) -> None:
        """Let go of the connection."""
        discard(self._session)
        self._session = None

    def abandon(self) -> Session | None:
        """Give up, in a child process, a connection that belongs to the parent."""
        session, self._session = self._session, None
        return session

    def _begin(self) -> Session:
        """Begin a transaction under the lock, on logs that were checked."""
        session = self._session
        if session is None or not session.is_quiet():
            self.close()
            self.load()
            session = self._session
        if session is None:
            raise RuntimeError("load() leaves a connection or raises")
        # Each statement sees what was committed before it: the first one waits for the lock.
        session.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        found = session.execute(_LOCK).fetchone()
        if found is None or found[1] not in _DURABLE:
            raise psycopg.OperationalError("synchronous_commit was switched off on this connection")
        if found[2] != session.mark:
            raise psycopg.OperationalError(
                "somebody reset or exchanged this connection: connect directly, or through a pooler in "
                "session mode"
            )
        return session

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with translated(self._server):
                yield
        except BaseException:
            self.close()
            raise
