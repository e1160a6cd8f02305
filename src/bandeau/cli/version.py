"""``bandeau version``."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Print the version."""
    if not as_json:
        click.echo(f"bandeau {version('bandeau')}")
        return
    record = {
        "bandeau": version("bandeau"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    click.echo(json.dumps(record))
