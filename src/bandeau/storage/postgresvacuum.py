"""Takes what was erased out of the pages of PostgreSQL's tables, beside the writing."""

from __future__ import annotations

import logging
import threading

import psycopg

from bandeau.errors import StoreError
from bandeau.storage.postgresserver import Server, translated

log = logging.getLogger("bandeau.store")
#: A table of many millions of rows takes long the first time.
_PATIENCE_SECONDS = 3600.0
#: Erasures seldom come alone.
_PAUSE_SECONDS = 1.0
#: A transaction elsewhere still sees what was erased: how long until it is tried again.
_RETRY_SECONDS = 60.0
#: What the last VACUUM could not take out, counted by itself.
_LEFT = "SELECT pg_stat_get_dead_tuples('bandeau.kept'::regclass)"
_HELD = (
    "an older transaction is open elsewhere (an export, a backup, a replication slot); VACUUM is tried again "
    "until they are gone"
)


class Vacuum:
    """Runs ``VACUUM`` after erasures, on a connection of its own, until nothing erased is left.

    The server keeps a deleted row, unseen, until then, and as long as a transaction that is older
    than the erasure is open anywhere. When this process ends too early, autovacuum goes on: the table
    is made so that one deleted row is enough to call it.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()  # guards _asked and _thread
        self._asked = False
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._pause = _PAUSE_SECONDS  # of the thread alone

    def ask(self) -> None:
        """Begin soon; what is asked meanwhile is done afterwards."""
        with self._lock:
            self._asked = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bandeau-vacuum", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Begin now, and wait until it is done or the time is over."""
        self._hurry.set()
        with self._lock:
            thread = self._thread
        if thread is None:
            return
        thread.join(seconds)
        if thread.is_alive():
            log.warning(
                "store: VACUUM of bandeau.kept goes on without us: erased rows are still in its pages"
            )

    def _run(self) -> None:
        while self._next():
            try:
                with translated(self._server):
                    left = self._vacuum()
            except StoreError as error:
                log.warning(
                    "store: erased rows stay in the pages of bandeau.kept until it is vacuumed: %s", error
                )
            else:
                self._look_again(left)

    def _look_again(self, left: int) -> None:
        """Come back later, or leave it to autovacuum when the store is closed."""
        if left and self._pause == _PAUSE_SECONDS:
            log.warning("store: %d erased rows stay in the pages of bandeau.kept: %s", left, _HELD)
        self._pause = _RETRY_SECONDS if left else _PAUSE_SECONDS
        with self._lock:
            self._asked = self._asked or (left > 0 and not self._hurry.is_set())

    def _next(self) -> bool:
        self._hurry.wait(self._pause)
        with self._lock:
            asked, self._asked = self._asked, False
            if not asked:
                self._thread = None
            return asked

    def _vacuum(self) -> int:
        with self._server.connect(_PATIENCE_SECONDS) as session:
            session.add_notice_handler(_refuse)
            session.execute("VACUUM bandeau.kept")
            (left,) = session.execute(_LEFT).fetchone() or (0,)
            return int(left)


def _refuse(notice: psycopg.errors.Diagnostic) -> None:
    # The server only warns when the role may not do it.
    if notice.severity_nonlocalized == "WARNING":
        log.warning("store: VACUUM: %s", notice.message_primary)
