"""Publishing while a site runs: now and then, in a thread of its own, never in a reader's way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from bandeau.errors import BandeauError
from bandeau.storage.publishing.publisher import Outcome

log = logging.getLogger("bandeau.publishing")

#: A choice is in a published checkpoint after that long, as long as the site is read.
PUBLISH_SECONDS = 3_600.0
#: The first time comes soon after a start: a process that serves little may not live for an hour.
FIRST_SECONDS = 60.0


class Background:
    """Calls ``publish`` from a thread when it is time; what fails is reported once until it is mended."""

    def __init__(
        self, publish: Callable[[], Sequence[Outcome]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._publish = publish
        self._clock = clock
        self._next = clock() + FIRST_SECONDS
        self._lock = threading.Lock()  # guards _next and _thread
        self._thread: threading.Thread | None = None
        self._failing: set[str] = set()

    def tick(self) -> None:
        """Begin when it is time; called with every request, so it costs next to nothing."""
        if self._clock() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self._next = self._clock() + PUBLISH_SECONDS
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="bandeau-publishing", daemon=True)
                self._thread.start()
        finally:
            self._lock.release()

    def close(self, timeout: float = 5.0) -> None:
        """Wait for what has begun, for a while."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            for outcome in self._publish():
                self._report(outcome)
        except BandeauError as error:
            self._report(Outcome("the log", False, str(error)))
        except Exception:
            log.exception("publishing failed")

    def _report(self, outcome: Outcome) -> None:
        if outcome.done:
            self._failing.discard(outcome.place)
            log.info("%s: %s", outcome.place, outcome.sentence)
        elif outcome.place not in self._failing:
            self._failing.add(outcome.place)
            log.error("not published at %s: %s", outcome.place, outcome.sentence)
