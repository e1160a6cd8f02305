"""The group of the ledger's verbs."""

from __future__ import annotations

import click

from bandeau.cli.ledger import checkpoint, init, prune, publish, show, stats, subject, verify


@click.group()
def command() -> None:
    """Keep, verify and publish the proof of the readers' choices."""


for verb in (
    init.command,
    verify.command,
    show.command,
    subject.export,
    subject.erase,
    checkpoint.command,
    publish.command,
    stats.command,
    prune.command,
):
    command.add_command(verb)
