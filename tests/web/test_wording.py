"""Words: both languages say the same things, and durations and days as people say them."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from bandeau.policyfile.grammar import EXEMPT_REASONS
from bandeau.web.pages.wording import SPOKEN, said, wording

DAY = 86_400


def flat(table: dict[str, object], path: str = "") -> dict[str, object]:
    """Return the texts by their dotted names."""
    found: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{path}{key}.")
        else:
            found[f"{path}{key}"] = value
    return found


def texts(language: str) -> dict[str, object]:
    """Return all texts of a language."""
    return flat(tomllib.loads((files("bandeau.web") / "texts" / f"{language}.toml").read_text("utf-8")))


def test_both_languages_have_the_same_texts_and_places() -> None:
    """A text that is missing, or lacks a place, would be an error in front of a reader."""
    french, english = texts("fr"), texts("en")
    assert french.keys() == english.keys()
    for name, text in french.items():
        places = [set(re.findall(r"\{\w+\}", str(each))) for each in (text, english[name])]
        assert places[0] == places[1], name


def test_every_text_is_used() -> None:
    """What nobody says is not kept."""
    folder = Path(str(files("bandeau.web")))
    source = "".join(
        path.read_text("utf-8") for path in [*folder.rglob("*.py"), *folder.glob("templates/*.html")]
    )
    made = (
        "countries.",
        "kinds.",
        "reasons.",
        "durations.",
        "basis.",
        "reach.",
        "scopes.",
        "first.ask",
        "first.partner",
        "tables.",
        "months",
        "name",
        "dir",
        "date",
    )
    assert [name for name in texts("fr") if not name.startswith(made) and f'"{name}"' not in source] == []


def test_french_readers_are_addressed_formally() -> None:
    """Vous, never tu; and no word that pushes."""
    everything = " ".join(str(text).lower() for text in texts("fr").values())
    assert not re.search(r"\b(tu|ton|ta|tes|toi)\b", everything)
    assert not re.search(r"gâcher|meilleure expérience|profitez|malheureusement", everything)


@pytest.mark.parametrize("language", SPOKEN)
def test_every_exemption_has_its_words(language: str) -> None:
    """The reasons of the policy file are said to readers."""
    assert all(wording(language).has(f"reasons.{reason}") for reason in EXEMPT_REASONS)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "session"),
        (30, "30 secondes"),
        (60, "1 minute"),
        (1_800, "30 minutes"),
        (7_200, "2 heures"),
        (DAY, "1 jour"),
        (90 * DAY, "90 jours"),
        (182 * DAY, "6 mois"),
        (365 * DAY, "1 an"),
        (395 * DAY, "13 mois"),
        (730 * DAY, "2 ans"),
        (0, "0 seconde"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: int | None, expected: str) -> None:
    """In French nought is singular too."""
    assert wording("fr").lifetime(seconds) == expected


def test_days_are_said_in_full() -> None:
    """No digits that are read in two orders."""
    assert (wording("fr").day(20_780), wording("en").day(20_780)) == ("23 novembre 2026", "23 November 2026")


def test_values_stay_values() -> None:
    """Escaped, and their braces are not places."""
    assert wording("fr")("first.title", site="<b>{x}") == "Vos choix sur &lt;b&gt;{x}"


def test_a_missing_translation_falls_back() -> None:
    """To the site's language, then to any."""
    assert said({"en": "Word"}, "fr", "en") == "Word"
    assert said({"it": "Parola"}, "fr", "en") == "Parola"
    assert said({}, "fr", "en") == ""
