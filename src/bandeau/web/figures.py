"""What a site's counts mean: rates, services, failures; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bandeau.web import counters
from bandeau.web.counters import Series

#: A rate of fewer answers would speak of single readers.
FEWEST_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """How many answered yes, and how many no."""

    granted: int = 0
    denied: int = 0

    @property
    def answers(self) -> int:
        """How many there are."""
        return self.granted + self.denied

    @property
    def percent(self) -> float | None:
        """The part that allows, in percent; ``None`` where there are too few to say."""
        return round(100 * self.granted / self.answers, 1) if self.answers >= FEWEST_ANSWERS else None


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What became of a service: pages, calls and cookies that were let through or held."""

    released: int = 0
    held: int = 0
    would_hold: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted from one hour to another."""

    since: datetime
    until: datetime
    requests: dict[str, int] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    choices: dict[str, int] = field(default_factory=dict)
    purposes: dict[str, Rate] = field(default_factory=dict)
    services: dict[str, ServiceFigures] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    decisions: dict[str, int] = field(default_factory=dict)

    @property
    def served(self) -> int:
        """All requests that came in."""
        return sum(self.requests.values())


_PLAIN = (counters.REQUESTS, counters.PAGES, counters.CHOICES, counters.REPORTS, counters.FAILURES)
_OF_SERVICES = (counters.SERVICE_PAGES, counters.SERVICE_CALLS, counters.SERVICE_COOKIES)


def figures_of(since: datetime, until: datetime, counted: Iterable[tuple[Series, int]]) -> Figures:
    """Read counts of some hours; families of a later version are passed over."""
    found = Figures(since, until)
    answers: dict[str, dict[str, int]] = {}
    services: dict[str, dict[str, int]] = {}
    for (family, labels), count in counted:
        if family in (*_PLAIN, counters.DECISIONS):
            table: dict[str, int] = getattr(found, family)
            table[labels[0]] = table.get(labels[0], 0) + count
        elif family == counters.ANSWERS:
            _add(answers, *labels, count=count)
        elif family in _OF_SERVICES:
            outcome = "released" if labels[1] == "passed" else labels[1]
            _add(services, labels[0], outcome, count=count)
    for purpose, by in answers.items():
        found.purposes[purpose] = Rate(by.get("granted", 0), by.get("denied", 0))
    for service, by in services.items():
        outcomes = (by.get(name, 0) for name in ("released", "held", "would_hold"))
        found.services[service] = ServiceFigures(*outcomes)
    return found


def _add(table: dict[str, dict[str, int]], row: str, column: str, *, count: int) -> None:
    cells = table.setdefault(row, {})
    cells[column] = cells.get(column, 0) + count
