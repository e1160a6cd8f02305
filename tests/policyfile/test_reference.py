"""The reference pages are written from the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandeau.policyfile import load
from bandeau.policyfile.grammar import TABLES
from bandeau.policyfile.reference import policy_file_page, rule_text, rules_page
from bandeau.policyfile.rules import RULES

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "page"), [("policy-file.md", policy_file_page()), ("rules.md", rules_page())]
)
def test_committed_page_is_the_generated_one(name: str, page: str) -> None:
    """`python -m bandeau.policyfile.reference docs/reference` writes them anew."""
    assert (DOCS / name).read_text(encoding="utf-8") == page


def test_page_of_the_policy_file_names_every_key() -> None:
    """No key without a line."""
    page = policy_file_page()
    assert all(f"| `{field.name}` |" in page for table in TABLES for field in table.fields)


def test_page_of_the_rules_names_every_code() -> None:
    """No code without a heading."""
    assert all(f"### {code}: " in rules_page() for code in RULES)


def test_rule_on_the_terminal_fits_it() -> None:
    """At most 90 columns."""
    for rule in RULES.values():
        assert all(len(line) <= 90 for line in rule_text(rule).splitlines()[1:])


def test_example_of_the_page_is_a_clean_policy() -> None:
    """Whoever copies it begins without a mistake."""
    text = policy_file_page().split("```toml\n")[1].split("```")[0]
    assert load(text).warnings == ()
