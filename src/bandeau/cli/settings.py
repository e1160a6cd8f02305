"""The options that every verb shares."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

import click
from click.decorators import pass_meta_key

#: Where the group leaves its settings for the verbs.
SETTINGS = "bandeau.settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands before the verb: data go to stdout, everything else to stderr."""

    policy: str = "bandeau.toml"
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"

    def colours(self, stream: TextIO) -> bool:
        """Tell whether a stream is painted."""
        if self.color != "auto":
            return self.color == "always"
        # https://no-color.org: any value that is not empty.
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()

    def say(self, text: str) -> None:
        """Tell a person something, unless they asked for quiet."""
        if not self.quiet:
            click.echo(text, err=True)


#: Gives a verb its settings as the first argument.
pass_settings = pass_meta_key(SETTINGS)


def is_interactive() -> bool:
    """Tell whether somebody could answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def agree(question: str, *, yes: bool) -> None:
    """Go on only when somebody said yes, by option or at a terminal.

    Raises:
        click.UsageError: nobody can be asked.
        click.Abort: they said no.
    """
    if yes:
        return
    if not is_interactive():
        raise click.UsageError("nobody can be asked here: add --yes, or look first with --dry-run")
    click.confirm(question, abort=True, err=True)
