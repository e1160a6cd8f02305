"""A finding: what was looked at, how it is, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``remedy`` is the next command or step, ``""`` when all is well."""

    subject: str
    level: Level
    sentence: str
    remedy: str = ""


def ok(subject: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(subject, Level.OK, sentence)


def warning(subject: str, sentence: str, remedy: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(subject, Level.WARNING, sentence, remedy)


def error(subject: str, sentence: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(subject, Level.ERROR, sentence, remedy)
