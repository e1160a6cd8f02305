"""Withdrawals are carried out: at least once, by everybody concerned, whatever dies in between.

What a withdrawal owes is kept with its record. It is tried at once, and then again with growing pauses
until it is acknowledged; what was tried for about a day is a dead letter, which stays until somebody
looks. A try is counted before it is made, so that one which ends its process ends as a dead letter too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bandeau.errors import StoreError
from bandeau.ledger.outbox import Debt, Effects, Outbox, Owed, Work, plain
from bandeau.ledger.series import Series
from bandeau.ledger.store import Found, Store
from bandeau.profiles.withdrawal import Eraser, Erasers, Withdrawal

log = logging.getLogger("bandeau.profiles")

#: When another process tries what the one that took the choice did not finish.
FIRST_SECONDS = 60.0
#: The pause after the first try; it doubles with each one, up to the longest.
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 10.0, 3600.0
#: So many tries take about 22 hours.
MOST_TRIES = 30
#: How long a process may try what it has taken before another takes it, and how much it takes.
LEASE_SECONDS, BATCH = 300.0, 10
#: Withdrawals that nobody has acknowledged for so long are an alert (EU-23).
ALERT_SECONDS = 24 * 3600.0
#: The most that wait in memory while the store does not write.
MOST_UNKEPT = 1000
#: The most that one command changes.
MOST_CHANGED = 100_000


def pause_after(tries: int) -> float:
    """Return how long to wait after a try, in seconds.

    >>> [pause_after(tries) for tries in (1, 2, 3, 30)]
    [10.0, 20.0, 40.0, 3600.0]
    """
    return min(PAUSE_SECONDS * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE_SECONDS)


class Delivery:
    """Sees to it that everybody who has to erase does.

    Args:
        store: returns the store that keeps what is owed.
        series: returns the site whose store it is.
        now: returns seconds since 1970.
        token: returns a random name.
    """

    def __init__(
        self,
        erasers: Erasers,
        store: Callable[[], Store],
        series: Callable[[], Series],
        *,
        now: Callable[[], float],
        token: Callable[[], str],
    ) -> None:
        self.erasers = erasers
        self._store = store
        self._series = series
        self._now = now
        self._token = token
        self._lock = threading.Lock()  # guards _unkept
        self._unkept: list[Owed] = []

    def owe(self, withdrawals: Iterable[Withdrawal]) -> tuple[Owed, ...]:
        """Return what withdrawals owe; it is to be kept with their record."""
        now = self._now()
        return tuple(
            Owed(
                id=self._token(),
                handler=eraser.name,
                purpose_id=each.purpose_id,
                subject_id=each.subject_id,
                cookies=each.cookies,
                account=each.account,
                at=now,
                due_at=now if eraser.remote else now + FIRST_SECONDS,
            )
            for each in withdrawals
            for eraser in self.erasers.of(each.purpose_id)
        )

    def carry_out(self, owed: Iterable[Owed]) -> bool:
        """Try at once what was kept just now, except what is elsewhere; tell whether all is erased."""
        local = [each for each in owed if not self._is_remote(each)]
        return self._try([Debt(each, tries=1) for each in local])

    def carry_out_unkept(self, withdrawals: Iterable[Withdrawal]) -> bool:
        """Try at once what cannot be kept now; what is left is kept as soon as the store writes again."""
        left = [each for each in self.owe(withdrawals) if self._is_remote(each) or not self._is_paid(each)]
        with self._lock:
            room = MOST_UNKEPT - len(self._unkept)
            self._unkept += left[:room]
        if len(left) > room:
            log.error("%d erasures are lost: the store does not write, and too many wait", len(left) - room)
        return not left

    def run_due(self) -> int:
        """Try what is due; return how many there were.

        Raises:
            StoreError: the store cannot be asked, or not written.
        """
        self._keep()
        names, now = {eraser.name for eraser in self.erasers}, self._now()
        if not names or not self._look(lambda outbox: self._due(outbox, names, now)):
            return 0
        taken = self._store().settle(self._take(names, now)).result()
        self._try([debt for debt in taken if not debt.dead])
        return len(taken)

    def debts(self) -> list[Debt]:
        """Return what is owed, the oldest first; 1,000 at most.

        Raises:
            StoreError: the store cannot be asked.
        """
        return self._look(lambda outbox: outbox.debts(self._series()))

    def overdue(self) -> int:
        """Return how many withdrawals nobody has acknowledged within a day; raises what ``debts`` raises."""
        return self._look(lambda outbox: outbox.overdue(self._series(), self._now() - ALERT_SECONDS))

    def retry(self, ids: Sequence[str] = ()) -> int:
        """Make debts due now, dead letters too: those named, or all; return how many there are.

        Raises:
            StoreError: it cannot be written.
        """

        def revive(outbox: Outbox) -> list[Debt]:
            all_ = outbox.debts(self._series(), limit=MOST_CHANGED)
            found = [debt for debt in all_ if not ids or debt.owed.id in ids]
            for debt in found:
                outbox.put_off(Debt(replace(debt.owed, due_at=self._now()), 0, debt.error))
            return found

        return len(self._store().settle(revive).result())

    def acknowledge(self, ids: Sequence[str]) -> int:
        """Take note that what is named was erased by hand; return how many of them were owed.

        Raises:
            StoreError: it cannot be written.
        """

        def forget(outbox: Outbox) -> list[Debt]:
            all_ = outbox.debts(self._series(), limit=MOST_CHANGED)
            found = [debt for debt in all_ if debt.owed.id in ids]
            outbox.forget([debt.owed.id for debt in found])
            return found

        return len(self._store().settle(forget).result())

    def _due(self, outbox: Outbox, names: Iterable[str], now: float) -> list[Debt]:
        return outbox.debts(self._series(), due_by=now, handlers=list(names), limit=BATCH)

    def _take(self, names: Iterable[str], now: float) -> Work:
        def take(outbox: Outbox) -> list[Debt]:
            taken = []
            for debt in self._due(outbox, names, now):
                owed = replace(debt.owed, due_at=now + LEASE_SECONDS)
                is_over = debt.tries >= MOST_TRIES  # the last try ended its process
                taken.append(Debt(owed, debt.tries + 1, debt.error, dead=is_over))
                outbox.put_off(taken[-1])
            return taken

        return take

    def _keep(self) -> None:
        """Keep what could not be kept when it was owed."""
        with self._lock:
            waiting, self._unkept = self._unkept, []
        if not waiting:
            return

        def take(outbox: Outbox) -> list[Debt]:
            outbox.take(self._series(), Effects(owed=tuple(waiting)))
            return []

        try:
            self._store().settle(take).result()
        except StoreError:
            with self._lock:
                self._unkept = waiting + self._unkept
            raise

    def _try(self, debts: Iterable[Debt]) -> bool:
        """Try debts whose tries are counted already; write down what came of it."""
        paid: list[str] = []
        left: list[Debt] = []
        for debt in debts:
            error = self._error(debt.owed, debt.tries)
            if error:
                left.append(self._put_off(debt, error))
            else:
                paid.append(debt.owed.id)
        if paid or left:
            self._settle(paid, left)
        return not left

    def _settle(self, paid: Sequence[str], left: Sequence[Debt]) -> None:
        def settle(outbox: Outbox) -> list[Debt]:
            outbox.forget(paid)
            for debt in left:
                outbox.put_off(debt)
            return []

        try:
            self._store().settle(settle).result()
        except StoreError as error:
            # It is still owed there, so it is tried again; erasing twice does no harm.
            log.warning("what was erased could not be noted, it will be erased again: %s", error)

    def _put_off(self, debt: Debt, error: str) -> Debt:
        owed = replace(debt.owed, due_at=self._now() + pause_after(debt.tries))
        is_dead = debt.tries >= MOST_TRIES
        if is_dead:
            log.error(
                "%s gave up on a withdrawal of %s; see: bandeau profiles", owed.handler, owed.purpose_id
            )
        return Debt(owed, debt.tries, plain(error), dead=is_dead)

    def _is_paid(self, owed: Owed) -> bool:
        return not self._error(owed, 1)

    def _error(self, owed: Owed, tries: int) -> str:
        """Call the one who has to erase; return why it has not, ``""`` when it has."""
        eraser = self.erasers.find(owed)
        if eraser is None:
            return "nobody of this name erases profiles of this purpose any more"
        try:
            acknowledged = eraser.erase(owed)
        except Exception as error:
            # The outermost border of code that is the site's own.
            if not eraser.remote:
                log.exception("withdrawal of %s: a handler failed", owed.purpose_id)
            return f"{type(error).__name__}: {error}"
        return "it says that nothing was erased" if acknowledged is False else ""

    def _is_remote(self, owed: Owed) -> bool:
        eraser: Eraser | None = self.erasers.find(owed)
        return eraser is not None and eraser.remote

    def _look(self, look: Callable[[Outbox], Found]) -> Found:
        return self._store().owed(look)
