"""The report as Markdown: short enough for a comment on a change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bandeau.audit.judge import Finding, Verdict
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import STATES, VERDICTS, count, scenario_label, title_of, visible

_SIGNS = {
    Verdict.KEPT: "✓",
    Verdict.DELEGATED: "⤳",
    Verdict.INCONCLUSIVE: "?",
    Verdict.UNDECLARED: "!",
    Verdict.BROKEN: "✕",
}
# What Markdown, or a forge, would read as more than text; @ would call people.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!@&$])")
_MOST_EVIDENCE = 3


def as_markdown(report: Report) -> str:
    """Return the report for a person who reviews a change."""
    return "\n".join([*_head(report), *_matrix(report), *_findings(report), *_doubts(report)]) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"**{_plain(report.sentence)}**\n"
    found = report.difference
    if found is not None:
        parts = (f"{len(found.new)} new", f"{len(found.gone)} gone", f"{len(found.same)} as before")
        yield f"Since the run of {found.since}: {', '.join(parts)}.\n"


def _matrix(report: Report) -> Iterator[str]:
    policy, judgement = report.loaded.policy, report.judgement
    titles = [_plain(title_of(policy, purpose)) for purpose in (*judgement.purposes, "")]
    yield f"| | {' | '.join(titles)} |"
    yield "|---" * (len(titles) + 1) + "|"
    for name in judgement.scenarios:
        cells = [judgement.cell(purpose, name) for purpose in (*judgement.purposes, "")]
        words = [f"{_SIGNS[cell.verdict]} {VERDICTS[cell.verdict]} ({STATES[cell.state]})" for cell in cells]
        words = [word.replace(" (nothing to decide)", "") for word in words]
        yield f"| {_plain(scenario_label(policy, name))} | {' | '.join(words)} |"
    yield ""


def _findings(report: Report) -> Iterator[str]:
    for finding in report.judgement.findings:
        mark = "" if report.difference is None else (" (new)" if report.is_new(finding) else " (known)")
        yield f"### {finding.code}: {_plain(finding.message)}{mark}\n"
        yield from _about(report, finding)
    gone = report.difference.gone if report.difference else ()
    if gone:
        yield "### Gone since then\n"
        yield from (f"* {known.code}: {_plain(known.message)}" for known in gone)
        yield ""


def _about(report: Report, finding: Finding) -> Iterator[str]:
    place = report.place(finding)
    times = count(finding.count, "time", "times")
    yield f"{_code(f'{report.loaded.filename}:{place.line}')} · {finding.level} · {times}\n"
    for each in finding.evidence[:_MOST_EVIDENCE]:
        where = ", ".join(filter(None, (each.scenario, each.step)))
        yield f"* {where}: {_code(each.what)}" + (f" ({_plain(each.detail)})" if each.detail else "")
    yield f"\n{_plain(finding.remedy)}\n"
    if finding.patch:
        yield f"```toml\n{visible_lines(finding.patch)}```\n"


def _doubts(report: Report) -> Iterator[str]:
    if report.judgement.doubts:
        yield "### Not proven\n"
        yield from (f"* {doubt.code}: {_plain(doubt.message)}" for doubt in report.judgement.doubts)
        yield ""


def visible_lines(text: str) -> str:
    """Return lines that hide nothing."""
    return "".join(f"{visible(line)}\n" for line in text.splitlines())


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", visible(text))


def _code(text: str) -> str:
    """Return a code span; the fence is longer than any run of backticks in it."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{visible(text)}{pad}{fence}"
