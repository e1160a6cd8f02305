"""Mending: fixes that need no decision."""

from __future__ import annotations

from bandeau.policyfile.mend import mend
from tests.policyfile.samples import GOOD, changed, problems_of


def test_fixes_give_the_policy_back() -> None:
    """Misspelt keys, words and ids become what was meant."""
    bad = changed("otherwise", "othervise")
    bad = bad.replace('purpose = "social"', 'purpose = "socail"').replace('kind = "embed"', 'kind = "embedd"')
    for _ in range(3):
        bad, _done = mend(bad, problems_of(bad))
    assert bad == GOOD


def test_syntax_mistake_of_a_bare_word_is_mended() -> None:
    """Quotes are put around it."""
    bad = changed('country = "FR"', "country = FR")
    assert mend(bad, problems_of(bad)) == (GOOD, 1)


def test_what_needs_a_decision_is_left_alone() -> None:
    """Two purposes on one bit: only the publisher knows which is newer."""
    bad = changed("bit = 1", "bit = 0")
    assert mend(bad, problems_of(bad)) == (bad, 0)


def test_rest_of_the_file_stays_byte_for_byte() -> None:
    """Comments, layout and line ends survive."""
    bad = ("# é comment\n" + changed("otherwise", "othervise")).replace("\n", "\r\n")
    assert mend(bad, problems_of(bad))[0] == ("# é comment\n" + GOOD).replace("\n", "\r\n")
