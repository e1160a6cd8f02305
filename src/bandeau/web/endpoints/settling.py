"""What a post changes: the reader's choice applied to what was known before, as pure values."""

from __future__ import annotations

from dataclasses import replace

from bandeau.core.consent import Action, Choice, Consent, apply_choice
from bandeau.core.decision import Reason
from bandeau.core.policy import Basis, Service
from bandeau.enforcement.visit import Visit
from bandeau.web.endpoints.choicepost import Post


def standing_choice(visit: Visit) -> Consent | None:
    """Return the choice that a new one is added to; an expired one must not live on in it."""
    known = visit.known
    if not isinstance(known, Consent) or known.day > visit.today + 1:
        return None
    return known if visit.today - known.day <= visit.policy.remember_days else None


def settle(visit: Visit, before: Consent | None, post: Post, *, by_form: bool) -> Consent:
    choice, followers = _with_followers(visit, post, by_form=by_form)
    after = apply_choice(visit.policy, before, choice, visit.today)
    after = replace(
        after,
        service_answered=after.service_answered & ~followers,
        service_granted=after.service_granted & ~followers,
    )
    if before is None or choice.sweeps:
        return after
    # A *yes* that this page did not show is not given anew: its term goes on from its own day.
    answered = sum(1 << p.bit for p in visit.policy.switches() if p.id in choice.shown)
    if after.granted & ~answered:
        return replace(after, day=min(before.day, visit.today))
    return after


def _with_followers(visit: Visit, post: Post, *, by_form: bool) -> tuple[Choice, int]:
    """Return the choice without switches of services that only repeat their purpose's, as bits.

    Without script a service's switch cannot follow that of its purpose. Who turns a purpose off
    and leaves its service's switch as it stood has refused both.
    """
    choice = post.choice()
    if choice.action is not Action.SAVE:
        return choice, 0
    followers = {
        service.id: service.bit
        for service in visit.policy.services
        if service.bit is not None and _follows(visit, choice, service, by_form=by_form)
    }
    shown = choice.shown_services - followers.keys()
    return replace(choice, shown_services=shown), sum(1 << bit for bit in followers.values())


def _follows(visit: Visit, choice: Choice, service: Service, *, by_form: bool) -> bool:
    if service.id not in choice.shown_services or service.purpose not in choice.shown:
        return False
    if service.basis is not Basis.CONSENT:
        return False
    own, purpose = choice.services.get(service.id, False), choice.purposes.get(service.purpose, False)
    untouched = own == visit.decide(service.id).allowed
    turned = purpose != visit.decide(service.purpose).allowed
    return own == purpose or (by_form and untouched and turned)


def left_to_signal(visit: Visit, after: Consent, choice: Choice) -> bool:
    """Tell whether the browser's signal refused something and the reader has left it so.

    Who presses a button that refuses everything has refused, whatever the browser said before.
    """
    if choice.sweeps:
        return False
    signalled = [p for p in visit.policy.switches() if visit.decide(p.id).reason is Reason.SIGNAL]
    return any(not after.granted >> purpose.bit & 1 for purpose in signalled)


def without_gains(before: Consent | None, after: Consent) -> Consent | None:
    """Return what stands when a choice could not be recorded; ``None`` when that changes nothing."""
    given = before if before is not None else Consent(after.revision, after.day)
    less = Consent(
        revision=given.revision,
        day=given.day,
        answered=given.answered | (after.answered & ~after.granted),
        granted=given.granted & after.granted,
        service_answered=given.service_answered | (after.service_answered & ~after.service_granted),
        service_granted=given.service_granted & after.service_granted,
    )
    return None if less == given else less
