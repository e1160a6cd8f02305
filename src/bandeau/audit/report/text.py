"""The report on a terminal: verdict, matrix, findings with their lines of the policy file."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.judge import Finding, Verdict
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import VERDICTS, count, scenario_label, title_of, visible
from bandeau.policyfile.render import render_problem

_TINTS = {
    Verdict.KEPT: "\x1b[32m",
    Verdict.DELEGATED: "\x1b[36m",
    Verdict.INCONCLUSIVE: "\x1b[90m",
    Verdict.UNDECLARED: "\x1b[33m",
    Verdict.BROKEN: "\x1b[1;31m",
}
_BOLD, _OFF = "\x1b[1m", "\x1b[0m"
_WIDEST = 18
_MOST_EVIDENCE = 3


def as_text(report: Report, *, colour: bool = False) -> str:
    """Return the report for a terminal; colour only when asked for."""
    return "\n".join(_lines(report, colour=colour)) + "\n"


def _lines(report: Report, *, colour: bool) -> Iterator[str]:
    yield _paint(visible(report.sentence), _BOLD, colour)
    yield ""
    yield from _matrix(report, colour=colour)
    yield ""
    for finding in report.judgement.findings:
        if report.is_new(finding):
            yield render_problem(report.problem(finding), colour=colour)
            yield from _evidence(finding)
            yield ""
    for doubt in report.judgement.doubts:
        yield f"not proven[{doubt.code}]: {visible(doubt.message)}"
        yield f"  = help: {doubt.remedy}"
        yield ""
    yield _count(report)


def _matrix(report: Report, *, colour: bool) -> Iterator[str]:
    policy, judgement = report.loaded.policy, report.judgement
    rows = (*judgement.purposes, "")
    titles = [_cut(visible(title_of(policy, purpose))) for purpose in rows]
    labels = [visible(scenario_label(policy, name)) for name in judgement.scenarios]
    first = max([len(label) for label in labels], default=0)
    widths = [max(len(title), len("Inconclusive")) for title in titles]
    yield " " * first + "".join(f"  {title:<{width}}" for title, width in zip(titles, widths, strict=True))
    for label, name in zip(labels, judgement.scenarios, strict=True):
        line = f"{label:<{first}}"
        for purpose, width in zip(rows, widths, strict=True):
            verdict = judgement.cell(purpose, name).verdict
            line += "  " + _paint(f"{VERDICTS[verdict]:<{width}}", _TINTS[verdict], colour)
        yield line.rstrip()


def _evidence(finding: Finding) -> Iterator[str]:
    for each in finding.evidence[:_MOST_EVIDENCE]:
        where = ", ".join(filter(None, (each.scenario, each.step, each.page)))
        yield f"  = seen: {visible(where)}"
        yield f"          {visible(each.what)}" + (f" ({visible(each.detail)})" if each.detail else "")
    if finding.count > _MOST_EVIDENCE:
        yield f"          {count(finding.count, 'time', 'times')} in all"


def _count(report: Report) -> str:
    found = report.judgement.findings
    errors = sum(finding.level == "error" for finding in found)
    parts = [count(errors, "error", "errors"), count(len(found) - errors, "warning", "warnings")]
    parts.append(count(len(report.judgement.doubts), "doubt", "doubts"))
    text = ", ".join(parts)
    if report.difference is not None:
        found_since = report.difference
        text += f"; since {found_since.since}: {len(found_since.new)} new, {len(found_since.gone)} gone"
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _paint(text: str, tint: str, colour: bool) -> str:
    return f"{tint}{text}{_OFF}" if colour else text
