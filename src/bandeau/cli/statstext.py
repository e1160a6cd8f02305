"""The figures of ``bandeau stats`` for a person and for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from bandeau.cli.spikes import Spike
from bandeau.core.policy import Policy
from bandeau.web.figures import FEWEST_ANSWERS, Figures, Rate, ServiceFigures

_NAMES = {
    "requests": "Requests, by mode",
    "pages": "Pages",
    "choices": "Choices",
    "reports": "Reports of browsers",
    "decisions": "Questions of other back ends, by status",
}


def record(policy: Policy, now: Figures, before: Figures | None, jumped: list[Spike]) -> dict[str, object]:
    """Return what JSON says."""
    found: dict[str, object] = {
        "site": policy.site.id,
        "environment": policy.site.environment,
        **_record(now),
    }
    if before is not None:
        found |= {"before": _record(before), "spikes": [spike.record() for spike in jumped]}
    return found


def text(policy: Policy, now: Figures, before: Figures | None, jumped: list[Spike]) -> str:
    """Return what a person reads."""
    span = f"{now.since:%Y-%m-%d %H:%M} to {now.until:%Y-%m-%d %H:%M} UTC"
    parts = [f"{policy.site.name} ({policy.site.environment}), {span}"]
    parts.append(_table("Readers who allow, by purpose", _purposes(policy, now, before)))
    parts += [_table(title, _plain(name, now, before)) for name, title in _NAMES.items()]
    parts.append(_table("Services: released, held, would be held", _services(now)))
    parts.append(_table("Failures", _plain("failures", now, before)) or "No failures.")
    if before is not None:
        lines = "\n".join(f"  {spike.sentence}" for spike in jumped)
        parts.append(f"Jumped:\n{lines}" if lines else "Nothing jumped.")
    return "\n\n".join(part for part in parts if part)


def _record(figures: Figures) -> dict[str, object]:
    return {
        "since": figures.since.isoformat(),
        "until": figures.until.isoformat(),
        "served": figures.served,
        **{name: getattr(figures, name) for name in (*_NAMES, "failures")},
        "purposes": {
            name: {"percent": rate.percent, "answers": rate.answers if rate.percent is not None else None}
            for name, rate in figures.purposes.items()
        },
        "services": {name: asdict(row) for name, row in figures.services.items()},
    }


def _purposes(policy: Policy, now: Figures, before: Figures | None) -> Iterator[tuple[str, str]]:
    for purpose in policy.switches():
        rate = now.purposes.get(purpose.id)
        if rate is not None:
            earlier = before.purposes.get(purpose.id) if before is not None else None
            was = f", before {_percent(earlier)}" if earlier is not None else ""
            yield purpose.id, _percent(rate) + was


def _percent(rate: Rate) -> str:
    if rate.percent is None:
        return f"fewer than {FEWEST_ANSWERS} answers"
    return f"{rate.percent} % of {rate.answers:,}"


def _plain(name: str, now: Figures, before: Figures | None) -> Iterator[tuple[str, str]]:
    counts: dict[str, int] = getattr(now, name)
    earlier: dict[str, int] = getattr(before, name) if before is not None else {}
    for what in sorted({*counts, *earlier}):
        was = f", before {earlier.get(what, 0):,}" if before is not None else ""
        yield what, f"{counts.get(what, 0):,}{was}"


def _services(now: Figures) -> Iterator[tuple[str, str]]:
    for service in sorted(now.services):
        row: ServiceFigures = now.services[service]
        name = "undeclared" if service == "?" else service
        yield name, f"{row.released:>9,} {row.held:>9,} {row.would_hold:>9,}"


def _table(title: str, rows: Iterator[tuple[str, str]]) -> str:
    lines = list(rows)
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in lines)]) if lines else ""
