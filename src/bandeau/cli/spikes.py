"""What jumped between two spans of hours, by how much was served: more readers alone are no spike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bandeau.web.figures import Figures

#: Something jumped when it is this many times what was to be expected, or this small a part of it …
TIMES = 3.0
#: … and the difference is more than chance and a handful of readers.
FEWEST = 30
#: A rate jumped by that many points, on that many answers on either side.
POINTS, ANSWERS = 10.0, 100


@dataclass(frozen=True, slots=True)
class Spike:
    """Something that jumped; ``expected`` is what was counted before, at today's number of requests."""

    what: str
    now: float
    expected: float

    @property
    def sentence(self) -> str:
        """What a person reads."""
        return f"{self.what}: {_number(self.now)}, where {_number(self.expected)} was to be expected"

    def record(self) -> dict[str, object]:
        """Return it for a machine."""
        return {**asdict(self), "sentence": self.sentence}


def spikes(now: Figures, before: Figures) -> list[Spike]:
    """Return what jumped. What was never counted before is no jump of an hour-old site."""
    if not before.served:
        return []
    return [*_requests(now, before), *_counts(now, before), *_rates(now, before)]


def _requests(now: Figures, before: Figures) -> Iterator[Spike]:
    if _jumped(now.served, before.served):
        yield Spike("requests", now.served, before.served)


def _counts(now: Figures, before: Figures) -> Iterator[Spike]:
    scale = now.served / before.served
    told = {**_flat(before), **_flat(now)}
    for what in told:
        count, expected = _flat(now).get(what, 0), _flat(before).get(what, 0) * scale
        if _jumped(count, expected):
            yield Spike(what, count, round(expected, 1))


def _rates(now: Figures, before: Figures) -> Iterator[Spike]:
    for purpose, rate in now.purposes.items():
        earlier = before.purposes.get(purpose)
        if earlier is None or min(rate.answers, earlier.answers) < ANSWERS:
            continue
        if abs((rate.percent or 0) - (earlier.percent or 0)) >= POINTS:
            yield Spike(f"{purpose}, percent that allow", rate.percent or 0, earlier.percent or 0)


def _flat(figures: Figures) -> dict[str, float]:
    """Return what is compared one by one."""
    flat: dict[str, float] = {f"failure, {what}": n for what, n in figures.failures.items()}
    flat |= {f"reports of browsers, {kind}": n for kind, n in figures.reports.items()}
    flat |= {f"pages, {how}": n for how, n in figures.pages.items()}
    flat["choices"] = sum(figures.choices.values())
    for service, row in figures.services.items():
        name = "undeclared" if service == "?" else service
        flat |= {f"{name}, released": row.released, f"{name}, held": row.held}
    return flat


def _jumped(now: float, expected: float) -> bool:
    if abs(now - expected) < FEWEST:
        return False
    return now >= TIMES * expected or now * TIMES <= expected


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"
