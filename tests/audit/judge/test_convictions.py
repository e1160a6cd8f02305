"""A judge is tested by its convictions: every rule convicts its breach, and acquits the twin."""

from __future__ import annotations

import pytest

from bandeau.audit.judge import judge
from bandeau.policyfile.rules import RULES

from .case import Case
from .deposit_cases import DEPOSIT_CASES
from .doubt_cases import DOUBT_CASES
from .made import LOADED, codes, only
from .notice_cases import NOTICE_CASES
from .traffic_cases import TRAFFIC_CASES

CASES = (*TRAFFIC_CASES, *DEPOSIT_CASES, *NOTICE_CASES, *DOUBT_CASES)
#: They need another policy, and stand in a test of their own.
ELSEWHERE = {"BND517", "BND531"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_breach_is_convicted_by_its_rule_alone(case: Case) -> None:
    """One planted breach gives one finding: the right rule, purpose and subject."""
    judgement = judge(case.guilty, LOADED.policy)

    assert [case.code] == sorted(set(codes(judgement)))
    finding = only((*judgement.findings, *judgement.doubts), case.code)
    assert (case.purpose, case.subject) == (finding.purpose, finding.subject)
    assert finding.evidence


@pytest.mark.parametrize("case", CASES, ids=str)
def test_clean_twin_is_not_accused(case: Case) -> None:
    """What comes near a breach and is none gives no finding and no doubt."""
    assert codes(judge(case.clean, LOADED.policy)) == []


def test_every_rule_of_the_audit_is_shown() -> None:
    """No rule without a recording that breaks it."""
    shown = {case.code for case in CASES} | ELSEWHERE

    assert {code for code in RULES if code.startswith("BND5")} == shown
