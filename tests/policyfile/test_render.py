"""Rendering: what a person reads."""

from __future__ import annotations

from bandeau.policyfile import Level, Problem
from bandeau.policyfile.render import count, render_problem, render_report
from tests.policyfile.samples import changed, problems_of


def _problem(**changes: object) -> Problem:
    values: dict[str, object] = {
        "code": "BND204",
        "level": Level.ERROR,
        "filename": "bandeau.toml",
        "line": 38,
        "column": 11,
        "end_column": 19,
        "message": 'service "yt" uses unknown purpose "socail"',
        "help": 'did you mean "social"?',
        "note": "not one of: technical, social",
        "source": 'purpose = "socail"',
    }
    return Problem(**{**values, **changes})  # type: ignore[arg-type]


def test_problem_reads_as_documented() -> None:
    """Code, message, place, line, caret, remedy, page: always in this form."""
    assert render_problem(_problem()) == (
        'error[BND204]: service "yt" uses unknown purpose "socail"\n'
        "  --> bandeau.toml:38:11\n"
        "   |\n"
        '38 | purpose = "socail"\n'
        "   |           ^^^^^^^^ not one of: technical, social\n"
        '   = help: did you mean "social"?\n'
        "   = docs: bandeau rule BND204"
    )


def test_text_of_a_problem_is_its_rendering() -> None:
    """A policy error in a log says as much as the command line."""
    assert str(_problem()) == render_problem(_problem())


def test_colour_comes_only_when_asked_for() -> None:
    """Pipes and files stay plain."""
    assert "\x1b" not in render_problem(_problem())
    assert "\x1b[31m" in render_problem(_problem(), colour=True)


def test_control_characters_of_the_file_never_reach_the_terminal() -> None:
    """A hostile file cannot move the cursor or hide text."""
    shown = render_problem(_problem(source='purpose = "\x1b[2J\u202e"', message="\x1b]0;x\x07"))
    assert not any(char in shown for char in "\x1b\x07\u202e")


def test_caret_stands_below_tabs() -> None:
    """The indent is copied, tabs included."""
    lines = render_problem(_problem(source='\tid = "a"', column=7, end_column=10)).splitlines()
    assert lines[4] == "   | \t     ^^^ not one of: technical, social"


def test_long_line_is_cut_around_the_caret() -> None:
    """The mistake stays in sight."""
    lines = render_problem(
        _problem(source="x" * 500 + "HERE" + "y" * 500, column=501, end_column=505)
    ).splitlines()
    assert "HERE" in lines[3]
    assert len(lines[3]) < 200
    assert lines[3].index("HERE") == lines[4].index("^^^^")


def test_count_names_errors_warnings_and_fixes() -> None:
    """The last line of a report."""
    warning = _problem(level=Level.WARNING)
    assert count([_problem(), warning]) == "2 problems (1 error, 1 warning)"
    assert count([_problem()]) == "1 problem (1 error)"
    assert count(problems_of(changed("otherwise", "othervise"))) == "1 problem (1 error), 1 fixable"


def test_nothing_to_say_is_an_empty_report() -> None:
    """A clean file is silent."""
    assert render_report([]) == ""
