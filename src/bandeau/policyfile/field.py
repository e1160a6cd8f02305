"""What a key and a table of the policy file are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a value must be."""

    STRING = "text"
    INTEGER = "whole number"
    BOOLEAN = "true or false"
    STRINGS = "list of texts"
    INTEGERS = "list of whole numbers"
    TEXTS = "text per language"
    NAME = "text, or text per language"
    TABLE = "table"
    ROWS = "list of tables"
    MAP = "tables by id"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a table."""

    name: str
    type: Type
    doc: str
    required: bool = False
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 2**31 - 1
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file. ``heading`` is how it is written."""

    heading: str
    doc: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)


def words(enum: type[StrEnum]) -> tuple[str, ...]:
    """Return the words that an enumeration allows."""
    return tuple(member.value for member in enum)


def text(name: str, doc: str, *, required: bool = False, default: str | None = None) -> Field:
    """Return a key that holds a text."""
    return Field(name, Type.STRING, doc, required, default)


def word(name: str, doc: str, choices: Iterable[str], default: str | None = None) -> Field:
    """Return a key that holds one of some words."""
    return Field(name, Type.STRING, doc, default=default, choices=tuple(choices))
