"""Timeline: what the reader of a visit had decided at each of its steps, and what was allowed by that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bandeau.audit import recording
from bandeau.audit.observation import Observation
from bandeau.audit.recording import ChoiceMade, Visit
from bandeau.audit.scenarios import Kind, scenario
from bandeau.core.consent import Action, Choice, Known, apply_choice
from bandeau.core.decision import NO_SIGNALS, Reason, Signals, decide
from bandeau.core.policy import Policy, Purpose, Service

# The day does not matter: choices are made and asked on the same one.
_TODAY = 20_000
_OVER = frozenset({recording.WITHDRAWN, recording.WITHDRAWN_RELOADED, recording.BACK})
_SWEEPS = frozenset({Action.WITHDRAW, Action.REFUSE})


class Phase(StrEnum):
    """Whether something is allowed at a moment, and if not, what stands against it."""

    ALLOWED = "allowed"
    BEFORE = "before"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    #: It had been allowed, and the time of that is over.
    ENDED = "ended"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Moment:
    """What stood from the beginning of a step on."""

    step: str
    index: int
    known: Known
    today: int


class Timeline:
    """The moments of one visit.

    A choice counts from the beginning of the step in which it was made. One that was not confirmed
    takes nothing away: the site may never have heard of it, so nobody is accused of ignoring it.
    """

    def __init__(self, policy: Policy, visit: Visit) -> None:
        self._policy = policy
        self._visit = visit
        signal = scenario(visit.scenario).kind is Kind.GPC
        self._signals = Signals(gpc=True) if signal else NO_SIGNALS
        self.names = tuple(step.name for step in visit.steps)
        self._moments = self._unfold()
        self._phases: dict[tuple[int, str], Phase] = {}

    @property
    def last(self) -> Moment:
        """The moment at which the visit ended."""
        return self._moments[-1]

    def moments(self) -> tuple[Moment, ...]:
        """Return all moments in their order."""
        return tuple(self._moments)

    def at(self, fact: Observation) -> Moment:
        """Return the moment of an observation: that of its step, or of its time where that has no name."""
        if fact.step in self.names:
            return self._moments[self.names.index(fact.step)]
        before = [index for index, step in enumerate(self._visit.steps) if step.at_ms <= fact.at_ms]
        return self._moments[before[-1] if before else 0]

    def phase(self, moment: Moment, subject: Service | Purpose) -> Phase:
        """Tell whether a service or purpose is allowed at a moment, or why it is not."""
        kind = "s" if isinstance(subject, Service) else "p"
        key = (moment.index, f"{kind}:{subject.id}")
        if key not in self._phases:
            self._phases[key] = self._phase(moment, subject)
        return self._phases[key]

    def allows(self, moment: Moment, subject: Service | Purpose) -> bool:
        """Tell whether a service or purpose is allowed at a moment."""
        return self.phase(moment, subject) is Phase.ALLOWED

    def grants(self, moment: Moment, service: Service) -> bool:
        """Tell whether a service is allowed because the reader said yes.

        A reader's yes covers what the service brings along; an exemption covers what it was given for.
        """
        return self._reason(moment, service) is Reason.GRANTED

    def _phase(self, moment: Moment, subject: Service | Purpose) -> Phase:
        decision = decide(self._policy, moment.known, subject, moment.today, self._signals)
        if decision.allowed:
            return Phase.ALLOWED
        if decision.reason is Reason.SIGNAL:
            return Phase.SIGNAL
        refused = decision.reason in (Reason.DENIED, Reason.OBJECTED)
        if any(self._reason(each, subject) is Reason.GRANTED for each in self._moments[: moment.index]):
            return Phase.WITHDRAWN if refused else Phase.ENDED
        return Phase.REFUSED if refused else Phase.BEFORE

    def _reason(self, moment: Moment, subject: Service | Purpose) -> Reason:
        return decide(self._policy, moment.known, subject, moment.today, self._signals).reason

    def _unfold(self) -> list[Moment]:
        """Return the moments; a visit without steps has one, at which nothing was chosen."""
        known: Known = None
        today, moments = _TODAY, []
        for index, name in enumerate(self.names or ("",)):
            for choice in self._visit.choices:
                if choice.step == name:
                    known = self._after(known, choice)
            if name == recording.LATER:
                today = _TODAY + self._policy.remember_days + 2
            moments.append(Moment(name, index, known, today))
        return moments

    def _after(self, known: Known, choice: ChoiceMade) -> Known:
        action = Action(choice.action)
        if not choice.confirmed and action in _SWEEPS:
            return known
        shown = frozenset(purpose.id for purpose in self._policy.switches())
        # The switches of single services follow their purpose: none was touched by itself.
        granted = dict.fromkeys(choice.granted, True)
        made = Choice(action, self._policy.revision, shown, frozenset(), granted)
        return apply_choice(self._policy, known, made, _TODAY)

    def unheard(self) -> bool:
        """Tell whether a step speaks of a withdrawal that nobody confirmed."""
        heard = any(c.confirmed and Action(c.action) in _SWEEPS for c in self._visit.choices)
        return not heard and bool(_OVER.intersection(self.names))
