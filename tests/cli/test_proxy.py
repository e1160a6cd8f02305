"""`bandeau proxy`: what it is asked for is judged before anything starts; its guide names what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from bandeau.cli.main import cli
from tests.cli.run import run

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
BLOCKS = re.findall(
    r"^```sh\n(.*?)^```$", (HOW_TO / "proxy.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("bandeau ")]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--upstream", "ftp://a"], "--upstream: the upstream is an http or https address"),
        (["--upstream", "http://a", "--trust", "nobody"], "--trust: 'nobody' does not appear to be"),
        (["--upstream", "http://a", "--port", "0", "--status", "8701"], "--status takes HOST:PORT"),
        (["--upstream", "http://a", "--workers", "0"], "--workers"),
    ],
    ids=["upstream", "trust", "status", "workers"],
)
def test_a_mistake_is_told_before_anything_starts(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the option's name; the exit code is that of wrong usage."""
    result = run(capsys, "proxy", *options)
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize("line", COMMANDS)
def test_command_of_the_guide_exists_with_its_options(line: str) -> None:
    """A renamed option must not live on in the guide."""
    verb, *words = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    known = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_guide_starts_the_proxy() -> None:
    """The control of the above."""
    assert sum(line.startswith("bandeau proxy --upstream") for line in COMMANDS) >= 2
