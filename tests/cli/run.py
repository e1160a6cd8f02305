"""Run the command line as a person would, in a process of its own or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bandeau.cli.main import main


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Result:
    """Run in this process."""
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return Result(exit_.value.code if isinstance(exit_.value.code, int) else 0, out, err)


def spawn(*arguments: str | Path, cwd: Path, seconds: float = 60, **environment: str) -> Result:
    """Run as a process without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "bandeau", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
