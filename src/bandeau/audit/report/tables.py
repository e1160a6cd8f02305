"""The rows of inventory and coverage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bandeau.audit.judge.judgement import SeenHost, SeenTracker
from bandeau.audit.judge.remedies import lifetime
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import HOW, OUTCOMES, scenario_label, scenario_meaning, title_of
from bandeau.policyfile.duration import PERSISTENT_SECONDS


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A declared service, and where it was seen."""

    id: str
    purpose: str
    basis: str
    where: str
    hosts: str


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """A tracker: ``said`` is its declared life, ``life`` the longest that was seen."""

    name: str
    service: str
    kind: str
    domain: str
    said: str
    life: str
    where: str
    set_by: str


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host of nobody's, or one that was called by delegation."""

    host: str
    to: str
    calls: int
    where: str


@dataclass(frozen=True, slots=True)
class TriedRow:
    """A situation, as far as it was tried."""

    label: str
    meaning: str
    visits: int
    pages: int
    how: str
    outcomes: str


def service_rows(report: Report) -> tuple[ServiceRow, ...]:
    """Return the declared services, seen or not."""
    policy = report.loaded.policy
    return tuple(
        ServiceRow(
            id=service.id,
            purpose=title_of(policy, service.purpose),
            basis=service.basis,
            where=", ".join(
                f"{scenario_label(policy, name)} ({number})" for name, number in service.calls.items()
            ),
            hosts=", ".join(service.hosts),
        )
        for service in report.judgement.inventory.services
    )


def declared_rows(report: Report) -> tuple[TrackerRow, ...]:
    """Return the declared trackers, seen or not."""
    return tuple(
        _tracker(report, tracker, service.id)
        for service in report.judgement.inventory.services
        for tracker in service.trackers
    )


def tracker_rows(report: Report, trackers: Iterable[SeenTracker]) -> tuple[TrackerRow, ...]:
    """Return trackers of nobody's."""
    return tuple(_tracker(report, tracker, "") for tracker in trackers)


def host_rows(report: Report, hosts: Iterable[SeenHost]) -> tuple[HostRow, ...]:
    """Return hosts that no declared service names."""
    return tuple(HostRow(each.host, each.to, each.calls, _labels(report, each.scenarios)) for each in hosts)


def tried_rows(report: Report) -> tuple[TriedRow, ...]:
    """Return the situations, as far as they were tried."""
    return tuple(
        TriedRow(
            label=scenario_label(report.loaded.policy, each.scenario),
            meaning=scenario_meaning(each.scenario),
            visits=each.visits,
            pages=each.pages,
            how=", ".join(HOW.get(how, how) for how in each.how),
            outcomes=", ".join(OUTCOMES.get(found, found) for found in each.outcomes) or "not tried",
        )
        for each in report.judgement.coverage.scenarios
    )


def _tracker(report: Report, tracker: SeenTracker, service: str) -> TrackerRow:
    return TrackerRow(
        name=tracker.name,
        service=service,
        kind=tracker.kind,
        domain=tracker.domain,
        said=_life(tracker.kind, tracker.declared_seconds),
        life=_life(tracker.kind, tracker.longest_seconds)
        if tracker.seen and tracker.kind == "cookie"
        else "",
        where=_labels(report, tracker.scenarios),
        set_by=", ".join(tracker.set_by),
    )


def _life(kind: str, seconds: int | None) -> str:
    if kind == "session" or seconds is None:
        return "session"
    return "until it is removed" if seconds >= PERSISTENT_SECONDS else lifetime(seconds)


def _labels(report: Report, scenarios: Iterable[str]) -> str:
    return ", ".join(scenario_label(report.loaded.policy, name) for name in scenarios)
