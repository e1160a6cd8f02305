"""The report as JUnit XML: a suite for each scenario, a test for each purpose, and one for the notice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bandeau.audit.judge import Cell, Finding, Verdict
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import scenario_label, title_of, visible

# XML 1.0 §2.2 has no place for these, whatever escapes them.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEFT_OUT = 3


def as_junit(report: Report) -> str:
    """Return a JUnit document. A failure is a new error; what is inconclusive is an error of the test."""
    root = Element("testsuites", name=_fit(report.sentence))
    for name in report.judgement.scenarios:
        _scenario(root, report, name)
    _site(root, report)
    for attribute in ("tests", "failures", "errors"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _scenario(root: Element, report: Report, name: str) -> None:
    suite = SubElement(root, "testsuite", name=_fit(scenario_label(report.loaded.policy, name)))
    for purpose in (*report.judgement.purposes, ""):
        cell = report.judgement.cell(purpose, name)
        case = SubElement(suite, "testcase", classname=f"audit.{name}")
        case.set("name", _fit(title_of(report.loaded.policy, purpose)))
        found = [f for f in report.judgement.findings if f.id in cell.findings and report.is_new(f)]
        if found:
            _fail(case, report, found)
        elif cell.verdict is Verdict.INCONCLUSIVE:
            _err(case, _doubts(report, cell))
    _total(suite, report)


def _site(root: Element, report: Report) -> None:
    """What stands in no cell: the notice, the memory of choices, the server's records."""
    in_cells = {each for cell in report.judgement.cells for each in cell.findings}
    suite = SubElement(root, "testsuite", name="The site")
    case = SubElement(suite, "testcase", classname="audit.site", name="Notice, choices and records")
    rest = [f for f in report.failing(("error",)) if f.id not in in_cells]
    if rest:
        _fail(case, report, rest)
    elif report.judgement.notice is Verdict.INCONCLUSIVE:
        _err(case, ["The notice was not seen."])
    _total(suite, report)


def _fail(case: Element, report: Report, findings: Sequence[Finding]) -> None:
    failure = SubElement(case, "failure", type=findings[0].code, message=_fit(visible(findings[0].message)))
    failure.text = _fit("\n\n".join(_text(report, finding) for finding in findings))


def _text(report: Report, finding: Finding) -> str:
    place = report.place(finding)
    lines = [
        f"{finding.level}[{finding.code}]: {finding.message}",
        f"  {report.loaded.filename}:{place.line}:{place.column}",
        *(
            f"  {each.scenario}, {each.step}, {each.page}: {each.what}"
            for each in finding.evidence[:_LEFT_OUT]
        ),
        f"  {finding.remedy}",
    ]
    # Line by line: an address may hold an end of line.
    return "\n".join(visible(line) for line in lines)


def _err(case: Element, doubts: Sequence[str]) -> None:
    error = SubElement(case, "error", type="inconclusive", message=_fit(doubts[0]))
    error.text = _fit("\n".join(doubts))


def _doubts(report: Report, cell: Cell) -> list[str]:
    doubts = [
        visible(d.message) for d in report.judgement.doubts if not d.scenarios or cell.scenario in d.scenarios
    ]
    return doubts or ["inconclusive"]


def _total(suite: Element, report: Report) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.set("skipped", "0")
    suite.set("timestamp", report.recording.started.removesuffix("Z"))


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
