"""Verdicts: from recording and policy to the judgement. Pure: the same two give the same, always."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bandeau.audit.judge.attribute import Bond, host_of
from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.cookies import judge_cookies
from bandeau.audit.judge.doubts import recording_doubts, visit_doubts
from bandeau.audit.judge.gather import gather
from bandeau.audit.judge.inventory import cover, take_inventory
from bandeau.audit.judge.judgement import Cell, Finding, Judgement, Verdict, worst
from bandeau.audit.judge.lifetimes import judge_lifetimes
from bandeau.audit.judge.memory import judge_memory
from bandeau.audit.judge.notice import is_measured, judge_notice
from bandeau.audit.judge.server import judge_server
from bandeau.audit.judge.stored import judge_storage
from bandeau.audit.judge.timeline import Phase
from bandeau.audit.judge.traffic import judge_traffic, went_out
from bandeau.audit.judge.validators import judge_validators
from bandeau.audit.observation import Request, Socket
from bandeau.audit.recording import Recording
from bandeau.audit.scenarios import Kind, scenario
from bandeau.core.policy import Policy, Purpose
from bandeau.enforcement.hosts import HostTable

#: Each reads one visit and yields its breaches.
_RULES = (
    judge_traffic,
    judge_cookies,
    judge_storage,
    judge_lifetimes,
    judge_notice,
    judge_memory,
    judge_server,
)
#: Findings of these codes speak of calls and deposits: they stand in the matrix even without a purpose.
_LAST_OF_TRAFFIC = "BND540"
_OF_ONE_CALL = "BND598"
_DEPOSITS = ("BND521", "BND522")
_OF_ITS_OWN_PURPOSES = ("BND554",)
_KINDS = tuple(Kind)


def judge(recording: Recording, policy: Policy, *, declared: bool = True) -> Judgement:
    """Hold a recording against a policy.

    Args:
        declared: whether the policy is the site's own. A stand-in knows what needs consent and not what
            else the site has: what it does not know is then a warning, and of the site itself nothing.
    """
    table = HostTable(policy)
    tried = _tried(View(policy, visit, table) for visit in recording.visits)
    views = [View(policy, visit, table, tried) for visit in recording.visits]
    order = _order(recording, policy)
    found = gather((*_breaches(views), *_doubts(recording, views)), policy, order)
    found = found if declared else tuple(_lenient(found))
    findings = tuple(each for each in found if each.verdict is not Verdict.INCONCLUSIVE)
    doubts = tuple(each for each in found if each.verdict is Verdict.INCONCLUSIVE)
    errors = [finding.verdict for finding in findings if finding.level == "error"]
    return Judgement(
        verdict=worst([*errors, *(doubt.verdict for doubt in doubts)]),
        notice=_notice(views, findings),
        scenarios=tuple(order),
        purposes=tuple(purpose.id for purpose in policy.purposes),
        cells=tuple(_Bench(policy, views, findings, doubts).cells(order)),
        findings=findings,
        doubts=doubts,
        inventory=take_inventory(views, policy, order),
        coverage=cover(recording, order),
    )


def _tried(views: Iterable[View]) -> frozenset[str]:
    """Return the hosts that were called, or were to be, while nothing of open reach was allowed."""
    return frozenset(
        host_of(fact.url)
        for view in views
        for fact in view.visit.observations
        if isinstance(fact, Request | Socket) and not view.attributor.opens(view.moment(fact))
    )


def _lenient(found: Sequence[Finding]) -> Iterator[Finding]:
    for finding in found:
        if finding.code in _OF_ITS_OWN_PURPOSES:
            continue
        if finding.verdict is not Verdict.UNDECLARED:
            yield finding
        elif finding.code not in _DEPOSITS or "@" in finding.object:
            yield msgspec.structs.replace(finding, level="warning")


def _order(recording: Recording, policy: Policy) -> list[str]:
    """Return the scenarios that were visited, in the order in which they are explained."""
    purposes = [purpose.id for purpose in policy.purposes]
    asked = recording.options.get("scenarios")
    names = {visit.scenario for visit in recording.visits}
    names |= {name for name in asked if _is_known(name)} if isinstance(asked, list) else set()

    def rank(name: str) -> tuple[int, int, str]:
        found = scenario(name)
        place = purposes.index(found.purpose) if found.purpose in purposes else len(purposes)
        return _KINDS.index(found.kind), place, name

    return sorted(names, key=rank)


def _is_known(name: str) -> bool:
    try:
        return bool(scenario(name))
    except ValueError:
        return False


def _breaches(views: Sequence[View]) -> Iterator[Breach]:
    for view in views:
        for rule in _RULES:
            yield from rule(view)
    yield from judge_validators(views)


def _doubts(recording: Recording, views: Sequence[View]) -> Iterator[Breach]:
    several = len(recording.pages) > 1
    for view in views:
        yield from visit_doubts(view, several_pages=several)
    yield from recording_doubts(recording)


def _notice(views: Sequence[View], findings: Sequence[Finding]) -> Verdict:
    judged = [view for view in views if view.visit.panel is not None and is_measured(view.visit.panel)]
    faults = [f.verdict for f in findings if _LAST_OF_TRAFFIC <= f.code < "BND560" and f.level == "error"]
    return worst([*faults, *([] if judged else [Verdict.INCONCLUSIVE])])


class _Bench:
    """Fills the matrix: purposes by scenarios."""

    def __init__(
        self, policy: Policy, views: Sequence[View], findings: Sequence[Finding], doubts: Sequence[Finding]
    ) -> None:
        self.policy = policy
        self.views = views
        self.findings = findings
        self.doubts = doubts
        self.seen: dict[tuple[str, str], int] = {}
        self.held: dict[tuple[str, str], int] = {}
        self.delegated: set[tuple[str, str]] = set()
        for view in views:
            for fact in view.visit.observations:
                if isinstance(fact, Request | Socket):
                    self._count(view, fact)

    def cells(self, order: Sequence[str]) -> Iterator[Cell]:
        for row in [*(purpose.id for purpose in self.policy.purposes), ""]:
            for name in order:
                yield self._cell(row, name)

    def _count(self, view: View, fact: Request | Socket) -> None:
        if not went_out(fact):
            service = view.attributor.match(fact.url).service
            if fact.blocked_by:
                _add(self.held, (service.purpose if service else "", view.visit.scenario))
            return
        owner = view.attributor.request(fact)
        if owner.bond in (Bond.OWN, Bond.INERT):
            return
        key = owner.service.purpose if owner.service else "", view.visit.scenario
        _add(self.seen, key)
        if owner.bond is Bond.DELEGATED:
            self.delegated.add(key)

    def _cell(self, row: str, name: str) -> Cell:
        found = [f for f in self.findings if name in f.scenarios and _row(f) == row and f.level == "error"]
        verdicts = [f.verdict for f in found]
        if self._is_unsure(row, name):
            verdicts.append(Verdict.INCONCLUSIVE)
        if (row, name) in self.delegated:
            verdicts.append(Verdict.DELEGATED)
        return Cell(
            purpose=row,
            scenario=name,
            verdict=worst(verdicts),
            state=self._state(row, name),
            seen=self.seen.get((row, name), 0),
            held=self.held.get((row, name), 0),
            findings=tuple(f.id for f in found),
        )

    def _is_unsure(self, row: str, name: str) -> bool:
        if not any(view.visit.scenario == name for view in self.views):
            return True
        return any(
            (not doubt.scenarios or name in doubt.scenarios)
            and (doubt.code != _OF_ONE_CALL or doubt.purpose == row)
            for doubt in self.doubts
        )

    def _state(self, row: str, name: str) -> str:
        """Return in a word what the reader had decided in the end; ``""`` where nothing is decided."""
        view = next((view for view in self.views if view.visit.scenario == name), None)
        if not row or view is None:
            return ""
        purpose = self.policy.purpose(row)
        if purpose.necessary:
            return "necessary"
        phase = self._final(view, purpose)
        return "unset" if phase is Phase.BEFORE else str(phase)

    def _final(self, view: View, purpose: Purpose) -> Phase:
        services = self.policy.services_of(purpose.id)
        if self.policy.asks_consent(purpose) or not services:
            return view.timeline.phase(view.timeline.last, purpose)
        phases = [view.timeline.phase(view.timeline.last, service) for service in services]
        return next((phase for phase in phases if phase is not Phase.ALLOWED), Phase.ALLOWED)


def _row(finding: Finding) -> str | None:
    """Return the row of the matrix that a finding stands in; ``None`` when it is not one of calls."""
    if finding.purpose:
        return finding.purpose
    return "" if finding.code < _LAST_OF_TRAFFIC and finding.code != "BND535" else None


def _add(counts: dict[tuple[str, str], int], key: tuple[str, str]) -> None:
    counts[key] = counts.get(key, 0) + 1
