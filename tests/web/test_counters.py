"""Counters: bounded, safe between threads, and in no need of a reader."""

from __future__ import annotations

import threading

import pytest

from bandeau.web.counters import FAMILIES, OTHER, Counters, Family


def test_what_is_added_stands_in_the_snapshot() -> None:
    """One number for each set of labels."""
    counters = Counters()
    counters.add("answers", "audience", "granted")
    counters.add("answers", "audience", "granted", by=2)
    counters.add("answers", "audience", "denied")
    assert counters.snapshot() == {
        ("answers", ("audience", "granted")): 3,
        ("answers", ("audience", "denied")): 1,
    }


def test_a_snapshot_is_a_copy() -> None:
    """What is counted later does not change it."""
    counters = Counters()
    counters.add("pages", "shared")
    before = counters.snapshot()
    counters.add("pages", "shared")
    assert before == {("pages", ("shared",)): 1}


def test_series_beyond_the_bound_are_counted_together() -> None:
    """No flood of labels fills the memory, and no count is lost."""
    counters = Counters({"hosts": Family("Hosts.", ("host",), most=3)})
    for number in range(10):
        counters.add("hosts", f"h{number}")
    found = counters.snapshot()
    assert len(found) == 4
    assert found["hosts", (OTHER,)] == 7
    counters.add("hosts", "h1")
    assert counters.snapshot()["hosts", ("h1",)] == 2


@pytest.mark.parametrize(
    ("family", "labels", "error"), [("nothing", ("a",), KeyError), ("pages", (), ValueError)]
)
def test_what_was_never_declared_is_not_counted(
    family: str, labels: tuple[str, ...], error: type[Exception]
) -> None:
    """A family has a name and its labels."""
    with pytest.raises(error):
        Counters().add(family, *labels)


def test_threads_lose_nothing() -> None:
    """Eight at once."""
    counters = Counters()

    def count() -> None:
        for _ in range(2_000):
            counters.add("pages", "private")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.snapshot() == {("pages", ("private",)): 16_000}


def test_every_family_says_what_it_counts() -> None:
    """A sentence, and labels that fit a metric's name."""
    for family in FAMILIES.values():
        assert family.meaning.endswith(".")
        assert all(label.isidentifier() for label in family.labels)
