"""The clock of a visit: wall time in milliseconds, and the steps in it.

The NetLog's times become wall time too, so what the network stack did, and what the audit did, compare.
Times of the page's own events do not: a page's clock is advanced while it is looked at.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass, field


def now_ms() -> float:
    """Return the wall time in milliseconds."""
    return time.time() * 1000


@dataclass(slots=True)
class Clock:
    """The steps of a visit in wall time."""

    began_ms: float
    marks: list[tuple[float, str]] = field(default_factory=list)

    def begin(self, step: str, wall_ms: float) -> None:
        """Begin a step."""
        self.marks.append((wall_ms, step))

    def at(self, wall_ms: float) -> int:
        """Return milliseconds since the visit began."""
        return max(0, round(wall_ms - self.began_ms))

    def step(self, wall_ms: float) -> str:
        """Return the step in which something happened."""
        index = bisect_right(self.marks, wall_ms, key=lambda mark: mark[0]) - 1
        return self.marks[max(index, 0)][1]

    @staticmethod
    def now_seconds() -> float:
        """Return the wall time in seconds, as cookies count it."""
        return time.time()
