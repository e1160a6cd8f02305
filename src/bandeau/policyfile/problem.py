"""A problem: one mistake in a policy file, with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``error``: the policy is refused. ``warning``: it stands, and should be looked at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one file: lines and columns count characters from 1, the end is exclusive."""

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 2


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that mends the problem without asking anybody."""

    range: Span
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``code`` never changes its meaning; ``bandeau rule CODE`` explains it.

    ``note`` stands beside the caret, ``source`` is the line that is shown above it.
    """

    code: str
    level: Level
    filename: str
    line: int
    column: int
    end_column: int
    message: str
    help: str = ""
    note: str = ""
    source: str = ""
    fix: Fix | None = None

    def __str__(self) -> str:
        from bandeau.policyfile.render import render_problem

        return render_problem(self)
