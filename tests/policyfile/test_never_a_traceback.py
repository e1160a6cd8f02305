"""Whatever the bytes, the answer is a policy or a list of problems."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bandeau.errors import PolicyError
from bandeau.policyfile import load, load_file
from bandeau.policyfile.formats import as_github, as_json, as_sarif
from bandeau.policyfile.mend import mend
from bandeau.policyfile.positions import scan
from bandeau.policyfile.render import render_report
from tests.policyfile.samples import GOOD, problems_of

_LINES = GOOD.splitlines()
_PIECES = [
    *(piece for line in _LINES for piece in (line, line.partition(" = ")[2]) if piece),
    *(
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        '"""',
        "'''",
        "=",
        ".",
        ",",
        "#",
        "\n",
        "\\",
        "[[services]]",
        "[purposes.a]",
    ),
    *(
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "é",
        "𝔸",
        'use = "youtube@1"',
        "9" * 5000,
        "1979-05-27",
        "nan",
        "0x1",
        "-1",
    ),
    *(
        "bit = 64",
        "bit = true",
        'hosts = [1, "a b", "*.com"]',
        "trackers = [{}]",
        "title = 1",
        "services = 1",
    ),
]


def _judge(text: str) -> None:
    """Load, and use what comes back in every way that the command line does."""
    problems = problems_of(text)
    lines = text.count("\n") + 1
    for problem in problems:
        assert 1 <= problem.line <= lines
        assert problem.end_column > problem.column >= 1
    for written in (
        render_report(problems),
        as_json(problems),
        as_github(problems),
        as_sarif(problems, version="0"),
    ):
        assert "\x1b" not in written
    mend(text, problems)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 40), st.sampled_from(_PIECES)), max_size=6)
)
def test_mutated_policy_never_gives_a_traceback(edits: list[tuple[int, int, str]]) -> None:
    """Pieces of policies in the wrong places are judged like any other file."""
    text = GOOD
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    _judge(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_never_gives_a_traceback(text: str) -> None:
    """Also control characters, lone surrogates and unclosed quotes."""
    _judge(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_never_give_a_traceback(tmp_path: Path, raw: bytes) -> None:
    """A picture given by mistake is not UTF-8, and the place is said."""
    path = tmp_path / "any.toml"
    path.write_bytes(raw)
    with pytest.raises(PolicyError):
        load_file(path)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 200), st.sampled_from(_PIECES)), max_size=12)
)
def test_mutated_policies_in_great_number(edits: list[tuple[int, int, str]]) -> None:
    """The same for an hour-long run."""
    text = GOOD
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    _judge(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 50_000,
        ".".join("a" * 50_000) + " = 1",
        "[" + ".".join("a" * 50_000) + "]",
        "a = " + "9" * 100_000,
        'a = "' + "\\" * 100_000,
        "a = '''" + "'" * 100_000,
        "\n" * 900_000,
        "a = 1\n" * 20_000,
        "= \n" * 100_000,
        "x" * 900_000,
        "".join(f"k{n} = 1\n" for n in range(20_000)),
        "".join(f"[[services]]\nid = 's{n}'\n" for n in range(5_000)),
    ],
    ids=range(14),
)
def test_hostile_text_is_answered_in_time(text: str) -> None:
    """Nesting and length cost seconds at most, never the stack."""
    start = time.perf_counter()
    with pytest.raises(PolicyError):
        load(text)
    assert time.perf_counter() - start < 20


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab.[]{}=\"',#\n\\ 1", max_size=200))
def test_scanner_never_raises_and_stays_within_the_text(text: str) -> None:
    """Places lie in the text that they speak of."""
    found = scan(text)
    for start, end in [*found.keys.values(), *found.values.values()]:
        assert 0 <= start <= end <= len(text)
