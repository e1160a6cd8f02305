"""Visit: what one request may do, by the reader's choice; every wall asks it."""

from __future__ import annotations

from functools import cached_property

from bandeau.core.consent import Known
from bandeau.core.decision import EU, NO_SIGNALS, Decision, Regime, Signals, decide
from bandeau.core.policy import Mode, Policy, Purpose, Service

# Repeats pure answers only, so threads may race on it; emptied when full.
_MASKS: dict[tuple[int, Known, int, Signals, Regime], tuple[Policy, int]] = {}
_MOST_MASKS = 4_096


class Visit:
    """One request of one reader, at one moment, under one policy.

    ``asked`` becomes true when the application asked for a decision: its response then depends
    on the reader and is kept out of shared caches, as reading a session does in Django.
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
    ) -> None:
        self.policy = policy
        self.known = known
        self.today = today
        self.signals = signals
        self.regime = regime
        self.mode = mode
        self.subject_id = subject_id
        self.cookies = cookies
        self.asked = False

    def decide(self, subject_id: str) -> Decision:
        """Settle a purpose or service by its id, without a mark on the response.

        Raises:
            KeyError: nothing of that name is declared; the message lists what is.
        """
        return self._decide(self._subject(subject_id))

    def allows(self, subject_id: str) -> bool:
        """Tell whether a purpose or service is allowed, and make the response private.

        Raises:
            KeyError: nothing of that name is declared; the message lists what is.
        """
        subject = self._subject(subject_id)
        self.asked = True
        return self._decide(subject).allowed

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
        for purpose in self.policy.purposes:
            if purpose.id == subject_id:
                return purpose
        for service in self.policy.services:
            if service.id == subject_id:
                return service
        declared = [purpose.id for purpose in self.policy.purposes] + [s.id for s in self.policy.services]
        raise KeyError(f"no purpose or service {subject_id!r} is declared; declared: {', '.join(declared)}")


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
