"""What is judged after the file could be read: references, the law, the integration."""

from __future__ import annotations

from bandeau.policyfile.draft import Draft
from bandeau.policyfile.findings import Findings


def run_checks(draft: Draft, findings: Findings) -> None:
    """Report everything that the rules find in a draft."""
