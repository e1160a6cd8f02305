"""Gather breaches of one kind into one finding, and give it a name that it has in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from bandeau.audit.judge.breach import Breach
from bandeau.audit.judge.judgement import Evidence, Finding, Kind, Verdict
from bandeau.audit.judge.messages import sentence
from bandeau.core.policy import Policy
from bandeau.policyfile.rules import RULES

#: What a report shows of a finding; all of it stands in the recording.
MOST_EVIDENCE = 12
_UNDECLARED = frozenset({"BND517", "BND520", "BND521", "BND522", "BND523"})
_FIRST_DOUBT = "BND590"


def gather(breaches: Iterable[Breach], policy: Policy, order: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings, errors first, then by code and subject.

    Args:
        order: the scenarios in the order of the matrix.
    """
    groups: dict[tuple[str, str, str, str], list[Breach]] = {}
    for breach in breaches:
        groups.setdefault((breach.code, breach.kind, breach.subject, breach.object), []).append(breach)
    findings = [_finding(group, policy, order) for group in groups.values()]
    return tuple(sorted(findings, key=lambda f: (f.level != "error", f.code, f.subject, f.object, f.id)))


def finding_id(code: str, kind: str, subject: str, object: str) -> str:
    """Return the name of a finding: the same in every run that meets it."""
    text = "\n".join((code, kind, subject, object))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _finding(group: list[Breach], policy: Policy, order: Sequence[str]) -> Finding:
    first = group[0]
    evidence = sorted((breach.evidence for breach in group), key=lambda each: _place(each, order))
    things = sorted({breach.thing for breach in group})
    scenarios = {each.scenario for each in evidence if each.scenario}
    throughs = sorted({breach.through for breach in group if breach.through})
    rule = RULES[first.code]
    return Finding(
        id=finding_id(first.code, first.kind, first.subject, first.object),
        code=first.code,
        level=str(rule.level),
        verdict=_verdict(first.code),
        message=sentence(first.code, _who(first, policy), things),
        remedy=rule.remedy,
        purpose=first.purpose,
        kind=first.kind,
        subject=first.subject,
        object=first.object,
        through=", ".join(throughs),
        patch=max(breach.patch for breach in group),
        scenarios=tuple(name for name in order if name in scenarios),
        count=len(group),
        evidence=_spread(evidence),
    )


def _verdict(code: str) -> Verdict:
    if code >= _FIRST_DOUBT and code < "BND6":
        return Verdict.INCONCLUSIVE
    return Verdict.UNDECLARED if code in _UNDECLARED else Verdict.BROKEN


def _place(evidence: Evidence, order: Sequence[str]) -> tuple[int, int, int, str, str]:
    position = order.index(evidence.scenario) if evidence.scenario in order else len(order)
    return position, evidence.visit, evidence.at_ms, evidence.what, evidence.detail


def _spread(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return what is shown: some of each scenario before more of any, nothing twice."""
    distinct = list(dict.fromkeys(evidence))
    ranked: list[tuple[int, int, Evidence]] = []
    counts: dict[str, int] = {}
    for index, each in enumerate(distinct):
        counts[each.scenario] = counts.get(each.scenario, 0) + 1
        ranked.append((counts[each.scenario], index, each))
    chosen = sorted(ranked, key=lambda item: item[:2])[:MOST_EVIDENCE]
    return tuple(each for _, _, each in sorted(chosen, key=lambda item: item[1]))


def _who(breach: Breach, policy: Policy) -> str:
    """Return the name that readers know a service or purpose by, in the site's first language."""
    language = policy.site.default_language
    if breach.kind is Kind.SERVICE:
        title = policy.service(breach.subject).title
        return str(title if isinstance(title, str) else title.get(language, "")) or breach.subject
    if breach.kind is Kind.PURPOSE and breach.subject in {purpose.id for purpose in policy.purposes}:
        return policy.purpose(breach.subject).title.get(language) or breach.subject
    return breach.subject
