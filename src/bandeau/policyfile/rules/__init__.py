"""The rules that a policy file and a live site are checked against, each with its reason and its remedy."""

from __future__ import annotations

from bandeau.policyfile.rules.audit import AUDIT
from bandeau.policyfile.rules.doubt import DOUBT
from bandeau.policyfile.rules.integration import INTEGRATION
from bandeau.policyfile.rules.ledger import LEDGER
from bandeau.policyfile.rules.legal import LEGAL
from bandeau.policyfile.rules.notice import NOTICE
from bandeau.policyfile.rules.references import REFERENCES
from bandeau.policyfile.rules.rule import Rule
from bandeau.policyfile.rules.syntax import SYNTAX

#: All rules by code, in order.
RULES: dict[str, Rule] = {
    rule.code: rule for rule in (*SYNTAX, *REFERENCES, *LEGAL, *INTEGRATION, *AUDIT, *NOTICE, *DOUBT, *LEDGER)
}

__all__ = ["RULES", "Rule"]
