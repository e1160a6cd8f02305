"""Labels: what a button of a consent panel does, by what it says; a versioned list of words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Role = Literal["refuse", "settings", "save", "accept"]

_FILE = Path(__file__).with_name("labels.toml")
#: Looked for in this order: "accept only necessary" holds the word of a yes, and refuses.
_ROLES: tuple[Role, ...] = ("refuse", "save", "settings", "accept")
# Letters, digits and the apostrophes within words; a hyphen parts words ("Cookie-Einstellungen").
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: A button says little; what is longer is a text that happens to be clickable.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Words:
    """The list in one language. Phrases are tuples of words, without those that do not count."""

    language: str
    phrases: dict[Role, frozenset[tuple[str, ...]]]
    filler: frozenset[str]
    topic: tuple[str, ...]


def role_of(text: str) -> Role | None:
    """Return what a button does that says this, ``None`` when the list does not know.

    >>> role_of("Tout accepter"), role_of("Accept only necessary cookies"), role_of("Einstellungen …")
    ('accept', 'refuse', 'settings')
    """
    words = split(text)
    if not words or len(text) > _LONGEST:
        return None
    for role in _ROLES:
        if any(_says(words, role, language) for language in languages()):
            return role
    return None


def speaks_of_choice(text: str) -> bool:
    """Tell whether a text is about cookies, privacy or consent, in whichever language.

    >>> speaks_of_choice("Wir nutzen Cookies."), speaks_of_choice("Accept the terms of sale")
    (True, False)
    """
    small = _small(text)
    return any(word in small for language in languages() for word in language.topic)


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, without punctuation.

    >>> split("✓ J’accepte !")
    ("j'accepte",)
    """
    return tuple(word.replace("’", "'") for word in _WORD.findall(_small(text)))


@cache
def version() -> int:
    """Return the version of the list; a report names it."""
    return int(str(_data()["version"]))


@cache
def languages() -> tuple[Words, ...]:
    """Return the list, language by language."""
    return tuple(_words(name, row) for name, row in _data().items() if isinstance(row, dict))


def _words(language: str, row: dict[str, list[str]]) -> Words:
    filler = frozenset(row["filler"])
    phrases = {role: frozenset(_without(split(text), filler) for text in row[role]) for role in _ROLES}
    return Words(language, phrases, filler, tuple(row["topic"]))


def _says(words: tuple[str, ...], role: Role, language: Words) -> bool:
    rest = _without(words, language.filler)
    # A phrase that is filler alone ("ok" is not) would mean anything.
    return bool(rest) and rest in language.phrases[role]


def _without(words: Iterable[str], filler: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in filler)


def _small(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
