"""Visit: what one request may do, by the reader's choice; every wall asks it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from bandeau.core.consent import Known
from bandeau.core.decision import EU, NO_SIGNALS, Decision, Regime, Signals, decide
from bandeau.core.policy import Mode, Policy, Purpose, Service
from bandeau.policyfile.suggest import nearest

# Repeats pure answers only, so threads may race on it; emptied when full.
_MASKS: dict[tuple[int, Known, int, Signals, Regime], tuple[Policy, int]] = {}
_MOST_MASKS = 4_096


class Visit:
    """One request of one reader, at one moment, under one policy.

    ``asked`` becomes true when the application asked for a decision: its response then depends
    on the reader and is kept out of shared caches, as reading a session does in Django.
    ``when_asked`` is called at that moment, for caches that the application itself keeps. Nobody
    has seen a page that is ``prefetched``, and may never see it.
    """

    def __init__(
        self,
        policy: Policy,
        known: Known,
        today: int,
        *,
        signals: Signals = NO_SIGNALS,
        regime: Regime = EU,
        mode: Mode = Mode.ENFORCE,
        subject_id: str | None = None,
        cookies: tuple[tuple[str, str], ...] = (),
        prefetched: bool = False,
    ) -> None:
        self.policy = policy
        self.known = known
        self.today = today
        self.signals = signals
        self.regime = regime
        self.mode = mode
        self.subject_id = subject_id
        self.cookies = cookies
        self.prefetched = prefetched
        self.asked = False
        self.when_asked: Callable[[], object] | None = None

    def decide(self, subject_id: str) -> Decision:
        """Settle a purpose or service by its id, without a mark on the response.

        Raises:
            KeyError: nothing of that name is declared; the message lists what is.
        """
        return self._decide(self._subject(subject_id))

    def allows(self, subject_id: str) -> Decision:
        """Settle a purpose or service by its id, and make the response private; true when allowed.

        Raises:
            KeyError: nothing of that name is declared; the message lists what is.
        """
        subject = self._subject(subject_id)
        if not self.asked:
            self.asked = True
            if self.when_asked is not None:
                self.when_asked()
        return self._decide(subject)

    @cached_property
    def allowed_services(self) -> int:
        """The services allowed now, as bits: bit *i* is ``policy.services[i]``."""
        key = (id(self.policy), self.known, self.today, self.signals, self.regime)
        found = _MASKS.get(key)
        # The policy is kept with the answer, so an id that is used again is told apart.
        if found is None or found[0] is not self.policy:
            if len(_MASKS) >= _MOST_MASKS:
                _MASKS.clear()
            found = _MASKS[key] = (self.policy, self._count_allowed())
        return found[1]

    @property
    def choice_bits(self) -> str:
        """The allowed services as hexadecimal text: the stamp of what was made for this reader."""
        return f"{self.allowed_services:x}"

    def _count_allowed(self) -> int:
        return sum(1 << i for i, service in enumerate(self.policy.services) if self._decide(service).allowed)

    def _decide(self, subject: Purpose | Service) -> Decision:
        return decide(self.policy, self.known, subject, self.today, self.signals, self.regime)

    def _subject(self, subject_id: str) -> Purpose | Service:
        subject = self.policy.subject(subject_id)
        if subject is None:
            raise KeyError(unknown_subject(self.policy, subject_id))
        return subject


def unknown_subject(policy: Policy, subject_id: str) -> str:
    """Return what to say of a name that a policy does not declare."""
    declared = [purpose.id for purpose in policy.purposes] + [service.id for service in policy.services]
    close = nearest(subject_id, declared)
    guess = f"did you mean {close!r}? " if close else ""
    return f"no purpose or service {subject_id!r} is declared; {guess}declared: {', '.join(declared)}"


def steady_services(policy: Policy) -> int:
    """Return the services that run for everybody, whatever a reader says, as bits.

    They are what a response that is the same for everybody may hold: necessary and exempt
    services without a switch of their own.
    """
    return sum(1 << i for i, service in enumerate(policy.services) if is_steady(policy, service))


def is_steady(policy: Policy, service: Service) -> bool:
    """Tell whether a service is allowed for every reader at every time."""
    if service.bit is not None:
        return False
    unasked = Visit(policy, None, 0, signals=Signals(gpc=True))
    return unasked.decide(service.id).allowed
