"""Breach: one observation that breaks a promise, before breaches of the same kind become a finding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bandeau.audit.judge.attribute import Attributor
from bandeau.audit.judge.judgement import Evidence, Kind
from bandeau.audit.judge.timeline import Moment, Phase, Timeline
from bandeau.audit.observation import CookieHeld, Observation
from bandeau.audit.recording import WITHDRAWN, Visit
from bandeau.core.policy import Policy, Service
from bandeau.enforcement.hosts import HostTable


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach. Those of the same ``code``, subject and ``object`` make one finding.

    ``thing`` is what the finding's sentence names (a host, a cookie); a finding may name several.
    ``patch`` is TOML that mends the policy, where the policy is what is wrong.
    """

    code: str
    evidence: Evidence
    object: str
    thing: str
    kind: Kind = Kind.SITE
    subject: str = ""
    purpose: str = ""
    through: str = ""
    patch: str = ""


class View:
    """One visit as the rules see it; ``tried`` is as for ``Attributor``."""

    def __init__(
        self, policy: Policy, visit: Visit, table: HostTable, tried: frozenset[str] = frozenset()
    ) -> None:
        self.policy = policy
        self.visit = visit
        self.timeline = Timeline(policy, visit)
        self.attributor = Attributor(policy, visit, self.timeline, table, tried)
        self._pages: dict[str, str] = {}
        page = visit.url
        for step in visit.steps:
            # A page that has been left has no address; what it still sends is its own.
            page = step.url or page
            self._pages[step.name] = page

    def evidence(
        self, fact: Observation, what: str, *, chain: tuple[str, ...] = (), detail: str = ""
    ) -> Evidence:
        """Return an observation as evidence."""
        return self.evidence_at(
            self.timeline.at(fact).step or fact.step, fact.at_ms, what, chain=chain, detail=detail
        )

    def evidence_at(
        self, step: str, at_ms: int, what: str, *, chain: tuple[str, ...] = (), detail: str = ""
    ) -> Evidence:
        """Return as evidence what was seen in a step."""
        return Evidence(
            visit=self.visit.number,
            scenario=self.visit.scenario,
            step=step,
            at_ms=at_ms,
            page=self._pages.get(step, self.visit.url),
            what=what,
            chain=chain,
            detail=detail,
        )

    @cached_property
    def last_cookies(self) -> str:
        """The last step of which it is known what cookies the browser held."""
        held = (fact.step for fact in reversed(self.visit.observations) if isinstance(fact, CookieHeld))
        return _settled(next(held, ""))

    @cached_property
    def last_page(self) -> str:
        """The last step at whose end a page was open: storage is seen from a page alone."""
        return _settled(next((step.name for step in reversed(self.visit.steps) if step.url), ""))

    def phase(self, fact: Observation, service: Service) -> Phase:
        """Tell whether a service was allowed when something was observed, and if not, why."""
        return self.timeline.phase(self.timeline.at(fact), service)

    def moment(self, fact: Observation) -> Moment:
        """Return the moment of an observation."""
        return self.timeline.at(fact)


def _settled(step: str) -> str:
    """Return a step, but not that of the withdrawal: there, clearing may still be going on."""
    return "" if step == WITHDRAWN else step


def of_service(
    code: str, evidence: Evidence, service: Service, *, object: str = "", thing: str = "", through: str = ""
) -> Breach:
    """Return a breach of a service; without an object all of its breaches of a kind are one finding."""
    return Breach(
        code,
        evidence,
        object or service.id,
        thing or service.id,
        Kind.SERVICE,
        service.id,
        service.purpose,
        through,
    )
