"""`bandeau serve`: the panel, the settings page and a page to look at them, from the policy file alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from bandeau.cli.server import address_of, listen, open_site, run
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Mode, Policy
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.preview import preview


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
    site = Site.in_memory(_shown(opened.policy, address_of(listener)))
    opened.close()
    run(BandeauMiddleware(preview, site=site), listener, saying=f"policy revision {site.policy.revision}")


def _shown(policy: Policy, url: str) -> Policy:
    """Return the policy as it looks at an address of this machine."""
    hosts = (HostPattern.parse(url.removeprefix("http://")),)
    return replace(
        policy,
        site=replace(policy.site, url=url, hosts=hosts),
        enforce=replace(policy.enforce, mode=Mode.ENFORCE, rules=()),
    )
