"""The help of a problem says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandeau.policyfile import Problem, load
from bandeau.policyfile.ready import check_ready
from bandeau.policyfile.starter import Starter, starter_text
from tests.policyfile.samples import changed, problems_of


def only(text: str) -> Problem:
    """The one problem of a text."""
    (problem,) = problems_of(text)
    return problem


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('country = "FR', 11),
        ("country = 'FR", 11),
        ("country = \"l'FR # no", 11),
        ('country = "a" # "', 0),
    ],
)
def test_text_that_is_not_closed_is_called_so(line: str, column: int) -> None:
    """The caret stands where the text opens."""
    found = [p for p in problems_of(changed('country = "FR"', line)) if p.code == "BND101"]
    assert [p.column for p in found if "not closed" in p.message] == [column] * bool(column)


def test_one_text_for_all_languages_is_told_how_to_become_one_of_each() -> None:
    """A person writes title = "…" first."""
    text = changed('title.fr = "Vidéos"', 'title = "Vidéos"')
    problem = next(p for p in problems_of(text) if p.code == "BND107")
    assert problem.help == "write title.fr = …, and so for each language"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost"])
def test_production_on_this_machine_is_probably_development(address: str) -> None:
    """Nothing answers https there, so the scheme is not changed."""
    text = changed('url = "https://www.journal.example"', f'url = "{address}"')
    problem = next(p for p in problems_of(text) if p.code == "BND401")
    assert problem.fix is None
    assert 'environment = "development"' in problem.help


def test_long_lifetime_shows_the_line_to_write() -> None:
    """All trackers of the service, so that none is lost."""
    problem = only(changed('max_age = "6 months"', 'max_age = "2 years"'))
    assert problem.code == "BND308"
    assert 'trackers = [{ name = "' in problem.help
    assert 'max_age = "13 months"' in problem.help


def test_first_policy_is_told_which_purposes_have_no_service(tmp_path: Path) -> None:
    """A purpose with profiles needs its service too: readers are asked about something real."""
    found = check_ready(load(starter_text(Starter())), tmp_path)
    named = {problem.message for problem in found if problem.code == "BND454"}
    assert named == {
        f'purpose "{name}" has no service' for name in ("audience", "social", "personalisation", "ads")
    }
