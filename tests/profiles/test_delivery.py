"""Withdrawals are carried out at least once, with growing pauses, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from bandeau.errors import StoreUnavailable
from bandeau.ledger.outbox import Debt, Effects
from bandeau.profiles import delivery
from bandeau.profiles.delivery import LEASE_SECONDS, MOST_TRIES, pause_after
from bandeau.profiles.erasing import is_erasing
from bandeau.profiles.rounds import Rounds
from bandeau.site import Site, Withdrawal
from tests.profiles.site import site_in_memory
from tests.storage.records import a_record

SUBJECT = "S" * 22
GONE = Withdrawal("reading", SUBJECT, {"lecture": "k1"})


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_795_420_800.0

    def __call__(self) -> float:
        """Return its time."""
        return self.now


class Forgetful:
    """A handler that fails as often as it is told, and says what it erased."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.erased: list[Withdrawal] = []
        self.calls = 0

    def __call__(self, withdrawal: Withdrawal) -> None:
        """Fail, or erase."""
        self.calls += 1
        assert is_erasing()
        if self.calls <= self.failures:
            raise OSError("the database is away")
        self.erased.append(withdrawal)


@pytest.fixture
def clock() -> Clock:
    """The clock of the site."""
    return Clock()


@pytest.fixture
def site(clock: Clock) -> Site:
    """A site that makes profiles and keeps nothing."""
    return site_in_memory(clock=clock)


def withdraw(site: Site) -> None:
    """Record a withdrawal with what it owes, and carry it out as the answer to a choice does."""
    owed = site.withdrawals.owe([GONE])
    record = a_record(site=site.series)
    site.store.submit(record, key=owed[0].id, effects=Effects(owed)).result(10)
    site.carry_out(owed)


def test_an_acknowledged_withdrawal_is_not_owed_any_more(site: Site) -> None:
    """One call, at once, with what the browser sent."""
    handler = Forgetful(0)
    site.on_withdraw("reading", name="erase")(handler)
    withdraw(site)
    assert (handler.erased, site.withdrawals.debts()) == ([GONE], [])


def test_a_failing_handler_is_tried_again_with_growing_pauses(site: Site, clock: Clock) -> None:
    """Twice it fails; nothing is tried before its time; then it is erased and over."""
    handler = Forgetful(2)
    site.on_withdraw("reading", name="erase")(handler)
    withdraw(site)
    for tries in (1, 2):
        (debt,) = site.withdrawals.debts()
        assert (debt.tries, debt.error) == (tries, "OSError: the database is away")
        clock.now += pause_after(tries) - 1
        assert site.withdrawals.run_due() == 0
        clock.now += 1
        assert site.withdrawals.run_due() == 1
    assert (handler.calls, handler.erased, site.withdrawals.debts()) == (3, [GONE], [])


def test_a_handler_that_says_no_has_not_erased(site: Site) -> None:
    """``False`` is no acknowledgement."""
    site.on_withdraw("reading", name="erase")(lambda _: False)
    withdraw(site)
    assert [debt.error for debt in site.withdrawals.debts()] == ["it says that nothing was erased"]


@pytest.mark.parametrize("inside", [False, True], ids=["thread", "event-loop"])
def test_an_asynchronous_handler_is_awaited(site: Site, inside: bool) -> None:
    """On a loop of its own, whether the caller stands on one or not; its failure counts."""
    seen: list[bool] = []

    @site.on_withdraw("reading")
    async def erase(withdrawal: Withdrawal) -> None:
        await asyncio.sleep(0)
        seen.append(is_erasing())
        if len(seen) == 1:
            raise OSError("not yet")

    async def on_a_loop() -> None:
        withdraw(site)

    asyncio.run(on_a_loop()) if inside else withdraw(site)
    assert [debt.tries for debt in site.withdrawals.debts()] == [1]
    site.withdrawals.retry()
    assert site.withdrawals.run_due() == 1
    assert (seen, site.withdrawals.debts()) == ([True, True], [])


def test_only_the_handler_that_failed_is_called_again(site: Site, clock: Clock) -> None:
    """Two have to acknowledge; each is asked until it does."""
    good, bad = Forgetful(0), Forgetful(1)
    site.on_withdraw("reading", name="good")(good)
    site.on_withdraw("reading", name="bad")(bad)
    withdraw(site)
    clock.now += pause_after(1)
    site.withdrawals.run_due()
    assert (good.calls, bad.calls, site.withdrawals.debts()) == (1, 2, [])


def test_after_thirty_tries_it_is_a_dead_letter_until_somebody_looks(
    site: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays, untried; by hand it is tried anew."""
    handler = Forgetful(MOST_TRIES)
    site.on_withdraw("reading", name="erase")(handler)
    withdraw(site)
    began = clock.now
    while not site.withdrawals.debts()[0].dead:
        clock.now += 60
        site.withdrawals.run_due()
    assert handler.calls == MOST_TRIES
    assert 20 * 3600 < clock.now - began < 24 * 3600
    assert "gave up" in caplog.text
    clock.now += 86_400
    assert site.withdrawals.run_due() == 0
    assert site.withdrawals.retry() == 1
    assert site.withdrawals.run_due() == 1
    assert (handler.erased, site.withdrawals.debts()) == ([GONE], [])


def test_a_try_that_ends_its_process_is_counted(site: Site, clock: Clock) -> None:
    """Taken and never settled, again and again: it becomes a dead letter without a last try."""
    calls = Forgetful(0)
    site.on_withdraw("reading", name="erase")(calls)
    owed = site.withdrawals.owe([GONE])
    site.store.submit(a_record(site=site.series), key="k", effects=Effects(owed)).result(10)
    clock.now += delivery.FIRST_SECONDS
    for _ in range(MOST_TRIES):
        taken = site.store.settle(site.withdrawals._take(["erase"], clock.now)).result()
        assert len(taken) == 1
        clock.now += LEASE_SECONDS
    assert site.withdrawals.run_due() == 1
    assert ([debt.dead for debt in site.withdrawals.debts()], calls.calls) == ([True], 0)


def test_what_another_process_has_taken_is_left_to_it(site: Site, clock: Clock) -> None:
    """Until its time is over."""
    handler = Forgetful(0)
    site.on_withdraw("reading", name="erase")(handler)
    owed = site.withdrawals.owe([GONE])
    site.store.submit(a_record(site=site.series), key="k", effects=Effects(owed)).result(10)
    clock.now += delivery.FIRST_SECONDS
    site.store.settle(site.withdrawals._take(["erase"], clock.now)).result()
    assert (site.withdrawals.run_due(), handler.calls) == (0, 0)
    clock.now += LEASE_SECONDS
    assert (site.withdrawals.run_due(), handler.calls) == (1, 1)


def test_a_handler_that_is_gone_is_told_of(site: Site) -> None:
    """What it owes is not tried by others, and stays."""
    site.on_withdraw("reading", name="new")(Forgetful(0))
    owed = [replace(each, handler="old", due_at=0.0) for each in site.withdrawals.owe([GONE])]
    site.store.submit(a_record(site=site.series), key="k", effects=Effects(tuple(owed))).result(10)
    assert site.withdrawals.run_due() == 0
    assert site.withdrawals.debts() == [Debt(owed[0])]
    assert site.withdrawals.acknowledge([owed[0].id]) == 1
    assert site.withdrawals.debts() == []


def test_two_handlers_of_one_name_are_refused(site: Site) -> None:
    """The store could not tell them apart after a restart."""
    site.on_withdraw("reading")(Forgetful(0).__call__)
    with pytest.raises(ValueError, match="name="):
        site.on_withdraw("reading")(Forgetful(0).__call__)
    with pytest.raises(ValueError, match="no name that outlives"):
        site.on_withdraw("reading")(Forgetful(0))


def test_what_could_not_be_kept_is_kept_when_the_store_writes_again(site: Site, clock: Clock) -> None:
    """A refusal that was not recorded is carried out too: at once, and then from the store."""
    handler = Forgetful(1)
    site.on_withdraw("reading", name="erase")(handler)
    assert not site.withdraw(GONE)
    assert site.withdrawals.debts() == []
    clock.now += delivery.FIRST_SECONDS
    assert site.withdrawals.run_due() == 1
    assert (handler.erased, site.withdrawals.debts()) == ([GONE], [])


def test_a_day_without_an_acknowledgement_is_an_alert(
    site: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """One line an hour, and none before; nothing of the reader is in it."""
    caplog.set_level(logging.ERROR, "bandeau.profiles")
    site.on_withdraw("reading", name="erase")(lambda _: False)
    withdraw(site)
    rounds = Rounds(site.withdrawals, clock=clock)
    for _ in range(25 * 60):
        clock.now += 60
        rounds.round()
    alerts = [r.getMessage() for r in caplog.records if "24 hours" in r.getMessage()]
    assert alerts == ["not acknowledged after 24 hours: 1 withdrawals; see: bandeau profiles"]
    assert SUBJECT not in caplog.text


def test_rounds_go_on_after_a_failure(site: Site, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The thread tries what is due without anybody's request, and a closed one stops."""
    handler = Forgetful(0)
    site.on_withdraw("reading", name="erase")(handler)
    owed = [replace(each, due_at=0.0) for each in site.withdrawals.owe([GONE])]
    site.store.submit(a_record(site=site.series), key="k", effects=Effects(tuple(owed))).result(10)
    rounds = Rounds(site.withdrawals)
    rounds.tick()
    rounds.tick()
    for _ in range(1000):
        if not site.withdrawals.debts():
            break
        asyncio.run(asyncio.sleep(0.01))
    rounds.close()
    assert handler.calls == 1


def test_a_declared_profile_that_nobody_erases_is_told_of(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, at the first request; not when there is an eraser."""
    rounds = Rounds(site.withdrawals, lambda: {"reading"})
    rounds.tick()
    rounds.tick()
    rounds.close()
    told = [record.getMessage() for record in caplog.records]
    assert told == ["profiles of reading are declared, and nobody erases them: use on_withdraw"]
    caplog.clear()
    site.on_withdraw("reading", name="erase")(Forgetful(0))
    other = Rounds(site.withdrawals, lambda: {"reading"})
    other.tick()
    other.close()
    assert caplog.records == []


def test_rounds_go_on_whatever_they_meet(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails is told of once, until it is mended."""
    handler = Forgetful(0)
    site.on_withdraw("reading", name="erase")(handler)
    owed = [replace(each, due_at=0.0) for each in site.withdrawals.owe([GONE])]
    site.store.submit(a_record(site=site.series), key="k", effects=Effects(tuple(owed))).result(10)
    rounds = Rounds(site.withdrawals)
    for error in (StoreUnavailable("the disk is full"), RuntimeError("unforeseen")):
        caplog.clear()
        with monkeypatch.context() as patched:
            patched.setattr(site.store, "owed", _raising(error))
            assert [rounds.round() for _ in range(3)] == [0, 0, 0]
        assert len(caplog.records) == 1
        assert str(error) in caplog.text
    assert (rounds.round(), handler.calls) == (1, 1)


def _raising(error: Exception) -> Callable[[object], object]:
    def fails(_: object) -> object:
        raise error

    return fails
