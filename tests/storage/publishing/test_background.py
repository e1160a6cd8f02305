"""Publishing while a site runs: in time, once, and never in a reader's way."""

from __future__ import annotations

import logging
import threading

import pytest

from bandeau.errors import StoreUnavailable
from bandeau.storage.publishing.background import FIRST_SECONDS, PUBLISH_SECONDS, Background
from bandeau.storage.publishing.publisher import Outcome

FAILED, DONE = Outcome("https://a.example", False, "answered 503"), Outcome("https://a.example", True, "sent")


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_published_a_minute_after_the_start_and_then_every_hour() -> None:
    """Each request asks; few of them begin anything."""
    clock, times = Clock(), []
    background = Background(lambda: times.append(clock.now) or [], clock=clock)  # type: ignore[func-returns-value]
    for second in range(int(FIRST_SECONDS + 2 * PUBLISH_SECONDS) + 1):
        clock.now = second
        background.tick()
        background.close()
    assert times == [FIRST_SECONDS, FIRST_SECONDS + PUBLISH_SECONDS, FIRST_SECONDS + 2 * PUBLISH_SECONDS]


def test_request_does_not_wait_for_a_place_that_hangs() -> None:
    """And no second thread begins while the first one waits."""
    clock, release, begun = Clock(), threading.Event(), []

    def hang() -> list[Outcome]:
        begun.append(1)
        release.wait(10)
        return []

    background = Background(hang, clock=clock)
    for hour in range(1, 5):
        clock.now = hour * PUBLISH_SECONDS
        background.tick()
    assert len(begun) == 1
    release.set()
    background.close()


def test_failure_is_reported_once_until_it_is_mended(caplog: pytest.LogCaptureFixture) -> None:
    """A place that is down for a week fills no log."""
    clock = Clock()
    turns = iter(
        [[FAILED], [FAILED], [DONE], [FAILED], StoreUnavailable("locked"), ValueError("bug"), [DONE]]
    )

    def publish() -> list[Outcome]:
        turn = next(turns)
        if isinstance(turn, Exception):
            raise turn
        return turn

    background = Background(publish, clock=clock)
    with caplog.at_level(logging.ERROR, "bandeau.publishing"):
        for hour in range(1, 8):
            clock.now = hour * PUBLISH_SECONDS
            background.tick()
            background.close()
    assert [record.getMessage() for record in caplog.records] == [
        "not published at https://a.example: answered 503",
        "not published at https://a.example: answered 503",
        "not published at the log: locked",
        "publishing failed",
    ]
