"""The server's side: records and profiles, compared with what the browser did."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.judgement import Kind
from bandeau.audit.judge.timeline import Phase
from bandeau.audit.observation import ServerFact
from bandeau.core.policy import Purpose

_REAL = ("click", "key", "form")


def judge_server(view: View) -> Iterator[Breach]:
    """Yield the breaches in what the site's own server did; nothing where its side was not at hand.

    A fact without members says that it was at hand, and had nothing to tell.
    """
    facts = [fact for fact in view.visit.observations if isinstance(fact, ServerFact)]
    for fact in facts:
        if fact.kind == "profile":
            yield from _profile(view, fact)
    if facts:
        yield from _records(view, [fact for fact in facts if fact.kind == "record" and fact.facts])


def _profile(view: View, fact: ServerFact) -> Iterator[Breach]:
    for purpose in _profiling(view, fact):
        phase = view.timeline.phase(view.moment(fact), purpose)
        if phase is not Phase.ALLOWED:
            code = "BND561" if phase in (Phase.WITHDRAWN, Phase.ENDED) else "BND560"
            what = ", ".join(f"{key} {value}" for key, value in sorted(fact.facts.items()))
            yield Breach(
                code, view.evidence(fact, what), purpose.id, purpose.id, Kind.PURPOSE, purpose.id, purpose.id
            )


def _profiling(view: View, fact: ServerFact) -> list[Purpose]:
    """Return the purposes that a profile serves; one that names none serves all that create profiles."""
    named = fact.facts.get("purpose", "")
    wanted = [purpose for purpose in view.policy.purposes if purpose.profiles]
    return [purpose for purpose in view.policy.purposes if purpose.id == named] or wanted


def _records(view: View, records: list[ServerFact]) -> Iterator[Breach]:
    pressed = [choice for choice in view.visit.choices if choice.how in _REAL]
    for choice in (each for each in pressed if each.confirmed):
        matching = [fact for fact in records if _same(fact.facts.get("action", ""), choice.action)]
        step = choice.step
        if not matching:
            evidence = view.evidence_at(step, 0, f"{choice.action}, made by {choice.how}")
            yield Breach("BND562", evidence, choice.action, choice.action)
        for fact in matching:
            said = frozenset(filter(None, fact.facts.get("granted", "").split(",")))
            if "granted" in fact.facts and said != _granted(view, choice.action, choice.granted):
                what = f"recorded as allowed: {', '.join(sorted(said)) or 'nothing'}"
                yield Breach("BND563", view.evidence(fact, what), choice.action, choice.action)
    # A choice that the browser did not keep was made all the same: its record has a cause.
    actions = {choice.action for choice in pressed}
    for fact in records:
        action = fact.facts.get("action", "")
        if not any(_same(action, each) for each in actions) and not any(
            choice.how == "cookie" for choice in view.visit.choices
        ):
            yield Breach("BND564", view.evidence(fact, f"a record of {action}"), action, action)


def _same(recorded: str, made: str) -> bool:
    """Tell whether a record is of an action: withdrawing everything is pressing what refuses it."""
    return recorded == made or {recorded, made} == {"refuse", "withdraw"}


def _granted(view: View, action: str, granted: tuple[str, ...]) -> frozenset[str]:
    switches = frozenset(purpose.id for purpose in view.policy.switches())
    if action == "accept":
        return switches
    return switches & frozenset(granted) if action == "save" else frozenset()
