"""Every rule has a bad example whose report is kept letter by letter.

`BANDEAU_WRITE_GOLDEN=1 pytest tests/policyfile` writes the reports anew; read the difference before
committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bandeau.errors import PolicyError
from bandeau.policyfile import RULES, Problem, load_file
from bandeau.policyfile.ready import check_ready
from bandeau.policyfile.render import render_report

FOLDER = Path(__file__).with_name("bad")
#: Judged by `check --ready`.
READY = [code for code in RULES if code[4:] > "50" and code >= "BND4"]
#: No file can show these: one would be too large, the other is not there.
ELSEWHERE = {"BND103", "BND118"}
#: BND5xx judge the live site: tests/audit/judge shows each of them.
CODES = [code for code in RULES if code not in ELSEWHERE and not code.startswith("BND5")]


def _report(code: str, folder: Path) -> list[Problem]:
    path = FOLDER / f"{code}.toml"
    try:
        loaded = load_file(path, filename=path.name)
    except PolicyError as error:
        return [problem for problem in error.problems if isinstance(problem, Problem)]
    if code not in READY:
        return list(loaded.warnings)
    for name, rule in (("bandeau.keys", "BND452"), ("bandeau.db", "BND453")):
        if rule != code:
            (folder / name).write_text('{"keys": []}' if code == "BND651" else "")
    return list(check_ready(loaded, folder))


@pytest.mark.parametrize("code", CODES)
def test_bad_example_gives_its_report(code: str, tmp_path: Path) -> None:
    """The text, the line, the column and the caret stay as they are."""
    report = render_report(_report(code, tmp_path)) + "\n"
    golden = FOLDER / f"{code}.txt"
    if os.environ.get("BANDEAU_WRITE_GOLDEN"):
        golden.write_text(report, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == report


@pytest.mark.parametrize("code", CODES)
def test_bad_example_shows_its_own_rule_only(code: str, tmp_path: Path) -> None:
    """A mistake is reported once, and not as three consequences."""
    found = {problem.code for problem in _report(code, tmp_path)}
    allowed = {"BND112": {"BND112", "BND205"}}
    assert found == allowed.get(code, {code})


def test_folder_holds_no_example_of_a_rule_that_is_gone() -> None:
    """Each example and each report belongs to a rule."""
    names = {path.stem for path in FOLDER.iterdir()}
    assert names == set(CODES)


def test_rules_have_at_least_forty_entries_with_reason_and_remedy() -> None:
    """No rule without its why and its what-to-do; the legal ones name their source."""
    assert len(RULES) >= 40
    for rule in RULES.values():
        assert rule.title
        assert rule.why.endswith((".", "…"))
        assert rule.remedy
        assert rule.source or not rule.code.startswith("BND3")


def test_legal_rules_cite_a_numbered_requirement() -> None:
    """A legal rule can be followed back to the profile's list."""
    assert all(rule.source.startswith("EU-") for rule in RULES.values() if rule.code.startswith("BND3"))
