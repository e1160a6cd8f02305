"""``bandeau ledger checkpoint``: what others keep of the log."""

from __future__ import annotations

import json
import sys

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, pass_settings


@click.command("checkpoint")
@click.option("--year", type=int, help="Of which year.  [default: the current log's]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, year: int | None, as_json: bool) -> None:
    """Print the signed checkpoint of a log: who keeps it can tell later whether the log was rewritten."""
    with opened(settings) as site:
        logs = site.logs()
        heads = [head for head in logs if year is None or head.year == year]
        if not heads:
            click.echo(_absent(year, [head.year for head in logs]), err=True)
            sys.exit(FINDINGS)
        head, keys = heads[-1], site.signer.verifiers(heads[-1].origin)
    if not as_json:
        click.echo(head.checkpoint.decode(), nl=False)
        return
    value = {
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "at": head.at,
        "checkpoint": head.checkpoint.decode(),
        "verifiers": [str(key) for key in keys],
    }
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _absent(year: int | None, years: list[int]) -> str:
    if not years:
        return "there is no log; begin with: bandeau ledger init"
    return f"there is no log of {year}; there are those of {', '.join(map(str, years))}"
