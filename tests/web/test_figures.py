"""What counts mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bandeau.web.counters import Counters
from bandeau.web.figures import Figures, Rate, ServiceFigures, figures_of

SINCE, UNTIL = datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 25, 14, tzinfo=UTC)


def test_counts_become_figures() -> None:
    """Pages, calls and cookies of a service are one row."""
    counters = Counters()
    for family, labels, count in (
        ("requests", ("enforce",), 7),
        ("requests", ("off",), 3),
        ("answers", ("audience", "granted"), 15),
        ("answers", ("audience", "denied"), 5),
        ("service_pages", ("ga4", "held"), 4),
        ("service_calls", ("ga4", "passed"), 2),
        ("service_cookies", ("ga4", "would_hold"), 1),
        ("failures", ("page is unreadable",), 1),
    ):
        counters.add(family, *labels, by=count)
    found = figures_of(SINCE, UNTIL, counters.snapshot().items())
    assert found == Figures(
        SINCE,
        UNTIL,
        requests={"enforce": 7, "off": 3},
        purposes={"audience": Rate(15, 5)},
        services={"ga4": ServiceFigures(released=2, held=4, would_hold=1)},
        failures={"page is unreadable": 1},
    )
    assert (found.served, found.purposes["audience"].percent) == (10, 75.0)


def test_a_later_version_s_counts_are_passed_over() -> None:
    """Two versions may share a file while a deploy rolls."""
    assert figures_of(SINCE, UNTIL, [(("moods", ("good",)), 3)]) == Figures(SINCE, UNTIL)


@pytest.mark.parametrize(("rate", "percent"), [(Rate(9, 0), None), (Rate(10, 0), 100.0), (Rate(), None)])
def test_a_rate_of_few_answers_is_none(rate: Rate, percent: float | None) -> None:
    """It would speak of single readers."""
    assert rate.percent == percent
