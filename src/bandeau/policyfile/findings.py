"""Findings: the problems of one file as they are met, each tied to a place."""

from __future__ import annotations

from dataclasses import dataclass, field

from bandeau.policyfile.positions import Path, Positions
from bandeau.policyfile.problem import Fix, Level, Problem, Span
from bandeau.policyfile.rules import RULES


@dataclass(slots=True)
class Findings:
    """Collects problems; nothing is raised before all were found."""

    filename: str
    positions: Positions
    problems: list[Problem] = field(default_factory=list)
    _refused: set[Path] = field(default_factory=set)

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        note: str = "",
        help: str = "",
        fix: str | None = None,
        on_key: bool = False,
        unless: Path | None = None,
        secret: bool = False,
    ) -> None:
        """Add a problem at the value of a path, or at its key; ``fix`` is the text to put there.

        ``unless`` names what the problem follows from: when that was refused itself, there is
        one mistake to report and not two. A ``secret`` line is not shown: reports end up in logs.
        """
        if unless is not None and self.was_refused(unless):
            return
        if code.startswith("BND1"):
            self.refuse(path)
        place = self.positions.key(path) if on_key else self.positions.value(path)
        self.add_at(code, place, message, note=note, help=help, fix=fix, secret=secret)

    def refuse(self, path: Path) -> None:
        """Remember that the value of a path was refused, so that its absence is no problem."""
        self._refused.add(path)

    def was_refused(self, path: Path) -> bool:
        """Tell whether a value, or something within it, was refused."""
        return any(refused[: len(path)] == path for refused in self._refused)

    def add_at(
        self,
        code: str,
        place: Span,
        message: str,
        *,
        note: str = "",
        help: str = "",
        fix: str | None = None,
        secret: bool = False,
    ) -> None:
        """Add a problem at a place of the file."""
        source = self.positions.line(place.line)
        end = place.end_column if place.end_line == place.line else len(source) + 1
        self.problems.append(
            Problem(
                code=code,
                level=RULES[code].level,
                filename=self.filename,
                line=place.line,
                column=place.column,
                end_column=max(end, place.column + 1),
                message=message,
                help=help or RULES[code].remedy,
                note=note,
                source="" if secret else source,
                fix=None if fix is None else Fix(place, fix),
            )
        )

    def in_order(self) -> tuple[Problem, ...]:
        """Return all problems by line."""
        return tuple(
            sorted(
                set(self.problems), key=lambda found: (found.line, found.column, found.code, found.message)
            )
        )

    @property
    def has_errors(self) -> bool:
        """Whether the file is refused."""
        return any(problem.level is Level.ERROR for problem in self.problems)
