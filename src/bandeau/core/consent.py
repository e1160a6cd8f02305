"""Consent: the choices of one reader, and how a new choice changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bandeau.core.policy import Basis, Policy


@dataclass(frozen=True, slots=True)
class Consent:
    """All choices of one reader under one revision of the policy.

    The four integers are sets of bits, by the permanent bits of purposes and of services that
    have a switch of their own. ``day`` counts days since 1970-01-01 UTC: nothing finer, so that
    the value is not unique to a person.
    """

    revision: int
    day: int
    answered: int = 0
    granted: int = 0
    service_answered: int = 0
    service_granted: int = 0


class Invalid:
    """A choice was sent but cannot be trusted: damaged, duplicate, forged or foreign."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "INVALID"


INVALID = Invalid()

#: What is known of the reader's choice; only a Consent can ever allow anything.
Known = Consent | Invalid | None


class Action(StrEnum):
    """What the reader pressed."""

    REFUSE = "refuse"
    ACCEPT = "accept"
    SAVE = "save"
    WITHDRAW = "withdraw"


class Event(StrEnum):
    """What a choice is, compared with the one before (W3C DPV consent statuses).

    ``expired`` is never written: it is what a record has become when its time is over.
    ``imported`` is a choice that another consent manager recorded.
    """

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"
    EXPIRED = "expired"
    BY_SIGNAL = "by-signal"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Choice:
    """One act of the reader: what the page showed and what was pressed.

    ``shown`` and ``shown_services`` name what the page offered; only that is answered.
    ``revision`` is the page's, which may be older than the server's (a cached page).
    """

    action: Action
    revision: int
    shown: frozenset[str]
    shown_services: frozenset[str] = frozenset()
    purposes: Mapping[str, bool] = field(default_factory=dict)
    services: Mapping[str, bool] = field(default_factory=dict)

    @property
    def sweeps(self) -> bool:
        """Whether it refuses everything."""
        return self.action in (Action.REFUSE, Action.WITHDRAW)


def apply_choice(policy: Policy, known: Known, choice: Choice, today: int) -> Consent:
    """Return what is known after a choice.

    What the page did not show keeps its earlier answer. ``withdraw`` and ``refuse`` answer every
    switch of the policy, shown or not: nobody refuses by halves. The revision is that of the
    older of page and server, so that a *yes* never covers what was not shown.
    """
    before = known if isinstance(known, Consent) else Consent(0, today)
    purposes = _answer_purposes(policy, choice)
    services, followed = _answer_services(policy, choice)
    granted = _overlay(before.granted, purposes)
    service_granted = _overlay(before.service_granted, services) & ~followed
    kept = before.granted & ~_mask(purposes) or before.service_granted & ~(_mask(services) | followed)
    revision = min(choice.revision, policy.revision)
    return Consent(
        revision=min(revision, before.revision) if kept and not choice.sweeps else revision,
        day=today,
        answered=before.answered | _mask(purposes),
        granted=0 if choice.sweeps else granted,
        service_answered=(before.service_answered | _mask(services)) & ~followed,
        service_granted=0 if choice.sweeps else service_granted,
    )


def _answer_purposes(policy: Policy, choice: Choice) -> dict[int, bool]:
    """Return the answer of each purpose that this choice answers, by bit."""
    answers = {}
    for purpose in policy.switches():
        if choice.sweeps or purpose.id in choice.shown:
            saved = choice.purposes.get(purpose.id, False)
            answers[purpose.bit] = saved if choice.action is Action.SAVE else choice.action is Action.ACCEPT
    return answers


def _answer_services(policy: Policy, choice: Choice) -> tuple[dict[int, bool], int]:
    """Return the answers of services with their own switch, and those that follow their purpose.

    A sweeping button removes what differs from the purpose; only what does not rest on consent
    needs a *no* of its own, because its purpose's switch does not stop it.
    """
    answers, followed = {}, 0
    for service in policy.services:
        if service.bit is None:
            continue
        if choice.action is Action.SAVE:
            if service.id in choice.shown_services:
                answers[service.bit] = choice.services.get(service.id, False)
        elif choice.sweeps or service.purpose in choice.shown:
            if service.basis is Basis.CONSENT:
                followed |= 1 << service.bit
            else:
                answers[service.bit] = choice.action is Action.ACCEPT
    return answers, followed


def _mask(answers: dict[int, bool]) -> int:
    return sum(1 << bit for bit in answers)


def _overlay(earlier: int, answers: dict[int, bool]) -> int:
    return earlier & ~_mask(answers) | sum(1 << bit for bit, yes in answers.items() if yes)


def event_of(known: Known, after: Consent, *, left_to_signal: bool = False) -> Event:
    """Say what a choice is, compared with what was known before it.

    Args:
        left_to_signal: a signal of the browser refused before, and the reader has left that as it was
            without pressing a button that refuses. A signal takes no *yes* away that the reader
            gave, so it never makes a withdrawal.
    """
    before = known if isinstance(known, Consent) else Consent(0, 0)
    if (before.granted & ~after.granted) or (before.service_granted & ~after.service_granted):
        return Event.WITHDRAWN
    if not after.granted and not after.service_granted:
        return Event.BY_SIGNAL if left_to_signal else Event.REFUSED
    if before.granted == after.granted and before.service_granted == after.service_granted:
        return Event.RENEWED
    return Event.GIVEN
