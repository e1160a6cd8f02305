"""Stored items: Web Storage, databases and caches that nobody allowed, or that nobody declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bandeau.audit.judge.attribute import Bond, host_of
from bandeau.audit.judge.breach import Breach, View, of_service
from bandeau.audit.judge.cookies import blamed
from bandeau.audit.judge.judgement import Evidence
from bandeau.audit.judge.remedies import declare_tracker
from bandeau.audit.judge.timeline import Phase
from bandeau.audit.observation import Request, StorageItem
from bandeau.core.policy import Service, Tracker
from bandeau.enforcement.hosts import Whose

#: What Bandeau itself keeps for one reload, and removes there.
_OWN = ("session", "bd")
_IN_CACHE = re.compile(r"[/ ]https?://")
_CODES = {
    Phase.BEFORE: "BND508",
    Phase.REFUSED: "BND509",
    Phase.WITHDRAWN: "BND510",
    Phase.ENDED: "BND510",
    Phase.SIGNAL: "BND514",
}


def is_tracker(item: StorageItem) -> bool:
    """Tell whether an item is one that can be declared: a service worker is code, and judged by its calls."""
    return item.kind != "serviceworker" and (item.kind, item.key) != _OWN


def name_of(item: StorageItem) -> str:
    """Return the name under which an item is declared: a database's or cache's, without what is in it.

    >>> name_of(StorageItem(step="", at_ms=0, origin="", kind="cache", key="v1/https://a.example/x"))
    'v1'
    """
    if item.kind == "cache":
        return _IN_CACHE.split(item.key)[0]
    return item.key.partition("/")[0] if item.kind == "indexeddb" else item.key


def declared_item(view: View, item: StorageItem) -> tuple[tuple[Service, ...], Tracker | None]:
    """Return who declares an item of the site, and as what; the most specific name stands."""
    name = name_of(item)
    best: dict[tuple[bool, int], list[tuple[Service, Tracker]]] = {}
    for service in view.policy.services:
        for tracker in service.trackers:
            if tracker.kind == item.declared_kind and tracker.matches(name):
                weight = (not tracker.name.endswith("*"), len(tracker.name))
                best.setdefault(weight, []).append((service, tracker))
    if not best:
        return (), None
    found = best[max(best)]
    return tuple(service for service, _ in found), found[0][1]


def judge_storage(view: View) -> Iterator[Breach]:
    """Yield the breaches in what a visit stored besides cookies."""
    allowed: set[tuple[str, str, str, str]] = set()
    for fact in view.visit.observations:
        if isinstance(fact, StorageItem) and is_tracker(fact):
            key = fact.origin, fact.kind, fact.key, fact.partition
            # What an earlier permission left there was no breach when it came; a withdrawal is
            # answered for at the end, when clearing is over.
            if key not in allowed or (fact.step == view.last_page and not fact.removed):
                found = list(_item(view, fact, inherited=key in allowed))
                yield from found
                if not found:
                    allowed.add(key)


def _item(view: View, item: StorageItem, *, inherited: bool) -> Iterator[Breach]:
    match, moment = view.attributor.match(f"{item.origin}/"), view.moment(item)
    if match.kind is Whose.FIRST:
        services, tracker = declared_item(view, item)
    else:
        services, tracker = ((match.service,) if match.service else ()), None
    if any(view.timeline.allows(moment, service) for service in services):
        return
    if services:
        service = blamed(view, moment, services)
        phase = view.timeline.phase(moment, service)
        # A third party's storage can be cleared by nobody but itself.
        if inherited and (phase is not Phase.WITHDRAWN or match.kind is not Whose.FIRST):
            return
        name = tracker.name if tracker else item.key
        yield of_service(_CODES[phase], _evidence(view, item), service, object=name, thing=item.key)
    elif not inherited and not _is_delegated(view, item):
        yield _undeclared(view, item, foreign=match.kind is not Whose.FIRST)


def _undeclared(view: View, item: StorageItem, *, foreign: bool) -> Breach:
    name = name_of(item)
    domain = host_of(item.origin) if foreign else ""
    thing = f"{name}@{domain}" if domain else name
    patch = declare_tracker(name, item.declared_kind, None, domain=domain)
    return Breach("BND522", _evidence(view, item), f"{item.kind}:{thing}", thing, patch=patch)


def _is_delegated(view: View, item: StorageItem) -> bool:
    """Tell whether a third party's item lies in a frame that an allowed service may fill."""
    if view.attributor.match(f"{item.origin}/").kind is Whose.FIRST:
        return False
    host = host_of(item.origin)
    calls = [
        view.attributor.request(fact).bond
        for fact in view.visit.observations
        if isinstance(fact, Request) and host_of(fact.url) == host
    ]
    if calls:
        return Bond.DELEGATED in calls
    return view.attributor.any_delegate(view.moment(item)) is not None


def _evidence(view: View, item: StorageItem) -> Evidence:
    notes = [f"{item.value_length} bytes"] if item.value_length else []
    if item.partition:
        notes.append(f"partitioned under {item.partition}")
    if item.removed:
        notes.append("removed again")
    return view.evidence(item, f"{item.kind} {item.key} of {item.origin}", detail=", ".join(notes))
