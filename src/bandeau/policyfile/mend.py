"""Apply the fixes that need no decision."""

from __future__ import annotations

from collections.abc import Sequence

from bandeau.policyfile.positions import Positions
from bandeau.policyfile.problem import Problem


def mend(text: str, problems: Sequence[Problem]) -> tuple[str, int]:
    """Return the text with every fix applied, and how many were; the rest stays byte for byte."""
    positions = Positions(text)
    edits = set()
    for problem in problems:
        if problem.fix is not None:
            place = problem.fix.range
            start = positions.offset(place.line, place.column)
            end = positions.offset(place.end_line, place.end_column)
            edits.add((start, end, problem.fix.text))
    done, before = 0, len(text) + 1
    for start, end, replacement in sorted(edits, reverse=True):
        # Of two fixes for one place the later run applies the second.
        if end <= before:
            text = text[:start] + replacement + text[end:]
            before, done = start, done + 1
    return text, done
