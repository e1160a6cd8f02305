"""Memory: whether the site remembers a choice, lets it end, and always offers a way back to it."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.cookies import CHOICE_NAMES
from bandeau.audit.observation import CookieSet, Request
from bandeau.audit.recording import (
    AFTER_CHOICE,
    ARRIVED,
    BACK,
    BEFORE_CHOICE,
    CHOICE,
    LATER,
    LEFT,
    WITHDRAWN,
    ChoiceMade,
    Step,
)
from bandeau.audit.scenarios import Kind, scenario
from bandeau.core.decision import to_ask

# At these steps the page is the one on which the choice was made, in the middle of it, or gone.
_REFUSALS = ("refuse", "withdraw")
#: Written, and written before; 303 where a form was sent without scripts.
_TAKEN = (200, 201, 303)
_NOT_A_NEW_PAGE = frozenset({ARRIVED, BEFORE_CHOICE, CHOICE, AFTER_CHOICE, WITHDRAWN, BACK, LEFT})


def judge_memory(view: View) -> Iterator[Breach]:
    """Yield the breaches in what the pages after a choice showed."""
    yield from _answered_in_vain(view)
    if scenario(view.visit.scenario).kind in (Kind.GUARD_BLOCKED, Kind.NO_JS):
        # There the notice and its entry are other ones; what is loaded and stored is judged all the same.
        return
    for step in view.visit.steps:
        if step.status is not None and step.status >= 400:
            continue
        if step.name == LATER:
            yield from _ended(view, step)
        elif step.name not in _NOT_A_NEW_PAGE:
            yield from _remembered(view, step)
            yield from _entry(view, step)


def _answered_in_vain(view: View) -> Iterator[Breach]:
    """A choice that Bandeau's address took, without an answer that the browser could keep."""
    visit = view.visit
    where = f"{view.policy.enforce.prefix}/choices"
    for choice in visit.choices if visit.panel is not None and visit.panel.manager == "bandeau" else ():
        posts = [
            fact
            for fact in visit.observations
            if isinstance(fact, Request)
            and (fact.method, fact.step) == ("POST", choice.step)
            and fact.url.partition("?")[0].endswith(where)
            and fact.status in _TAKEN
        ]
        kept = any(
            isinstance(fact, CookieSet)
            and fact.name in CHOICE_NAMES
            and fact.stored
            and fact.step == choice.step
            for fact in visit.observations
        )
        if posts and not kept and not choice.confirmed:
            evidence = view.evidence(posts[0], f"{posts[0].url} answers {posts[0].status} and sets no cookie")
            code = "BND550" if choice.action in _REFUSALS else "BND551"
            yield Breach(code, evidence, choice.action, f"{where} answers and sets no cookie")


def _remembered(view: View, step: Step) -> Iterator[Breach]:
    made = _made_before(view, step)
    if made is None:
        return
    refused = made.action in _REFUSALS
    if step.panel_shown and not _asks_rightly(view, step):
        evidence = view.evidence_at(step.name, step.at_ms, f"the notice asks again on {step.url}")
        yield Breach(
            "BND550" if refused else "BND551", evidence, made.action, f"the notice asks again on {step.url}"
        )
    elif step.covered and refused:
        evidence = view.evidence_at(step.name, step.at_ms, f"something covers {step.url}")
        yield Breach("BND555", evidence, "covered", step.url)


def _made_before(view: View, step: Step) -> ChoiceMade | None:
    """Return the last choice that a step comes after, if it took."""
    names = view.timeline.names
    made = [
        choice
        for choice in view.visit.choices
        if choice.step in names and names.index(choice.step) < names.index(step.name)
    ]
    return made[-1] if made and made[-1].confirmed else None


def _asks_rightly(view: View, step: Step) -> bool:
    """Tell whether the policy itself has something left to ask."""
    moment = view.timeline.moments()[view.timeline.names.index(step.name)]
    return bool(to_ask(view.policy, moment.known, moment.today))


def _ended(view: View, step: Step) -> Iterator[Breach]:
    if step.panel_shown is False and any(choice.confirmed for choice in view.visit.choices):
        evidence = view.evidence_at(step.name, step.at_ms, f"the notice does not ask on {step.url}")
        yield Breach("BND552", evidence, "ended", f"{view.policy.remember_days} days and more later")


def _entry(view: View, step: Step) -> Iterator[Breach]:
    """Every page has an entry to the choices, whether or not the notice still stands on it."""
    if step.entry is None and not step.panel_shown:
        evidence = view.evidence_at(step.name, step.at_ms, step.url)
        yield Breach("BND545", evidence, step.url, step.url)
