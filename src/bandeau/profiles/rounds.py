"""The thread that tries again what is owed, in every process that answers requests."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection

from bandeau.errors import BandeauError
from bandeau.profiles.delivery import Delivery

log = logging.getLogger("bandeau.profiles")

#: How often is looked for what is due, in seconds; also what another process of the site left.
ROUND_SECONDS = 5.0
#: How often is looked for what waits for a day, and how often an alert is repeated, in seconds.
LOOK_SECONDS = 60.0
REPEAT_SECONDS = 3600.0


class Rounds:
    """Goes round while the process lives; a process that was forked gets a thread of its own.

    Args:
        profiled: returns the purposes of which profiles are declared.
    """

    def __init__(
        self,
        delivery: Delivery,
        profiled: Callable[[], Collection[str]] = lambda: (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delivery = delivery
        self._profiled = profiled
        self._clock = clock
        self._pid = 0
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closed = False
        self._looked = False
        self._next_alert = 0.0
        self._failing = ""

    def tick(self) -> None:
        """Begin, if nobody goes round here yet; called with every request, so it costs next to nothing."""
        if self._pid == os.getpid() or self._closed:
            return
        erased = {eraser.purpose_id for eraser in self._delivery.erasers}
        if not self._looked:
            self._looked = True
            for purpose in sorted({*self._profiled()} - erased):
                log.warning("profiles of %s are declared, and nobody erases them: use on_withdraw", purpose)
        if not erased:
            return
        # Two threads of a race do no harm: what one takes the other leaves.
        self._pid, self._wake = os.getpid(), threading.Event()
        self._thread = threading.Thread(target=self._go, name="bandeau-profiles", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now for what is due."""
        self._wake.set()

    def close(self, timeout: float = 5.0) -> None:
        """Stop after what has begun, or leave it."""
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(timeout)

    def round(self) -> int:
        """Try what is due, and alert; return how many there were."""
        try:
            tried = self._delivery.run_due()
            self._alert()
            self._failing = ""
            return tried
        except BandeauError as error:
            self._report(str(error))
        except Exception as error:
            # The thread's outermost border: it goes on, whatever a round meets.
            self._report(f"{type(error).__name__}: {error}")
        return 0

    def _go(self) -> None:
        while not self._closed:
            if not self.round():
                self._wake.wait(ROUND_SECONDS)
                self._wake.clear()

    def _alert(self) -> None:
        if self._clock() < self._next_alert:
            return
        overdue = self._delivery.overdue()
        self._next_alert = self._clock() + (REPEAT_SECONDS if overdue else LOOK_SECONDS)
        if overdue:
            log.error("not acknowledged after 24 hours: %d withdrawals; see: bandeau profiles", overdue)

    def _report(self, error: str) -> None:
        # Once until it is mended: a round every few seconds would fill the log.
        if error != self._failing:
            self._failing = error
            log.error("profiles: what is owed cannot be read or written: %s", error)
