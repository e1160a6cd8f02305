"""Inventory and coverage: what was declared, what was seen, and what the sample was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from bandeau.audit.judge.attribute import Bond, host_of
from bandeau.audit.judge.breach import View
from bandeau.audit.judge.cookies import Cookie, declared, is_deposit, is_first_party, is_own, left_over
from bandeau.audit.judge.judgement import (
    Coverage,
    Inventory,
    Seen,
    SeenHost,
    SeenService,
    SeenTracker,
)
from bandeau.audit.judge.stored import declared_item, is_tracker
from bandeau.audit.judge.traffic import went_out
from bandeau.audit.observation import CookieHeld, CookieSet, Request, Socket, StorageItem
from bandeau.audit.recording import Recording
from bandeau.core.policy import Policy, Tracker
from bandeau.enforcement.hosts import Whose


@dataclass
class _Sight:
    """What was seen of one tracker."""

    longest: int | None = None
    scenarios: set[str] = field(default_factory=set)
    set_by: set[str] = field(default_factory=set)


def take_inventory(views: Sequence[View], policy: Policy, order: Sequence[str]) -> Inventory:
    """Return what was declared and what was seen."""
    stock = _Stock(policy, order)
    for view in views:
        stock.take(view)
    return stock.result()


class _Stock:
    def __init__(self, policy: Policy, order: Sequence[str]) -> None:
        self.policy = policy
        self.order = order
        self.calls: dict[str, dict[str, int]] = {}
        self.hosts: dict[str, set[str]] = {}
        self.foreign: dict[tuple[str, str], dict[str, int]] = {}
        self.declared: dict[tuple[str, str, str], _Sight] = {}
        self.unnamed: dict[tuple[str, str, str], _Sight] = {}
        self.remnants: dict[tuple[str, str, str], _Sight] = {}
        self.workers: set[str] = set()

    def take(self, view: View) -> None:
        for fact in view.visit.observations:
            if isinstance(fact, Request | Socket) and went_out(fact):
                self._call(view, fact)
            elif isinstance(fact, CookieHeld) or (isinstance(fact, CookieSet) and is_deposit(fact)):
                self._cookie(view, fact)
            elif isinstance(fact, StorageItem):
                self._item(view, fact)
        for cookie in left_over(view):
            if not is_first_party(view, cookie):
                _note(self.remnants, (cookie.name, "cookie", cookie.domain.lstrip(".")), view, cookie)

    def _call(self, view: View, fact: Request | Socket) -> None:
        owner, name = view.attributor.request(fact), view.visit.scenario
        if owner.bond is Bond.SERVICE and owner.service is not None:
            counts = self.calls.setdefault(owner.service.id, {})
            counts[name] = counts.get(name, 0) + 1
            self.hosts.setdefault(owner.service.id, set()).add(owner.host)
        elif owner.bond in (Bond.UNDECLARED, Bond.DELEGATED, Bond.DOUBT):
            to = owner.service.id if owner.service and owner.bond is Bond.DELEGATED else ""
            counts = self.foreign.setdefault((owner.host, to), {})
            counts[name] = counts.get(name, 0) + 1

    def _cookie(self, view: View, fact: Cookie) -> None:
        if is_own(view, fact):
            return
        found = declared(view, fact)
        domain = "" if is_first_party(view, fact) else fact.domain.lstrip(".")
        if found is None:
            _note(self.unnamed, (fact.name, "cookie", domain), view, fact)
        for service in found.services if found else ():
            _note(self.declared, (service.id, "cookie", found.tracker.name if found else ""), view, fact)

    def _item(self, view: View, fact: StorageItem) -> None:
        if not is_tracker(fact):
            if fact.kind == "serviceworker":
                self.workers.add(fact.key)
            return
        match = view.attributor.match(f"{fact.origin}/")
        services, tracker = declared_item(view, fact) if match.kind is Whose.FIRST else ((), None)
        if tracker is None:
            domain = "" if match.kind is Whose.FIRST else host_of(fact.origin)
            _note(self.unnamed, (fact.key, fact.declared_kind, domain), view, fact)
        for service in services if tracker else ():
            _note(
                self.declared, (service.id, fact.declared_kind, tracker.name if tracker else ""), view, fact
            )

    def result(self) -> Inventory:
        hosts = sorted(self.foreign)
        return Inventory(
            services=tuple(self._service(index) for index in range(len(self.policy.services))),
            undeclared=tuple(self._host(*each) for each in hosts if not each[1]),
            delegated=tuple(self._host(*each) for each in hosts if each[1]),
            trackers=self._rows(self.unnamed),
            remnants=self._rows(self.remnants),
            workers=tuple(sorted(self.workers)),
        )

    def _service(self, index: int) -> SeenService:
        service = self.policy.services[index]
        return SeenService(
            id=service.id,
            purpose=service.purpose,
            basis=str(service.basis),
            calls=self._counts(self.calls.get(service.id, {})),
            hosts=tuple(sorted(self.hosts.get(service.id, ()))),
            trackers=tuple(self._tracker(service.id, tracker) for tracker in service.trackers),
        )

    def _tracker(self, service_id: str, tracker: Tracker) -> SeenTracker:
        sight = self.declared.get((service_id, tracker.kind, tracker.name))
        return SeenTracker(
            name=tracker.name,
            kind=tracker.kind,
            domain=tracker.domain or "",
            declared=True,
            seen=sight is not None,
            declared_seconds=tracker.max_age_seconds,
            longest_seconds=sight.longest if sight else None,
            scenarios=self._sorted(sight.scenarios) if sight else (),
            set_by=tuple(sorted(sight.set_by)) if sight else (),
        )

    def _rows(self, sights: dict[tuple[str, str, str], _Sight]) -> tuple[SeenTracker, ...]:
        return tuple(
            SeenTracker(
                name=name,
                kind=kind,
                domain=domain,
                declared=False,
                seen=True,
                longest_seconds=sight.longest,
                scenarios=self._sorted(sight.scenarios),
                set_by=tuple(sorted(sight.set_by)),
            )
            for (name, kind, domain), sight in sorted(sights.items())
        )

    def _host(self, host: str, to: str) -> SeenHost:
        counts = self.foreign[host, to]
        return SeenHost(host=host, to=to, scenarios=self._sorted(counts), calls=sum(counts.values()))

    def _counts(self, counts: dict[str, int]) -> dict[str, int]:
        return {name: counts[name] for name in self.order if name in counts}

    def _sorted(self, scenarios: Iterable[str]) -> tuple[str, ...]:
        known = set(scenarios)
        return tuple(name for name in self.order if name in known)


def _note(
    sights: dict[tuple[str, str, str], _Sight],
    key: tuple[str, str, str],
    view: View,
    fact: Cookie | StorageItem,
) -> None:
    sight = sights.setdefault(key, _Sight())
    sight.scenarios.add(view.visit.scenario)
    if isinstance(fact, CookieSet):
        sight.longest = max(filter(None, (sight.longest, fact.max_age_seconds)), default=None)
        setter = host_of(fact.setter.partition(":")[2])
        if setter:
            sight.set_by.add(setter)


def cover(recording: Recording, order: Sequence[str]) -> Coverage:
    """Return what the sample was."""
    requests = [fact for visit in recording.visits for fact in visit.seen(Request)]
    known = [fact for fact in requests if isinstance(fact, Request)]
    whole = recording.completeness
    return Coverage(
        pages=recording.pages or tuple(dict.fromkeys(visit.url for visit in recording.visits)),
        pages_known=recording.pages_known,
        visits=len(recording.visits),
        requests=len(known),
        blocked=sum(bool(fact.blocked_by) for fact in known),
        stopped=sum(fact.stopped for fact in known),
        netlog=whole.netlog,
        events=whole.events,
        ratio=whole.ratio,
        missed=whole.missed,
        canary=msgspec.to_builtins(msgspec.structs.asdict(recording.canary)),
        scenarios=tuple(_seen(recording, name) for name in order),
    )


def _seen(recording: Recording, name: str) -> Seen:
    visits = [visit for visit in recording.visits if visit.scenario == name]
    pages = {step.url for visit in visits for step in visit.steps if step.url}
    return Seen(
        scenario=name,
        visits=len(visits),
        pages=len(pages or {visit.url for visit in visits}),
        outcomes=tuple(sorted({visit.outcome for visit in visits})),
        how=tuple(sorted({choice.how for visit in visits for choice in visit.choices})),
    )
