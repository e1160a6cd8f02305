"""The guides speak of commands and options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from bandeau.cli.main import cli

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"


def commands_of(guide: str) -> list[str]:
    """Return the commands of a guide, without the program's name."""
    return re.findall(r"^\$ bandeau (.+)$", (GUIDES / guide).read_text(encoding="utf-8"), re.MULTILINE)


COMMANDS = commands_of("prove-a-choice.md")


@pytest.mark.parametrize(
    "line", [*COMMANDS, *commands_of("know-what-happens.md"), *commands_of("other-back-ends.md")]
)
def test_command_of_the_guide_exists_with_its_options(line: str) -> None:
    """A renamed verb or option must not live on in the guide."""
    command: click.Command | None = cli
    words = shlex.split(line)
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None
    known = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_guide_shows_the_work_of_a_privacy_officer() -> None:
    """Show, export, erase, verify, publish, rotate: none is left out."""
    assert {line.split()[1] for line in COMMANDS if line.startswith("ledger ")} >= {
        *("init", "publish", "show", "export", "erase", "verify"),
    }
    assert len(COMMANDS) >= 14
