"""What every store does when the clock jumps, and when a key signs for the first time."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bandeau.errors import ClockRefused
from bandeau.ledger.bodies import KEY, KeyAdded, key_body, read_body
from bandeau.ledger.checkpoint import open_checkpoint
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import Store
from bandeau.storage.sqlite import SqliteStore
from tests.storage.checking import assert_verified
from tests.storage.records import NOW, SITE, TestSigner, a_record

ORIGIN = "news.example/gazette/test/2026"
#: A year after the first row of the log, and the second before.
YEAR_LATER = f"2027{log_time(NOW)[4:]}"
ALMOST = log_time(NOW + 365 * 86_400 - 1)


def keys_named(store: Store, origin: str = ORIGIN) -> list[VerifierKey]:
    """Return the keys that the rows of a log announce."""
    said = [read_body(row.body) for row in store.rows(origin)]
    return [body.key for body in said if isinstance(body, KeyAdded)]


def test_clock_a_year_ahead_is_refused_and_said_once(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A log that began in 2099 would take every later choice, dated 2099: its time never goes back."""
    before = store.logs()
    with caplog.at_level(logging.ERROR, "bandeau.store"):
        for number, at in enumerate([YEAR_LATER, "2099-01-01T00:00:00Z"]):
            with pytest.raises(ClockRefused, match="bandeau ledger init"):
                store.submit(a_record(number, at=at), key=f"k{number}").result(10)
    assert len(caplog.records) == 1
    assert store.logs() == before
    store.submit(a_record(5), key="k0").result(10)  # the clock was set: the same choice is kept now
    store.submit(a_record(6, at=ALMOST), key="k6").result(10)
    assert_verified(store)


def test_nothing_is_erased_while_the_clock_is_refused(store: Store, clock: list[float]) -> None:
    """The tombstone cannot be dated, so the rows stay: none goes without one."""
    store.submit(a_record(1, subject="x"), key="k").result(10)
    clock[0] += 2 * 366 * 86_400
    for attempt in (store.erase("x"), store.prune(ORIGIN)):
        with pytest.raises(ClockRefused):
            attempt.result(10)
    assert len(store.of_subject("x")) == 1
    assert_verified(store)


def test_site_that_was_silent_for_years_goes_on_when_its_operator_says_so(
    store: Store, clock: list[float]
) -> None:
    """The announcement of a key is written by hand, and vouches for the clock."""
    clock[0] += 3 * 366 * 86_400
    later = store.append(
        *SITE, KEY, lambda origin, at: key_body(origin, at, TestSigner().verifiers(origin)[0])
    )
    assert later.result(10).origin != ORIGIN
    store.submit(a_record(1, at=log_time(clock[0])), key="k").result(10)
    assert_verified(store)


@pytest.fixture
def new_key(monkeypatch: pytest.MonkeyPatch) -> VerifierKey:
    """A key that signs before the old one from now on, as after a rotation that died half way."""
    both, verifiers, checkpoint = TestSigner((2, 1)), TestSigner.verifiers, TestSigner.checkpoint
    monkeypatch.setattr(TestSigner, "verifiers", lambda _, origin: verifiers(both, origin))
    monkeypatch.setattr(TestSigner, "checkpoint", lambda _, text: checkpoint(both, text))
    return verifiers(both, ORIGIN)[0]


def test_commit_that_a_key_signs_first_names_it(store: Store, request: pytest.FixtureRequest) -> None:
    """Nobody announced it; who trusts the old key alone learns of it from a row that the old one signed."""
    store.submit(a_record(1), key="k1").result(10)
    assert keys_named(store) == []
    old = TestSigner().verifiers(ORIGIN)
    added: VerifierKey = request.getfixturevalue("new_key")
    store.submit(a_record(2), key="k2").result(10)
    store.submit(a_record(3), key="k3").result(10)
    assert keys_named(store) == [added]
    open_checkpoint(store.logs()[-1].checkpoint, old)
    assert [row.kind for row in store.rows(ORIGIN)][2] == KEY
    assert_verified(store)


def test_announcement_by_hand_is_not_written_twice(store: Store, request: pytest.FixtureRequest) -> None:
    """The row of that commit is the one that was asked for."""
    store.submit(a_record(1), key="k1").result(10)
    request.getfixturevalue("new_key")
    append = store.append(
        *SITE, KEY, lambda origin, at: key_body(origin, at, TestSigner().verifiers(origin)[0])
    )
    assert append.result(10).index == 2
    assert len(keys_named(store)) == 1


def test_key_is_named_in_the_old_log_before_the_new_year_begins(
    store: Store, request: pytest.FixtureRequest
) -> None:
    """Rotated in December, first used in January: the old key may sign no log of the new year."""
    request.getfixturevalue("new_key")
    store.submit(a_record(1, at="2027-01-01T00:00:00Z"), key="k1").result(10)
    assert len(keys_named(store)) == 1
    assert keys_named(store, "news.example/gazette/test/2027") == []
    assert_verified(store)


def test_machine_that_still_has_the_old_keys_calls_forth_no_row_for_each_commit(tmp_path: Path) -> None:
    """The new key file reached one of two machines: each process names a key once, however they alternate."""
    old = SqliteStore.create(tmp_path / "proof.db", TestSigner((1,)), clock=lambda: NOW)
    old.begin(*SITE).result(10)
    new = SqliteStore.open(tmp_path / "proof.db", TestSigner((2, 1)), clock=lambda: NOW)
    for number in range(6):
        (old if number % 2 else new).submit(a_record(number), key=f"k{number}").result(10)
    assert len(keys_named(old)) == 1
    for store in (old, new):
        store.close()
