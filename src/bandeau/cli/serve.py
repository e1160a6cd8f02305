"""`bandeau serve`: the panel, the settings page and a page to look at them, from the policy file alone."""

from __future__ import annotations

from pathlib import Path

import click

from bandeau.cli.server import address_of, listen, open_site, run
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.preview import preview, shown_at


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8700,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.pass_obj
def command(policy: Path, host: str, port: int) -> None:
    """Serve the panel, the settings page and the tables, with a page to try them on.

    The page is enforced and answers at this address, whatever mode and address the policy names;
    nothing is recorded.
    """
    opened = open_site(policy)
    listener = listen(host, port)
    site = Site.in_memory(shown_at(opened.policy, address_of(listener)))
    opened.close()
    run(BandeauMiddleware(preview, site=site), listener, saying=f"policy revision {site.policy.revision}")
