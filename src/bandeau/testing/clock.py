"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta


class FrozenClock:
    """Tells the same time, in seconds since 1970, until it is moved; fits wherever ``time.time`` does.

    >>> clock = FrozenClock(datetime(2026, 11, 25, tzinfo=UTC))
    >>> clock.move(days=183)
    >>> clock.now.date().isoformat()
    '2027-05-27'
    """

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("say the time zone of the clock, as in datetime(2026, 11, 25, tzinfo=UTC)")
        self.now = at

    def __call__(self) -> float:
        """Return the time."""
        return self.now.timestamp()

    def move(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move the clock; backwards too."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
