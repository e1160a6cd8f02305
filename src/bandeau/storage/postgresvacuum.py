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


class Vacuum:
    """Runs ``VACUUM`` after erasures, on a connection of its own.

    The server keeps a deleted row, unseen, until then. It would do the same by itself some day
    (autovacuum), and does so when this process ends too early.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()  # guards _asked and _thread
        self._asked = False
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()

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
                    self._vacuum()
            except StoreError as error:
                log.warning(
                    "store: erased rows stay in the pages of bandeau.kept until it is vacuumed: %s", error
                )

    def _next(self) -> bool:
        self._hurry.wait(_PAUSE_SECONDS)
        with self._lock:
            asked, self._asked = self._asked, False
            if not asked:
                self._thread = None
            return asked

    def _vacuum(self) -> None:
        with self._server.connect(_PATIENCE_SECONDS) as session:
            session.add_notice_handler(_refuse)
            session.execute("VACUUM bandeau.kept")


def _refuse(notice: psycopg.errors.Diagnostic) -> None:
    # The server only warns when the role may not do it.
    if notice.severity_nonlocalized == "WARNING":
        log.warning("store: VACUUM: %s", notice.message_primary)
