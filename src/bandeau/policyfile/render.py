"""Problems as text for a person: place, line, caret, remedy."""

from __future__ import annotations

from collections.abc import Sequence

from bandeau.policyfile.problem import Level, Problem

_MAX_WIDTH = 160
_RED, _YELLOW, _BLUE, _BOLD, _OFF = "\x1b[31m", "\x1b[33m", "\x1b[34m", "\x1b[1m", "\x1b[0m"


def render_problem(problem: Problem, *, colour: bool = False) -> str:
    """Return the lines that explain one problem; colour only when asked for."""
    tint = _RED if problem.level is Level.ERROR else _YELLOW
    head = f"{problem.level}[{problem.code}]"
    gutter = " " * len(str(problem.line))
    lines = [
        f"{_paint(head, tint + _BOLD, colour)}: {visible(problem.message)}",
        f"{gutter}{_paint('-->', _BLUE, colour)} {visible(problem.filename)}:{problem.line}:{problem.column}",
        *_excerpt(problem, gutter, tint, colour=colour),
    ]
    bar = _paint("=", _BLUE, colour)
    if problem.help:
        lines.append(f"{gutter} {bar} help: {visible(problem.help)}")
    lines.append(f"{gutter} {bar} docs: bandeau rule {problem.code}")
    return "\n".join(lines)


def render_report(problems: Sequence[Problem], *, colour: bool = False) -> str:
    """Return all problems and the line that counts them, or an empty text."""
    if not problems:
        return ""
    blocks = [render_problem(problem, colour=colour) for problem in problems]
    return "\n".join([*blocks, count(problems)])


def count(problems: Sequence[Problem]) -> str:
    """Return the closing line: ``2 problems (1 error, 1 warning), 1 fixable``."""
    errors = sum(problem.level is Level.ERROR for problem in problems)
    warnings = len(problems) - errors
    kinds = [_plural(errors, "error")] * bool(errors) + [_plural(warnings, "warning")] * bool(warnings)
    fixable = sum(problem.fix is not None for problem in problems)
    tail = f", {fixable} fixable" if fixable else ""
    return f"{_plural(len(problems), 'problem')} ({', '.join(kinds)}){tail}"


def visible(text: str) -> str:
    """Replace what would move the cursor or hide text in a terminal by U+FFFD."""
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def _excerpt(problem: Problem, gutter: str, tint: str, *, colour: bool) -> list[str]:
    if not problem.source:
        return []
    start = problem.column - 1
    # A long line is cut so that the caret stays in sight.
    cut = max(0, start - _MAX_WIDTH // 2) if len(problem.source) > _MAX_WIDTH else 0
    source = visible(problem.source[cut : cut + _MAX_WIDTH])
    start = min(start - cut, len(source))
    width = max(1, min(problem.end_column - 1 - cut, len(source)) - start)
    indent = "".join("\t" if char == "\t" else " " for char in source[:start])
    carets = _paint("^" * width, tint, colour)
    note = f" {visible(problem.note)}" if problem.note else ""
    bar = _paint("|", _BLUE, colour)
    return [f"{gutter} {bar}", f"{problem.line} {bar} {source}", f"{gutter} {bar} {indent}{carets}{note}"]


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _paint(text: str, tint: str, colour: bool) -> str:
    return f"{tint}{text}{_OFF}" if colour else text
