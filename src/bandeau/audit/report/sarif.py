"""The report as SARIF 2.1.0: each finding at a line of the policy file, doubts as notifications."""

from __future__ import annotations

import json

from bandeau.audit.judge import Finding, Verdict
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import visible
from bandeau.core.canonical import Json
from bandeau.policyfile.formats import SARIF_SCHEMA, relative_uri, sarif_rule


def as_sarif(report: Report) -> str:
    """Return a SARIF log of one run."""
    log: dict[str, Json] = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json.dumps(log, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode() + "\n"


def _run(report: Report) -> dict[str, Json]:
    findings, doubts = report.judgement.findings, report.judgement.doubts
    rules = sorted({finding.code for finding in findings})
    notices = sorted({doubt.code for doubt in doubts})
    driver: dict[str, Json] = {
        "name": "bandeau audit",
        "version": report.recording.tool.version or "0",
        "rules": [sarif_rule(code) for code in rules],
        "notifications": [sarif_rule(code) for code in notices],
    }
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(report, each, rules.index(each.code)) for each in findings],
        "properties": {"sentence": report.sentence, "verdict": str(report.judgement.verdict)},
    }


def _invocation(report: Report) -> dict[str, Json]:
    """What was not proven belongs to the run, and to no line of the site's declaration (§3.20.21)."""
    return {
        "executionSuccessful": not report.judgement.doubts,
        "startTimeUtc": report.recording.started,
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": doubt.code},
                "level": "warning",
                "message": {"text": visible(f"{doubt.message} ({doubt.remedy})")},
            }
            for doubt in report.judgement.doubts
        ],
    }


def _result(report: Report, finding: Finding, index: int) -> dict[str, Json]:
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": visible(f"{finding.message} ({finding.remedy})")},
        "locations": [_location(report, finding)],
        "partialFingerprints": {"bandeau/v1": finding.id},
        "occurrenceCount": finding.count,
        "properties": _properties(finding),
    }
    if report.difference is not None:
        result["baselineState"] = "new" if report.is_new(finding) else "unchanged"
    return result


def _location(report: Report, finding: Finding) -> dict[str, Json]:
    # Code scanning refuses a whole log for one location outside the repository: live addresses are
    # logical locations.
    problem = report.problem(finding)
    region: dict[str, Json] = {
        "startLine": problem.line,
        "startColumn": problem.column,
        "endLine": problem.line,
        "endColumn": problem.end_column,
    }
    pages = dict.fromkeys(each.page for each in finding.evidence if each.page)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": relative_uri(problem.filename)},
            "region": region,
        },
        "logicalLocations": [{"fullyQualifiedName": visible(page), "kind": "resource"} for page in pages],
    }


def _properties(finding: Finding) -> dict[str, Json]:
    return {
        "verdict": str(Verdict(finding.verdict)),
        "purpose": finding.purpose,
        "scenarios": list[Json](finding.scenarios),
        "evidence": [visible(f"{each.scenario}, {each.step}: {each.what}") for each in finding.evidence],
    }
