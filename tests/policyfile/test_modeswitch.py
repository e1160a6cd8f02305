"""The mode by environment stands before the file."""

from __future__ import annotations

import pytest

from bandeau.core.policy import Enforce, Mode, ModeRule, Policy, SiteInfo
from bandeau.errors import PolicyError
from bandeau.policyfile.modeswitch import switched

POLICY = Policy(
    1,
    SiteInfo("paper", "test", "", "https://paper.example", ()),
    (),
    enforce=Enforce(mode=Mode.ENFORCE, rules=(ModeRule(Mode.REPORT, path="/culture/*"),)),
)


@pytest.mark.parametrize(
    ("word", "mode"), [("off", Mode.OFF), (" Report ", Mode.REPORT), ("enforce", Mode.ENFORCE)]
)
def test_a_word_is_the_mode_everywhere(word: str, mode: Mode) -> None:
    """Rules for hosts and paths do not stand against it."""
    found = switched(POLICY, word).enforce
    assert {found.mode_for("paper.example", path) for path in ("/", "/culture/film")} == {mode}


def test_no_word_leaves_the_file_s_modes() -> None:
    """As it is, rules too."""
    assert switched(POLICY, "") is POLICY


def test_another_word_is_refused() -> None:
    """With the words that there are."""
    with pytest.raises(PolicyError, match="off, report, enforce"):
        switched(POLICY, "of")
