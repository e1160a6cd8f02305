"""A finding as the page shows it: what happened, why it is wrong, how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from bandeau.audit.judge import Evidence, Finding, Verdict
from bandeau.audit.report.markdown import visible_lines
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import count, scenario_label, title_of
from bandeau.policyfile.rules import RULES

_SHOWN = 3
_FIRST_IN_WORDS = "BND540"
#: What each step of a visit is called.
_STEPS = {
    "arrived": "on arriving",
    "before-choice": "before the choice",
    "choice": "at the choice",
    "after-choice": "after the choice",
    "reloaded": "after the reload",
    "second-page": "on the second page",
    "withdrawn": "at the withdrawal",
    "withdrawn-reloaded": "after the withdrawal, reloaded",
    "back": "after going back",
    "later": "when the choice was over",
    "left": "on leaving",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """One observation, in words."""

    where: str
    what: str
    detail: str
    page: str
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that the page says of a finding."""

    id: str
    code: str
    level: str
    mark: str
    verdict: Verdict
    message: str
    about: tuple[tuple[str, str], ...]
    first: tuple[Sight, ...]
    more: tuple[Sight, ...]
    more_label: str
    why: str
    source: str
    #: Whether what was seen is a sentence, and no address or name.
    plain: bool
    place: str
    number: int
    line: str
    remedy: str
    patch: str


def card(report: Report, finding: Finding) -> Card:
    """Return a finding's card."""
    rule, place = RULES[finding.code], report.place(finding)
    sights = tuple(_sight(report, each) for each in finding.evidence)
    more = sights[_SHOWN:]
    unproven = finding.verdict is Verdict.INCONCLUSIVE
    return Card(
        id=finding.id,
        code=finding.code,
        level="" if unproven else finding.level,
        mark=_mark(report, finding),
        verdict=finding.verdict,
        message=finding.message,
        about=_about(report, finding),
        first=sights[:_SHOWN],
        more=more,
        more_label=f"{len(more)} more of {count(finding.count, 'observation', 'observations')}",
        why=rule.why,
        source=rule.source,
        plain=finding.code >= _FIRST_IN_WORDS,
        place=f"{report.loaded.filename}, line {place.line}",
        number=place.line,
        line=report.line(finding) if report.is_placed(finding) else "",
        remedy=finding.remedy,
        patch=visible_lines(finding.patch),
    )


def step_words(step: str) -> str:
    """Return what a step of a visit is called."""
    return _STEPS.get(step, step.replace("-", " "))


def _mark(report: Report, finding: Finding) -> str:
    if report.difference is None or finding.verdict is Verdict.INCONCLUSIVE:
        return ""
    return " · new" if report.is_new(finding) else " · known before"


def _about(report: Report, finding: Finding) -> tuple[tuple[str, str], ...]:
    policy = report.loaded.policy
    labels = [scenario_label(policy, name) for name in finding.scenarios]
    found = (
        ("Purpose", title_of(policy, finding.purpose) if finding.purpose else ""),
        ("In", ", ".join(labels)),
        ("Seen", count(finding.count, "time", "times")),
        ("Brought in by", finding.through),
    )
    return tuple((name, value) for name, value in found if value)


def _sight(report: Report, each: Evidence) -> Sight:
    label = scenario_label(report.loaded.policy, each.scenario) if each.scenario else ""
    after = f"after {each.at_ms / 1000:.1f} s" if each.step and each.at_ms else ""
    where = " · ".join(filter(None, (label, step_words(each.step), after)))
    page = "" if each.page == each.what else each.page
    return Sight(where, each.what, each.detail, page, each.chain)
