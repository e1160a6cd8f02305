"""`bandeau serve`: the panel, the settings page and a page to look at them, from the policy file alone."""

from __future__ import annotations

from pathlib import Path

import click

from bandeau.cli.server import open_site, run
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.preview import preview


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("-p", "--port", default=8700, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.pass_obj
def command(policy: Path, host: str, port: int) -> None:
    """Serve the panel, the settings page and the tables, with a page to try them on."""
    site = open_site(policy)
    run(BandeauMiddleware(preview, site=site), host, port, saying=f"policy revision {site.policy.revision}")
