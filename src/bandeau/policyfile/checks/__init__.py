"""What is judged after the file could be read: references, the law, the integration."""

from __future__ import annotations

from bandeau.policyfile.checks.bits import check_bits
from bandeau.policyfile.checks.catalogue import check_catalogue
from bandeau.policyfile.checks.exemptions import check_exemptions
from bandeau.policyfile.checks.hosts import check_hosts
from bandeau.policyfile.checks.integration import check_integration
from bandeau.policyfile.checks.ledger import check_ledger
from bandeau.policyfile.checks.profiles import check_profiles
from bandeau.policyfile.checks.references import check_references
from bandeau.policyfile.checks.texts import check_texts
from bandeau.policyfile.checks.trackers import check_trackers
from bandeau.policyfile.checks.vendors import check_vendors
from bandeau.policyfile.draft import Draft
from bandeau.policyfile.findings import Findings

_CHECKS = (
    check_references,
    check_bits,
    check_hosts,
    check_texts,
    check_vendors,
    check_exemptions,
    check_trackers,
    check_integration,
    check_ledger,
    check_profiles,
    check_catalogue,
)


def run_checks(draft: Draft, findings: Findings) -> None:
    """Report everything that the rules find in a draft."""
    for check in _CHECKS:
        check(draft, findings)
