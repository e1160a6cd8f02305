"""``bandeau ledger publish``: the checkpoints, to every place that the policy names."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, pass_settings


@click.command("publish")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, as_json: bool) -> None:
    """Publish the checkpoints of the site's logs now; a running site does so every hour.

    Witnesses are asked first, then folders, addresses and repositories get the countersigned
    checkpoint, then it is time stamped. Exits with 1 when a place did not get it.
    """
    with opened(settings) as site:
        outcomes = site.publish()
    if as_json:
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False, indent=2))
    else:
        for outcome in outcomes:
            click.echo(
                outcome.sentence if outcome.done else f"NOT PUBLISHED at {outcome.place}: {outcome.sentence}"
            )
        if not outcomes:
            click.echo("the policy names no place (proof.publish)")
    sys.exit(FINDINGS if any(not outcome.done for outcome in outcomes) else 0)
