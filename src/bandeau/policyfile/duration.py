"""Durations as people write them."""

from __future__ import annotations

import re

from bandeau.core.policy import DAY_SECONDS

_UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": float(DAY_SECONDS),
    "week": 7.0 * DAY_SECONDS,
    # The mean month, so that 6 months are 182 days and 13 months 395.
    "month": 30.4375 * DAY_SECONDS,
    "year": 365.0 * DAY_SECONDS,
}
_DURATION = re.compile(r"([0-9]{1,5}) ?(second|minute|hour|day|week|month|year)s?")

#: Storage without an end of its own counts as ten years.
PERSISTENT_SECONDS = 3650 * DAY_SECONDS


def parse_duration(text: str) -> int | None:
    """Return seconds, or None for what is no duration; months end in whole days.

    >>> parse_duration("13 months") // 86400
    395
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    seconds = int(int(found[1]) * _UNITS[found[2]])
    return seconds - seconds % DAY_SECONDS if found[2] == "month" else seconds
