"""The reference page of the command line, written from the commands themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bandeau.cli.main import VERBS, cli

_INTRO = """\
# The command line

```
bandeau [OPTIONS] COMMAND [ARGS]...
```

Data go to stdout, everything else to stderr.
Nothing is asked unless somebody sits at a terminal.
Colour comes only on a terminal; `NO_COLOR` turns it off.
Each option can be given by an environment variable: `BANDEAU_POLICY` for `--policy`,
`BANDEAU_CHECK_READY` for `check --ready`, and so on.

| exit code | meaning |
|---|---|
| 0 | clean |
| 1 | findings: what was checked does not hold, or what was asked for is not there |
| 2 | wrong usage, a file that cannot be read, or a command that needs a valid policy met an invalid one |
| 3 | something in the surroundings: keys or store missing or damaged, a port in use |
| 4 | `audit` saw no breach, and could not see everything: that is never clean |
| 130 | interrupted |
"""


def cli_page() -> str:
    """Return docs/reference/cli.md."""
    return "\n".join([_INTRO, *_section("bandeau", cli), *_verbs()])


def _verbs() -> Iterator[str]:
    context = click.Context(cli, info_name="bandeau")
    for name in sorted(VERBS):
        command = cli.get_command(context, name)
        if command is not None:
            yield from _section(f"bandeau {name}", command)
            if isinstance(command, click.Group):
                for below in sorted(command.commands):
                    yield from _section(f"bandeau {name} {below}", command.commands[below])


def _section(name: str, command: click.Command) -> Iterator[str]:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    usage = " ".join([name, *(_argument(argument) for argument in arguments)])
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    yield f"## `{usage}`\n\n" + "\n\n".join(paragraphs) + "\n"
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        yield "| option | default | meaning |\n|---|---|---|"
        yield "\n".join(_option(option) for option in options) + "\n"


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or (argument.name or "").upper()).strip("[].")
    text = name if argument.required else f"[{name}]"
    return text + ("…" if argument.nargs == -1 else "")


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if isinstance(option.type, click.Choice):
        names += " " + " ".join(f"`{choice}`" for choice in option.type.choices)
    elif not option.is_flag:
        names += f" {option.metavar or option.type.name.upper()}"
    shown = option.default if option.show_default and not option.is_flag else ""
    default = f"`{shown}`" if isinstance(shown, str | int) and str(shown) else ""
    return f"| {names} | {default} | {(option.help or '').replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(cli_page(), encoding="utf-8")
