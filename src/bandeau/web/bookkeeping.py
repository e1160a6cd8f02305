"""Bookkeeping: what a process counted is added to the site's file now and then, while no reader waits."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from datetime import datetime

from bandeau.storage.countfile import CountFile
from bandeau.web.counters import Series
from bandeau.web.stops import Stop
from bandeau.web.tallies import Tallies

log = logging.getLogger("bandeau.counts")

#: Counts stand in the file after that long; a process that is killed loses no more than these.
FLUSH_SECONDS = 10.0


class Bookkeeping:
    """Adds what was counted since the last time.

    The first count after an addition sets a timer, so a site that nobody reads writes nothing. What
    cannot be written is kept and tried again; that is reported once until it works.
    """

    def __init__(
        self,
        tallies: Tallies,
        file: CountFile,
        now: Callable[[], datetime],
        *,
        seconds: float = FLUSH_SECONDS,
    ) -> None:
        self._tallies, self._file, self._now, self._seconds = tallies, file, now, seconds
        self._writing = threading.Lock()  # guards everything below but _timer
        self._counts: dict[Series, int] = {}
        self._stops: dict[Stop, tuple[str, int]] = {}
        self._failing = False
        self._timer: threading.Timer | None = None
        self._process = os.getpid()
        # At the end of the process too, where it ends in good order.
        self._end = weakref.finalize(self, _finish, weakref.WeakMethod(self.flush))

    def tick(self) -> None:
        """Set the timer if there is none; called with every request, so it costs next to nothing."""
        if self._timer is not None and self._process == os.getpid():
            return
        self._process = os.getpid()  # a timer does not live on in a child
        self._timer = threading.Timer(self._seconds, self._run)
        self._timer.daemon = True
        self._timer.start()

    def flush(self) -> None:
        """Add now what was counted since the last time."""
        with self._writing:
            counts, stops = self._tallies.counters.snapshot(), self._tallies.stops.snapshot()
            fresh = {
                key: n - self._counts.get(key, 0) for key, n in counts.items() if n != self._counts.get(key)
            }
            stopped = {
                (key.what, key.by, key.initiator): (page, n - self._stops.get(key, ("", 0))[1])
                for key, (page, n) in stops.items()
                if (page, n) != self._stops.get(key)
            }
            # Without its folder the site is gone, as after a test.
            if not (fresh or stopped) or not self._file.path.parent.is_dir():
                return
            try:
                self._file.add(self._now(), fresh, stopped)
            except (sqlite3.Error, OSError) as error:
                if not self._failing:
                    log.error("%s: counts are not kept: %s; see bandeau doctor", self._file.path, error)
                self._failing = True
                return
            self._counts, self._stops, self._failing = counts, stops, False

    def close(self) -> None:
        """Add the rest and set no more timers of this process."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.flush()

    def _run(self) -> None:
        self._timer = None
        self.flush()


def _finish(flush: weakref.WeakMethod[Callable[[], None]]) -> None:
    found = flush()
    if found is not None:
        found()
