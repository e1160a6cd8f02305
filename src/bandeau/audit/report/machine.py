"""The report as JSON: everything that the page shows, for programs and as the baseline of later runs."""

from __future__ import annotations

import json

import msgspec

from bandeau.audit.judge import Finding
from bandeau.audit.report.report import SCHEMA, Report
from bandeau.core.canonical import Json
from bandeau.policyfile.formats import RULE_PAGE
from bandeau.policyfile.rules import RULES


def as_json(report: Report) -> str:
    """Return one JSON document."""
    text = json.dumps(document(report), ensure_ascii=False, indent=2)
    return text.encode("utf-8", "replace").decode() + "\n"


def document(report: Report) -> dict[str, Json]:
    """Return the report as JSON values."""
    recording, judgement, policy = report.recording, report.judgement, report.loaded.policy
    return {
        "schema": SCHEMA,
        "sentence": report.sentence,
        "verdict": str(judgement.verdict),
        "notice": str(judgement.notice),
        "site": policy.site.id,
        "environment": policy.site.environment,
        "urls": list[Json](recording.urls),
        "started": recording.started,
        "tool": msgspec.to_builtins(recording.tool),
        "policy": {
            "file": report.loaded.filename,
            "revision": policy.revision,
            "digest": policy.digest,
            "recorded_digest": recording.policy_digest,
            "mode": str(policy.enforce.mode),
        },
        "scenarios": list[Json](judgement.scenarios),
        "purposes": list[Json](judgement.purposes),
        "matrix": [msgspec.to_builtins(cell) for cell in judgement.cells],
        "findings": [_finding(report, each) for each in judgement.findings],
        "doubts": [_finding(report, each) for each in judgement.doubts],
        "difference": _difference(report),
        "inventory": msgspec.to_builtins(judgement.inventory),
        "coverage": msgspec.to_builtins(judgement.coverage),
    }


def _finding(report: Report, finding: Finding) -> dict[str, Json]:
    rule, place = RULES[finding.code], report.place(finding)
    about: dict[str, Json] = {
        "title": rule.title,
        "why": rule.why,
        "source": rule.source,
        "url": RULE_PAGE.format(code=finding.code.lower()),
        "file": report.loaded.filename,
        "line": place.line,
        "column": place.column,
        "new": report.is_new(finding),
    }
    members: dict[str, Json] = msgspec.to_builtins(finding)
    return members | about


def _difference(report: Report) -> Json:
    if report.difference is None:
        return None
    found = report.difference
    return {
        "since": found.since,
        "new": list[Json](sorted(found.new)),
        "same": list[Json](sorted(found.same)),
        "gone": [msgspec.to_builtins(each) for each in found.gone],
    }
