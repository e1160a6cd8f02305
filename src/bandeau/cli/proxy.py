"""`bandeau proxy`: the policy in front of a site of any make."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from bandeau.cli.exits import ENVIRONMENT, INVALID
from bandeau.cli.server import listen, open_site, run
from bandeau.core.policy import Mode
from bandeau.errors import MissingExtra
from bandeau.web.asgi import BandeauMiddleware


@click.command()
@click.option("--upstream", required=True, metavar="URL", help="The site to stand before.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8700,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--report-only", is_flag=True, help="Block nothing; say what would be blocked.")
@click.pass_obj
def command(policy: Path, upstream: str, host: str, port: int, report_only: bool) -> None:
    """Put Bandeau before the site at --upstream, whatever it is made with."""
    try:
        from bandeau.web.proxy import ReverseProxy
    except MissingExtra as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(ENVIRONMENT)
    try:
        app = ReverseProxy(upstream)
    except ValueError as error:
        click.echo(f"error: --upstream: {error}", err=True)
        sys.exit(INVALID)
    site = open_site(policy)
    if report_only:
        site.policy = replace(site.policy, enforce=replace(site.policy.enforce, mode=Mode.REPORT, rules=()))
    mode = site.policy.enforce.mode.value
    run(BandeauMiddleware(app, site=site), listen(host, port), saying=f"{mode} · upstream {upstream}")
