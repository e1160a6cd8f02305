"""Scenario: a set of choices to try on a site, and what the policy allows at each step of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bandeau.audit import recording
from bandeau.core.policy import Policy


class Kind(StrEnum):
    """What a scenario tries. The value is the word of ``--choices``."""

    NONE = "none"
    REFUSE = "refuse"
    ACCEPT = "accept"
    ONLY = "only"
    ALL_BUT = "all-but"
    GPC = "gpc"
    WITHDRAW = "withdraw"
    BFCACHE = "bfcache"
    NO_JS = "no-js"
    EXPIRED = "expired"
    GUARD_BLOCKED = "guard-blocked"


_OF_A_PURPOSE = (Kind.ONLY, Kind.ALL_BUT)
#: Words that stand for several scenarios.
EACH, ALL = "each", "all"
_ACCEPTS = (Kind.ACCEPT, Kind.WITHDRAW, Kind.BFCACHE, Kind.EXPIRED)
#: Steps after which a choice no longer stands.
_OVER = frozenset({recording.WITHDRAWN, recording.WITHDRAWN_RELOADED, recording.BACK, recording.LATER})
_BEFORE = frozenset({recording.ARRIVED, recording.BEFORE_CHOICE})


@dataclass(frozen=True, slots=True, order=True)
class Scenario:
    """One set of choices; ``purpose`` is that of ``only`` and ``all-but``.

    >>> Scenario(Kind.ONLY, "audience").name
    'only:audience'
    """

    kind: Kind
    purpose: str = ""

    @property
    def name(self) -> str:
        """The name, as in ``--choices`` and in a recording."""
        return f"{self.kind}:{self.purpose}" if self.purpose else str(self.kind)

    def granted(self, switches: Iterable[str]) -> frozenset[str]:
        """Return the purposes that the choice allows, of those with a switch."""
        known = frozenset(switches)
        if self.kind in _ACCEPTS:
            return known
        if self.kind is Kind.ONLY:
            return known & {self.purpose}
        return known - {self.purpose} if self.kind is Kind.ALL_BUT else frozenset()

    def allowed_at(self, step: str, steps: Sequence[str], switches: Iterable[str]) -> frozenset[str]:
        """Return the purposes with a switch that are allowed in a step of a visit.

        Args:
            steps: the visit's steps in their order.

        Before the choice nothing is, and nothing once the choice was withdrawn or is over.
        """
        until = steps[: steps.index(step) + 1] if step in steps else (step,)
        if step in _BEFORE or _OVER.intersection(until):
            return frozenset()
        return self.granted(switches)


def scenario(name: str) -> Scenario:
    """Read the name of one scenario.

    Raises:
        ValueError: there is none of that name.
    """
    word, colon, purpose = name.partition(":")
    try:
        kind = Kind(word)
    except ValueError:
        raise ValueError(f"there is no scenario {name!r}; there are: {_words()}") from None
    if (kind in _OF_A_PURPOSE) != bool(colon and purpose):
        form = f"{kind}:PURPOSE" if kind in _OF_A_PURPOSE else str(kind)
        raise ValueError(f"the scenario {name!r} is written {form}")
    return Scenario(kind, purpose)


def parse(choices: str, policy: Policy | None) -> tuple[Scenario, ...]:
    """Read ``--choices``: names of scenarios with commas between them.

    ``each`` stands for ``only`` each purpose, ``all-but`` alone for all but each, ``all`` for
    every scenario that the policy needs.

    Raises:
        ValueError: a word or a purpose is not known; the text names those that are.
    """
    found: list[Scenario] = []
    for word in filter(None, (part.strip() for part in choices.split(","))):
        found += _meant(word, policy)
    if not found:
        raise ValueError(f"no scenario is named; there are: {_words()}")
    return tuple(dict.fromkeys(found))


def needed(policy: Policy | None) -> tuple[Scenario, ...]:
    """Return the scenarios that show all that a policy promises, without any that another covers.

    Of a single switch ``only`` is the same as accepting, and ``all-but`` the same as refusing; of
    two, all but one is only the other. GPC is tried where a purpose obeys it. Without a policy, no
    purpose can be chosen apart.
    """
    switches = _switches(policy)
    found = [Scenario(Kind.NONE), Scenario(Kind.REFUSE), Scenario(Kind.ACCEPT)]
    found += [Scenario(Kind.ONLY, purpose) for purpose in switches if len(switches) > 1]
    found += [Scenario(Kind.ALL_BUT, purpose) for purpose in switches if len(switches) > 2]
    if policy is not None and any(purpose.gpc for purpose in policy.switches()):
        found.append(Scenario(Kind.GPC))
    rest = (Kind.WITHDRAW, Kind.BFCACHE, Kind.NO_JS, Kind.EXPIRED, Kind.GUARD_BLOCKED)
    return (*found, *(Scenario(kind) for kind in rest))


def _meant(word: str, policy: Policy | None) -> tuple[Scenario, ...]:
    switches = _switches(policy)
    if word == ALL:
        return needed(policy)
    if word == EACH:
        return tuple(Scenario(Kind.ONLY, purpose) for purpose in switches)
    if word == Kind.ALL_BUT:
        return tuple(Scenario(Kind.ALL_BUT, purpose) for purpose in switches)
    named = scenario(word)
    if named.purpose and policy is not None and named.purpose not in switches:
        raise ValueError(f"{word!r}: the purposes with a switch are: {', '.join(switches) or 'none'}")
    return (named,)


def _switches(policy: Policy | None) -> tuple[str, ...]:
    return tuple(purpose.id for purpose in policy.switches()) if policy is not None else ()


def _words() -> str:
    own = [f"{kind}:PURPOSE" if kind in _OF_A_PURPOSE else str(kind) for kind in Kind]
    return ", ".join([*own, EACH, ALL])
