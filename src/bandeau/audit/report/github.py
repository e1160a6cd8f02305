"""The report as annotations of a GitHub workflow, on lines of the policy file."""

from __future__ import annotations

from dataclasses import replace

from bandeau.audit.report.report import Report
from bandeau.audit.report.words import visible
from bandeau.policyfile import formats


def as_github(report: Report) -> str:
    """Return one workflow command for each new finding and each doubt."""
    problems = [replace(each, message=visible(each.message)) for each in report.problems()]
    return formats.as_github(problems) + "\n" if problems else ""
