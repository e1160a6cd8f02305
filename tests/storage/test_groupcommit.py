"""Group commit: order, sharing, limits, deadlines and endings, with a commit that the test controls."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError

import pytest

from bandeau.errors import StoreUnavailable
from bandeau.storage.groupcommit import GroupCommit


class Held:
    """A commit that waits until it is let go, and remembers its batches."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.batches: list[list[int]] = []

    def __call__(self, items: Sequence[int]) -> list[int]:
        """Commit by doubling."""
        self.begun.set()
        assert self.go.wait(10)
        self.batches.append(list(items))
        return [item * 2 for item in items]


def test_a_lone_caller_does_not_wait_for_a_window() -> None:
    """An idle writer starts at once."""
    group = GroupCommit[int, int](lambda items: [item * 2 for item in items])
    assert group.submit(21).result(1) == 42
    group.close()


def test_what_arrives_during_a_commit_shares_the_next_one_in_order() -> None:
    """One durable write for all who waited."""
    held = Held()
    group = GroupCommit[int, int](held)
    futures = [group.submit(0)]
    assert held.begun.wait(10)
    futures += [group.submit(number) for number in range(1, 50)]
    held.go.set()
    assert [future.result(10) for future in futures] == [number * 2 for number in range(50)]
    assert held.batches == [[0], list(range(1, 50))]
    group.close()


def test_a_batch_is_bounded() -> None:
    """One commit never grows without end."""
    held = Held()
    group = GroupCommit[int, int](held, batch=8)
    futures = [group.submit(number) for number in range(30)]
    held.go.set()
    assert [future.result(10) for future in futures] == [number * 2 for number in range(30)]
    assert max(len(batch) for batch in held.batches) <= 8
    group.close()


def test_a_failed_commit_fails_its_own_callers_only() -> None:
    """Whatever it raises, callers see that the store is unavailable; the next batch is tried."""
    failing = [True]

    def commit(items: Sequence[int]) -> list[int]:
        if failing.pop() if failing else False:
            raise ZeroDivisionError("a mistake of ours")
        return list(items)

    group = GroupCommit[int, int](commit)
    with pytest.raises(StoreUnavailable, match="a mistake of ours"):
        group.submit(1).result(10)
    assert group.submit(2).result(10) == 2
    group.close()


def test_a_caller_that_gave_up_is_not_written() -> None:
    """Nobody was told anything, so nothing has to be kept."""
    held = Held()
    group = GroupCommit[int, int](held)
    first = group.submit(0)
    assert held.begun.wait(10)
    given_up = group.submit(1)
    assert given_up.cancel()
    held.go.set()
    assert first.result(10) == 0
    group.close()
    assert held.batches == [[0]]
    with pytest.raises(CancelledError):
        given_up.result(0)


def test_a_hanging_commit_fails_its_callers_in_time_and_goes_on_later() -> None:
    """Those who wait behind it are told too; a late success acknowledges nobody."""
    held = Held()
    group = GroupCommit[int, int](held, deadline_seconds=0.1)
    futures = [group.submit(number) for number in range(3)]
    for future in futures:
        with pytest.raises(StoreUnavailable, match="not durable within"):
            future.result(5)
    held.go.set()
    assert group.submit(7).result(5) == 14
    group.close()


def test_closing_finishes_what_was_submitted() -> None:
    """A server that stops loses no choice."""
    held = Held()
    group = GroupCommit[int, int](held)
    futures = [group.submit(number) for number in range(20)]
    held.go.set()
    group.close()
    assert [future.result(0) for future in futures] == [number * 2 for number in range(20)]
    with pytest.raises(StoreUnavailable, match="closed"):
        group.submit(1).result(0)


def test_closing_never_waits_for_ever() -> None:
    """A disk that hangs does not keep a server from stopping."""
    held = Held()
    group = GroupCommit[int, int](held, deadline_seconds=0.1)
    future = group.submit(1)
    assert held.begun.wait(10)
    group.close()
    with pytest.raises(StoreUnavailable):
        future.result(0)
    held.go.set()


def test_rest_runs_after_callers_were_answered() -> None:
    """Folding the log is nobody's wait."""
    rested = threading.Event()
    group = GroupCommit[int, int](list, rest=rested.set)
    assert group.submit(1).result(10) == 1
    assert rested.wait(10)
    group.close()
