"""Words for readers: the texts of a language, filled in so that every value stays a value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

#: The languages that Bandeau speaks; a site's other languages get the site's default or French.
SPOKEN = ("fr", "en")
_EPOCH = date(1970, 1, 1)
# Member states and the three EEA states (EEA Agreement, annexes); the rest are third countries
# for GDPR chapter V.
_EEA = frozenset[str]().union(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"),
    ("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
#: Twelfths of a year: "13 months" is the word of the law.
_MONTH_DAYS = 365 / 12


class Wording:
    """The texts of one language; a text is named by its section and key: ``first.title``."""

    def __init__(self, language: str) -> None:
        source = files("bandeau.web") / "texts" / f"{language}.toml"
        self.language = language
        self._texts = tomllib.loads(source.read_text("utf-8"))

    def __call__(self, name: str, /, **values: object) -> Markup:
        """Return a text with its values; what is not markup already is escaped.

        Raises:
            KeyError: there is no such text.
        """
        return escape(self._find(name)).format(**values)

    def text(self, name: str) -> str:
        """Return a text with its places, for a script that fills them.

        Raises:
            KeyError: there is no such text.
        """
        return self._find(name)

    def has(self, name: str) -> bool:
        """Tell whether there is a text of that name."""
        try:
            self._find(name)
        except KeyError:
            return False
        return True

    def counted(self, name: str, count: int) -> Markup:
        """Return ``name`` for one, ``name + "s"`` for several; French says nought in the singular."""
        single = count < 2 if self.language == "fr" else count == 1
        return self(name if single else f"{name}s", count=count)

    def day(self, day: int) -> Markup:
        """Return a day, counted from 1970-01-01, as it is said."""
        found = _EPOCH + timedelta(days=day)
        months = self._texts["months"]
        return self("date", day=found.day, month=months[found.month - 1], year=found.year)

    def iso_day(self, day: int) -> str:
        """Return a day, counted from 1970-01-01, for machines."""
        return (_EPOCH + timedelta(days=day)).isoformat()

    def lifetime(self, seconds: int | None) -> Markup:
        """Return how long a tracker stays."""
        if seconds is None:
            return self("tables.session")
        unit, count = _in_units(seconds)
        return self.counted(f"durations.{unit}", count)

    def country(self, code: str) -> Markup:
        """Return a country's name, with a remark when it is a third country."""
        name = self(f"countries.{code}") if self.has(f"countries.{code}") else escape(code)
        if not code or code.upper() in _EEA:
            return name
        return self("policy.third_country", country=name)

    def joined(self, parts: Sequence[str]) -> Markup:
        """Return an enumeration: a, b and c."""
        listed = [escape(part) for part in parts]
        if len(listed) < 2:
            return Markup("").join(listed)
        return Markup(", ").join(listed[:-1]) + self("list_and") + listed[-1]

    def _find(self, name: str) -> str:
        found: object = self._texts
        for part in name.split("."):
            if not isinstance(found, dict):
                raise KeyError(name)
            found = found[part]
        if not isinstance(found, str):
            raise KeyError(name)
        return found


def _in_units(seconds: int) -> tuple[str, int]:
    """Return a duration in the unit in which people say it.

    >>> _in_units(395 * 86_400), _in_units(90 * 86_400), _in_units(730 * 86_400)
    (('month', 13), ('day', 90), ('year', 2))
    """
    days = seconds / 86_400
    months = days / _MONTH_DAYS
    if days >= 365 and days % 365 == 0:
        return "year", round(days / 365)
    if months > 5 and abs(months - round(months)) < 0.1:
        return "month", round(months)
    unit, size = next((pair for pair in _UNITS if seconds >= pair[1]), _UNITS[-1])
    return unit, round(seconds / size)


@cache
def wording(language: str) -> Wording:
    """Return the words of a language that Bandeau speaks."""
    return Wording(language)


def spoken(declared: Sequence[str], default: str, asked: str = "") -> str:
    """Return the language to speak: the one asked for when the site declares it, else its default.

    >>> spoken(("fr", "en"), "fr", "en-GB")
    'en'
    """
    for language in (asked, asked.partition("-")[0], default):
        if language.lower() in declared and language.lower() in SPOKEN:
            return language.lower()
    return next((language for language in declared if language in SPOKEN), SPOKEN[0])


def said(texts: Mapping[str, str] | str, language: str, default: str) -> str:
    """Return a text of the policy in a language, else in the site's default, else in any."""
    if isinstance(texts, str):
        return texts
    for choice in (language, default):
        if texts.get(choice):
            return texts[choice]
    return next(iter(texts.values()), "")
