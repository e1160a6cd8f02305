"""Progress: for somebody at a terminal, and for nobody else."""

from __future__ import annotations

import sys

import pytest

from bandeau.cli import progress
from bandeau.cli.settings import Settings


def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, terminal: bool, quiet: bool
) -> str:
    """Count to a million in ten steps; return what stderr got."""
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    counted = progress.Progress(Settings(quiet=quiet), "verified", "entries")
    for _ in range(10):
        counted.add(100_000)
    counted.end()
    return capsys.readouterr().err


def test_terminal_sees_one_line_that_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It writes over itself, and nothing of it is left at the end."""
    text = shown(monkeypatch, capsys, terminal=True, quiet=False)
    assert "\rverified 1,000,000 entries" in text
    assert text.endswith("\r\x1b[2K")
    assert "\n" not in text


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_pipe_and_quiet_see_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool, quiet: bool
) -> None:
    """A log of a nightly job holds no counting."""
    assert shown(monkeypatch, capsys, terminal=terminal, quiet=quiet) == ""
