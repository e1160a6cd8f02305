"""Doubts: why something of an audit proves nothing. A doubt is never clean, and never an accusation."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.judgement import Evidence
from bandeau.audit.observation import Request
from bandeau.audit.recording import (
    RELOADED,
    SECOND_PAGE,
    WITHDRAWN_RELOADED,
    Recording,
)
from bandeau.audit.scenarios import Kind, scenario

_OUTCOMES = {
    "unreachable": "BND590",
    "refused-address": "BND590",
    "challenge": "BND591",
    "panel-not-found": "BND592",
    "choice-not-taken": "BND592",
    "timeout": "BND593",
    "hostile": "BND594",
    "crashed": "BND594",
}
_CANARIES = {
    "cross_site_cookie": "a cookie across sites",
    "unload_beacon": "a beacon sent on leaving",
    "transient_cookie": "a cookie that lived for 150 ms",
    "sandboxed_frame": "a call from a sandboxed frame",
}
#: The step that shows whether a scenario's choice outlives the page on which it was made.
_RELOADS = {
    Kind.REFUSE: RELOADED,
    Kind.ACCEPT: RELOADED,
    Kind.ONLY: RELOADED,
    Kind.ALL_BUT: RELOADED,
    Kind.WITHDRAW: WITHDRAWN_RELOADED,
}


def visit_doubts(view: View, *, several_pages: bool) -> Iterator[Breach]:
    """Yield why a visit proves nothing, or less than it should."""
    visit = view.visit
    if visit.outcome != "ok":
        thing = visit.reason or visit.outcome.replace("-", " ")
        yield _doubt(_OUTCOMES[visit.outcome], view, f"{visit.outcome}:{visit.url}", f"{visit.url}: {thing}")
        return
    unconfirmed = [choice.action for choice in visit.choices if not choice.confirmed]
    if unconfirmed or view.timeline.unheard():
        action = (unconfirmed or ["withdraw"])[0]
        yield _doubt("BND592", view, f"{action}:{visit.scenario}", f"nothing shows that “{action}” took")
    if not visit.completeness.whole:
        yield _doubt("BND595", view, visit.scenario, f"in {visit.scenario}")
    yield from _unplayed(view)
    yield from _restless(view)
    yield from _unfinished(view, several_pages=several_pages)


def _unplayed(view: View) -> Iterator[Breach]:
    """A scenario whose circumstance did not come about."""
    kind = scenario(view.visit.scenario).kind
    calls = [fact for fact in view.visit.observations if isinstance(fact, Request)]
    guards = [call for call in calls if view.attributor.is_guard(call.url)]
    if kind is Kind.GUARD_BLOCKED and any(not (c.blocked_by or c.stopped or c.error) for c in guards):
        yield _doubt("BND597", view, kind, f"{kind}: the guard was not kept away")
    pages = [
        call
        for call in calls
        if call.type == "document" and len(call.frame_chain) < 2 and call.source != "netlog"
    ]
    if kind is Kind.GPC and not any(page.gpc_sent for page in pages):
        yield _doubt("BND597", view, kind, f"{kind}: the browser did not send the signal")


def _restless(view: View) -> Iterator[Breach]:
    """A page that answered with an error, or that had not loaded when its time was over."""
    for step in view.visit.steps:
        if step.cut:
            thing = f"{step.url} had not loaded when its time was over"
            yield _doubt("BND593", view, f"cut:{step.url}", thing, step.name, step.at_ms)
        if step.status is not None and step.status >= 400:
            thing = f"{step.url} answers {step.status}"
            yield _doubt("BND590", view, f"{step.status}:{step.url}", thing, step.name, step.at_ms)


def _unfinished(view: View, *, several_pages: bool) -> Iterator[Breach]:
    """A scenario that lacks its reload, or the second page that the sample had for it."""
    names, wanted = set(view.timeline.names), _RELOADS.get(scenario(view.visit.scenario).kind)
    # A choice that an earlier visit's cookie carries stands from the first page on.
    by_hand = any(choice.how != "cookie" for choice in view.visit.choices)
    missing = ["no reload after the choice"] if by_hand and wanted and wanted not in names else []
    if several_pages and SECOND_PAGE not in names:
        missing.append("one page only")
    if missing:
        things = f"{view.visit.scenario}: {' and '.join(missing)}"
        yield _doubt("BND597", view, view.visit.scenario, things)


def _doubt(code: str, view: View, object: str, thing: str, step: str = "", at_ms: int = 0) -> Breach:
    return Breach(code, view.evidence_at(step, at_ms, thing), object, thing)


def recording_doubts(recording: Recording) -> Iterator[Breach]:
    """Yield what is doubtful of a recording as a whole.

    What nobody asked for is no doubt: the report says what the sample was.
    """
    yield from _canary(recording)
    tried = {visit.scenario for visit in recording.visits}
    asked = recording.options.get("scenarios")
    for name in asked if isinstance(asked, list) else ():
        if name not in tried:
            yield Breach("BND597", _nowhere(name, "not tried"), name, f"{name}: not tried")
    if not recording.visits:
        yield Breach("BND597", _nowhere("", "nothing was visited"), "nothing", "nothing was visited")


def _canary(recording: Recording) -> Iterator[Breach]:
    canary = recording.canary
    missed = [words for name, words in _CANARIES.items() if getattr(canary, name) is False]
    if not canary.sung:
        thing = ", ".join(missed) or "the browser was not tried"
        yield Breach("BND596", _nowhere("", thing), "canary", thing)


def _nowhere(scenario_name: str, what: str) -> Evidence:
    return Evidence(visit=0, scenario=scenario_name, step="", at_ms=0, page="", what=what)
