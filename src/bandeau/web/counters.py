"""What happens at a site, counted in memory: nothing of any reader is in it.

Labels are words of the policy or of a closed set, never of a request, and each family holds a
bounded number of series: what comes beyond that is counted under ``other``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: What stands for the labels of a series beyond the bound.
OTHER = "other"
#: A family and the values of its labels.
Series = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Family:
    """Counters of one kind: what they count, the names of their labels, and how many there may be."""

    meaning: str
    labels: tuple[str, ...]
    most: int = 64


REQUESTS = "requests"
PAGES = "pages"
SERVICE_PAGES = "service_pages"
SERVICE_CALLS = "service_calls"
SERVICE_COOKIES = "service_cookies"
CHOICES = "choices"
ANSWERS = "answers"
REPORTS = "reports"
FAILURES = "failures"
DECISIONS = "decisions"

#: Everything that is counted.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        REQUESTS: Family("Requests that came in, by the mode in force for them.", ("mode",), 4),
        PAGES: Family("Pages sent: shared, private, or left untouched.", ("how",), 4),
        SERVICE_PAGES: Family(
            "Pages that a service stood in: released, held, or would_hold in report mode.",
            ("service", "outcome"),
            1_024,
        ),
        SERVICE_CALLS: Family(
            "Calls to a declared collector of the site's own: passed or held.", ("service", "outcome"), 512
        ),
        SERVICE_COOKIES: Family(
            "Cookies that the site set: passed, held or would_hold; ? is undeclared.",
            ("service", "outcome"),
            1_024,
        ),
        CHOICES: Family("Choices that readers made, by what they were; unrecorded ones too.", ("event",), 16),
        ANSWERS: Family("Answers of readers, by purpose: granted or denied.", ("purpose", "answer"), 128),
        REPORTS: Family("What browsers reported as stopped: host, inline or storage.", ("kind",), 8),
        FAILURES: Family("What should not happen, by what it was.", ("what",), 32),
        DECISIONS: Family("Questions of other back ends, by how they were answered.", ("status",), 16),
    }
)


class Counters:
    """Counts since the process started; several threads may count at once."""

    def __init__(self, families: Mapping[str, Family] = FAMILIES) -> None:
        self._lock = threading.Lock()  # guards _counts and _sizes
        self._families = families
        self._counts: dict[Series, int] = {}
        self._sizes = dict.fromkeys(families, 0)

    def add(self, family: str, *labels: str, by: int = 1) -> None:
        """Count.

        Raises:
            KeyError: there is no such family.
            ValueError: the family has another number of labels.
        """
        series = (family, labels)
        with self._lock:
            if series in self._counts:
                self._counts[series] += by
            else:
                self._begin(series, by)

    def snapshot(self) -> dict[Series, int]:
        """Return every count since the process started."""
        with self._lock:
            return dict(self._counts)

    def _begin(self, series: Series, by: int) -> None:
        name, labels = series
        family = self._families[name]
        if len(labels) != len(family.labels):
            raise ValueError(f"{name} is counted by {', '.join(family.labels)}")
        if self._sizes[name] >= family.most:
            series = (name, (OTHER,) * len(labels))
        else:
            self._sizes[name] += 1
        self._counts[series] = self._counts.get(series, 0) + by
