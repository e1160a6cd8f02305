"""Connections to a PostgreSQL server: every wait is bounded, and only what is durable counts as committed.

A connection is thrown away after any error. What a ``COMMIT`` without an answer did is unknown: it is
found again under its key.
"""

from __future__ import annotations

import math
import secrets
import select
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bandeau.errors import StoreDamaged, StoreError, StoreUnavailable

OLDEST = 15
Value = TypeVar("Value")

#: What a commit means is settled here, whatever the server's, the database's or the role's defaults are.
#: The functions are PostgreSQL's own, whatever else the role finds first under their names.
_SETTINGS = """
SELECT pg_catalog.set_config('synchronous_commit',
                             CASE pg_catalog.current_setting('synchronous_commit')
                             WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
       pg_catalog.set_config('statement_timeout', %(limit)s, false),
       pg_catalog.set_config('lock_timeout', %(limit)s, false),
       pg_catalog.set_config('idle_in_transaction_session_timeout', %(limit)s, false),
       pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false),
       -- Each look-up has an index; a plan made while a table was small must not outlive that.
       pg_catalog.set_config('enable_seqscan', 'off', false),
       -- What must be read whole all the same counts as so dear then that it would be compiled: 0.1 s.
       pg_catalog.set_config('jit', 'off', false),
       pg_catalog.set_config('bandeau.mark', %(mark)s, false)
"""
_CHECKED = """
SELECT current_setting('server_version_num')::integer / 10000, current_setting('fsync'),
       current_setting('server_encoding'), pg_is_in_recovery()
"""


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A connection on which no wait is longer than ``patience`` seconds.

    ``mark`` is kept at the other end as ``bandeau.mark``: as long as it is there, so are the settings.
    """

    patience: float = 5.0
    mark: str = ""

    def wait(self, gen: Generator[Any, Any, Value], *arguments: Any, **options: Any) -> Value:
        """Wait for an answer, and no longer.

        Raises:
            psycopg.OperationalError: there was none in time.
        """
        return super().wait(_bounded(gen, self.patience), *arguments, **options)

    def commit_durably(self) -> None:
        """Commit the open transaction.

        The server warns, and then reports success, when a wait for the standby is cut short by
        ``pg_cancel_backend`` or a shutdown (PostgreSQL, "Synchronous Replication"): what it
        committed may then be on this server alone. Any warning counts, since its text is translated.

        Raises:
            psycopg.OperationalError: it may have been committed, it must not be acknowledged.
        """
        warnings: list[str] = []

        def heed(notice: psycopg.errors.Diagnostic) -> None:
            if notice.severity_nonlocalized == "WARNING":
                warnings.append(str(notice.message_primary))

        self.add_notice_handler(heed)
        status = self.execute("COMMIT").statusmessage
        self.remove_notice_handler(heed)
        if warnings or status != "COMMIT":
            raise psycopg.OperationalError(warnings[0] if warnings else f"COMMIT ended in {status}")

    def is_quiet(self) -> bool:
        """Tell whether the server has said nothing since the last answer, as that it has ended."""
        if self.closed or self.broken:
            return False
        poll = select.poll()
        poll.register(self.pgconn.socket, select.POLLIN)
        return not poll.poll(0)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a store is.

    ``patience`` bounds each statement, each wait for a lock and each wait for a standby, in seconds.
    """

    url: str
    patience: float

    @property
    def name(self) -> str:
        """What the store is called in messages: no user and no password."""
        try:
            given = conninfo_to_dict(self.url)
        except psycopg.Error:
            return "PostgreSQL"
        return f"PostgreSQL, database {given.get('dbname', 'by default')}"

    def connect(self, patience: float | None = None) -> Session:
        """Connect to a server that takes writes and keeps them.

        Raises:
            psycopg.Error: there is none now.
            StoreError: this one can never be used.
        """
        patience = self.patience if patience is None else patience
        session = Session.connect(self._address(), autocommit=True)
        session.patience = patience + 1  # the server's own word on it comes first
        try:
            limit = f"{math.ceil(min(patience, 1e6) * 1000)}"
            session.mark = secrets.token_hex(8)
            session.execute(_SETTINGS, {"limit": limit, "mark": session.mark})
            self._check(session)
        except BaseException:
            session.close()
            raise
        return session

    def _address(self) -> str:
        seconds = math.ceil(self.patience)
        defaults: dict[str, Any] = {
            "application_name": "bandeau",
            "connect_timeout": max(2, seconds),  # libpq knows no shorter one
            "keepalives_idle": max(1, seconds),
            "keepalives_interval": 1,
            "keepalives_count": 3,
            "target_session_attrs": "read-write",  # of several hosts, the one that is the primary now
            "tcp_user_timeout": seconds * 1000,
        }
        given = {name: value for name, value in conninfo_to_dict(self.url).items() if value is not None}
        return make_conninfo("", **(defaults | given), client_encoding="UTF8")

    def _check(self, session: Session) -> None:
        found = session.execute(_CHECKED).fetchone()
        version, fsync, encoding, standby = found or (0, "", "", False)
        if standby:
            raise psycopg.OperationalError("the server is a standby; name the primary, or both hosts")
        if version < OLDEST:
            raise StoreError(
                f"{self.name}: version {version} is too old; {OLDEST} is the oldest that is used"
            )
        if fsync != "on":
            raise StoreError(f"{self.name}: it runs with fsync = {fsync}, so a crash loses what was proven")
        if encoding != "UTF8":
            raise StoreError(f"{self.name}: its encoding is {encoding}; create the database with UTF8")


@contextmanager
def translated(server: Server) -> Iterator[None]:
    """Raise what the server cannot do now as ``StoreUnavailable``, what is broken as ``StoreDamaged``."""
    try:
        yield
    except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
        raise StoreDamaged(f"{server.name}: {_sentence(error)}; restore a backup") from error
    except psycopg.Error as error:
        raise StoreUnavailable(f"{server.name}: {_sentence(error)}") from error


def discard(session: Session | None) -> None:
    """Close a connection; what was not committed on it is undone."""
    if session is not None:
        with suppress(psycopg.Error, OSError):
            session.close()


def _sentence(error: psycopg.Error) -> str:
    """Return what the server says, without the details: they quote values of rows."""
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    return " ".join(said.split())


def _bounded(gen: Generator[Any, Any, Value], seconds: float) -> Generator[Any, Any, Value]:
    """Hand on what psycopg waits for, until the time is over."""
    until = time.monotonic() + seconds
    ready = None
    while True:
        try:
            wanted = gen.send(ready)
        except StopIteration as done:
            answer: Value = done.value
            return answer
        # psycopg comes back at least ten times a second, with 0 when nothing has happened.
        ready = yield wanted
        if not ready and time.monotonic() > until:
            gen.close()
            raise psycopg.OperationalError(f"no answer within {seconds:g} s")
