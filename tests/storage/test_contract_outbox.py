"""What every store promises about what the site owes: kept with the record, gone when it is paid."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bandeau.errors import StoreError
from bandeau.ledger.outbox import Debt, Effects, Outbox, Owed
from bandeau.ledger.store import Store
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import NOW, SITE, TestSigner, a_record
from tests.storage.stores import an_empty_store

OTHER = ("another", "test")


def an_owed(number: int = 0, *, handler: str = "erase", subject: str | None = "S" * 22) -> Owed:
    """Return an erasure that differs from others by its number."""
    return Owed(f"id-{number}", handler, "ads", subject, {"_p": "clé-é"}, "42", NOW, NOW + 30.0)


def owing(*owed: Owed) -> Effects:
    """Return the effects of a withdrawal."""
    return Effects(owed=owed)


def debts(store: Store, site: tuple[str, str] = SITE) -> list[Debt]:
    """Return all that a site owes."""
    return store.owed(lambda outbox: outbox.debts(site))


def change(store: Store, step: Callable[[Outbox], None]) -> None:
    """Change what is owed, and wait until it is durable."""

    def work(outbox: Outbox) -> list[Debt]:
        step(outbox)
        return []

    store.settle(work).result(10)


def test_what_is_owed_is_kept_with_its_record(store: Store) -> None:
    """Once the record is acknowledged, the erasure is there, as it was given."""
    assert debts(store) == []
    store.submit(a_record(), key="k", effects=owing(an_owed(1), an_owed(2, subject=None))).result(10)
    assert debts(store) == [Debt(an_owed(1)), Debt(an_owed(2, subject=None))]
    assert debts(store, OTHER) == []


def test_a_repeated_record_owes_nothing_again(store: Store) -> None:
    """The same key adds neither a record nor an erasure."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1))).result(10)
    assert store.submit(a_record(1), key="k", effects=owing(an_owed(2))).result(10).duplicate
    assert debts(store) == [Debt(an_owed(1))]


def test_what_could_not_be_recorded_owes_nothing(store: Store, clock: list[float]) -> None:
    """A record that is refused leaves no erasure; the next one does."""
    late = a_record(1, at="2029-01-01T00:00:00Z")
    with pytest.raises(StoreError):
        store.submit(late, key="k1", effects=owing(an_owed(1))).result(10)
    store.submit(a_record(2), key="k2", effects=owing(an_owed(2))).result(10)
    assert debts(store) == [Debt(an_owed(2))]


def test_a_failed_transaction_takes_everything_back(store: Store) -> None:
    """Work that raises leaves debts and answers as they were."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1))).result(10)

    def fails(outbox: Outbox) -> list[Debt]:
        outbox.take(SITE, Effects((an_owed(2),), "account", {"ads": True}))
        outbox.forget(["id-1"])
        raise StoreError("cut short")

    with pytest.raises(StoreError):
        store.settle(fails).result(10)
    assert debts(store) == [Debt(an_owed(1))]
    assert store.owed(lambda outbox: outbox.answers(SITE, "account")) == {}


def test_what_is_owed_already_is_not_owed_twice(store: Store) -> None:
    """Whoever does not know whether it was kept may keep it again; its tries stay."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1))).result(10)
    change(store, lambda o: o.put_off(Debt(an_owed(1), tries=3)))
    change(store, lambda o: o.take(SITE, owing(an_owed(1), an_owed(2))))
    assert debts(store) == [Debt(an_owed(1), tries=3), Debt(an_owed(2))]


def test_an_account_that_is_gone_has_no_answers(store: Store) -> None:
    """Those of others stay."""
    for account in ("one", "two"):
        change(store, lambda o, who=account: o.take(SITE, Effects(account=who, answers={"ads": True})))
    change(store, lambda o: o.forget_account(SITE, "one"))
    change(store, lambda o: o.forget_account(OTHER, "two"))
    assert store.owed(lambda o: [o.answers(SITE, who) for who in ("one", "two")]) == [{}, {"ads": True}]


def test_only_what_is_due_for_a_known_handler_is_tried(store: Store) -> None:
    """Not before its time, not for a handler of another process, not when it is dead."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1), an_owed(2, handler="other"))).result(10)
    handlers = ["erase"]
    assert store.owed(lambda o: o.debts(SITE, due_by=NOW + 29.0, handlers=handlers)) == []
    due = store.owed(lambda o: o.debts(SITE, due_by=NOW + 30.0, handlers=handlers))
    assert due == [Debt(an_owed(1))]
    dead = replace(due[0], tries=30, error="no answer", dead=True)
    change(store, lambda o: o.put_off(dead))
    assert store.owed(lambda o: o.debts(SITE, due_by=NOW + 99.0, handlers=handlers)) == []
    assert debts(store)[0] == dead


def test_what_is_paid_is_gone(store: Store) -> None:
    """Forgetting twice, or what was never there, does no harm; the others stay."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1), an_owed(2))).result(10)
    for _ in range(2):
        change(store, lambda o: o.forget(["id-1", "nothing"]))
    assert debts(store) == [Debt(an_owed(2))]
    change(store, lambda o: o.put_off(Debt(an_owed(1), tries=1)))
    assert debts(store) == [Debt(an_owed(2))]


def test_overdue_counts_dead_and_living(store: Store) -> None:
    """By the time of the withdrawal, whatever was tried since."""
    store.submit(a_record(), key="k", effects=owing(an_owed(1), an_owed(2))).result(10)
    change(store, lambda o: o.put_off(Debt(an_owed(1), 30, "no", dead=True)))
    assert store.owed(
        lambda o: (o.overdue(SITE, NOW), o.overdue(SITE, NOW + 1), o.overdue(OTHER, NOW + 1))
    ) == (
        0,
        2,
        0,
    )


def test_an_accounts_newest_answers_stand(store: Store) -> None:
    """By site and account; a purpose that was not asked keeps its answer."""
    for number, given in enumerate(({"ads": True, "social": True}, {"ads": False})):
        effects = Effects(account="digest", answers=given)
        store.submit(a_record(number), key=f"k{number}", effects=effects).result(10)
    look = [(SITE, "digest"), (SITE, "someone"), (OTHER, "digest")]
    found = store.owed(lambda o: [o.answers(*each) for each in look])
    assert found == [{"ads": False, "social": True}, {}, {}]


def test_a_file_that_is_opened_again_still_owes(tmp_path: Path) -> None:
    """The erasure outlives the process."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(), key="k", effects=owing(an_owed(1))).result(10)
    store.close()
    again = SqliteStore.open(tmp_path / "proof.db", TestSigner())
    assert debts(again) == [Debt(an_owed(1))]
    assert again.problems() == []
    again.close()


def test_no_byte_of_a_paid_debt_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither pseudonym nor cookie, among hundreds that come and go; a debt that is open is found."""
    store = an_empty_store(tmp_path / "proof.db")
    for number in range(300):
        owed = an_owed(number, subject=f"SUBJECT-{number:014}")
        record = a_record(number, subject="someone else")
        store.submit(record, key=f"k{number}", effects=owing(owed)).result(10)
    change(store, lambda o: o.forget([f"id-{n}" for n in range(0, 300, 2)]))
    store.close()
    _fold(tmp_path / "proof.db")
    raw = (tmp_path / "proof.db").read_bytes()
    assert [n for n in range(300) if f"SUBJECT-{n:014}".encode() in raw] == list(range(1, 300, 2))
    store = SqliteStore.open(tmp_path / "proof.db", TestSigner())
    change(store, lambda o: o.forget([f"id-{n}" for n in range(300)]))
    store.close()
    _fold(tmp_path / "proof.db")
    raw = (tmp_path / "proof.db").read_bytes()
    assert b"SUBJECT-" not in raw


def _fold(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
