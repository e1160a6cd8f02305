"""The decision: one function settles what is allowed, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bandeau.core.consent import Consent, Invalid, Known
from bandeau.core.policy import Basis, Policy, Purpose, Service


class Reason(StrEnum):
    """Why something is allowed or refused."""

    NECESSARY = "necessary"
    EXEMPT = "exempt"
    GRANTED = "granted"
    DENIED = "denied"
    OBJECTED = "objected"
    UNSET = "unset"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    SIGNAL = "signal"
    REGIME = "regime"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, and why."""

    allowed: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True)
class Signals:
    """What the browser says by itself; a signal can refuse and never allows (GPC-03)."""

    gpc: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """The rule that says what silence means where the reader is."""

    id: str
    silence_allows: bool = False


#: The strictest regime, and the one for a reader whose place is unknown.
EU = Regime("eu-fr")
NO_SIGNALS = Signals()

#: Reasons for which the first layer is shown: nothing valid was ever said.
ASKING = frozenset({Reason.UNSET, Reason.EXPIRED, Reason.OUTDATED, Reason.INVALID, Reason.SIGNAL})


def decide(
    policy: Policy,
    known: Known,
    subject: Purpose | Service,
    today: int,
    signals: Signals = NO_SIGNALS,
    regime: Regime = EU,
) -> Decision:
    """Settle whether a purpose or service is allowed.

    Args:
        known: the choice read from the cookie, ``None`` when there is none, ``INVALID`` when it
            cannot be trusted.
        today: days since 1970-01-01 UTC.
    """
    standing, problem = _standing(policy, known, today)
    if isinstance(subject, Service):
        return _decide_service(policy, standing, problem, subject, signals, regime)
    return _decide_purpose(policy, standing, problem, subject, signals, regime)


def to_ask(
    policy: Policy,
    known: Known,
    today: int,
    signals: Signals = NO_SIGNALS,
    regime: Regime = EU,
) -> tuple[Purpose, ...]:
    """Return the purposes that the first layer must ask about, in order.

    A choice made under a newer revision than this process knows is honoured and never asked
    again (cached page, rolling deploy).
    """
    if isinstance(known, Consent) and known.revision > policy.revision and not _is_over(policy, known, today):
        return ()
    return tuple(
        purpose
        for purpose in policy.switches()
        if policy.asks_consent(purpose)
        and decide(policy, known, purpose, today, signals, regime).reason in ASKING
    )


def _standing(policy: Policy, known: Known, today: int) -> tuple[Consent | None, Reason]:
    """Return the consent that counts today, and what its absence is called."""
    if known is None:
        return None, Reason.UNSET
    # One day of tolerance: server clocks differ around midnight.
    if isinstance(known, Invalid) or known.day > today + 1:
        return None, Reason.INVALID
    if _is_over(policy, known, today):
        return None, Reason.EXPIRED
    return known, Reason.UNSET


def _is_over(policy: Policy, consent: Consent, today: int) -> bool:
    return today - consent.day > policy.remember_days


def _decide_purpose(
    policy: Policy,
    standing: Consent | None,
    problem: Reason,
    purpose: Purpose,
    signals: Signals,
    regime: Regime,
) -> Decision:
    if purpose.necessary:
        return Decision(True, Reason.NECESSARY)
    bit = 1 << purpose.bit
    if standing is None or not standing.answered & bit:
        return _silence(problem, purpose, signals, regime)
    if not standing.granted & bit:
        return Decision(False, Reason.DENIED)
    if standing.revision < policy.yes_since(purpose):
        return Decision(False, Reason.OUTDATED)
    return Decision(True, Reason.GRANTED)


def _silence(problem: Reason, purpose: Purpose, signals: Signals, regime: Regime) -> Decision:
    if signals.gpc and purpose.gpc:
        return Decision(False, Reason.SIGNAL)
    # What cannot be trusted never allows, whatever silence means (threat 3).
    if regime.silence_allows and problem is not Reason.INVALID:
        return Decision(True, Reason.REGIME)
    return Decision(False, problem)


def _decide_service(
    policy: Policy,
    standing: Consent | None,
    problem: Reason,
    service: Service,
    signals: Signals,
    regime: Regime,
) -> Decision:
    purpose = policy.purpose(service.purpose)
    own = _own_answer(standing, service)
    if service.basis is Basis.CONSENT and not purpose.necessary:
        if own is None or standing is None:
            return _decide_purpose(policy, standing, problem, purpose, signals, regime)
        if not own:
            return Decision(False, Reason.DENIED)
        if standing.revision < policy.own_yes_since(service):
            return Decision(False, Reason.OUTDATED)
        return Decision(True, Reason.GRANTED)
    if own is False:
        return Decision(False, Reason.OBJECTED)
    if purpose.necessary:
        return Decision(True, Reason.NECESSARY)
    if service.basis is Basis.EXEMPT:
        return Decision(True, Reason.EXEMPT)
    return _decide_objection(own, purpose, signals)


def _decide_objection(own: bool | None, purpose: Purpose, signals: Signals) -> Decision:
    if own:
        return Decision(True, Reason.GRANTED)
    if signals.gpc and purpose.gpc:
        return Decision(False, Reason.SIGNAL)
    return Decision(True, Reason.UNSET)


def _own_answer(standing: Consent | None, service: Service) -> bool | None:
    if standing is None or service.bit is None or not standing.service_answered & 1 << service.bit:
        return None
    return bool(standing.service_granted & 1 << service.bit)
