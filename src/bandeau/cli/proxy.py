"""`bandeau proxy`: the policy in front of a site of any make."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import click

from bandeau.cli.exits import ENVIRONMENT, INVALID
from bandeau.cli.server import address_of, listen
from bandeau.errors import MissingExtra


@click.command()
@click.option("--upstream", required=True, metavar="URL", help="The site to stand before; or unix:/path.")
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
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that serve."
)
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="NETWORK",
    help="A proxy in front that is believed about who asks; may be repeated.  [default: loopback]",
)
@click.option(
    "--forwarded",
    "standard",
    is_flag=True,
    help="Those proxies write Forwarded (RFC 7239), not X-Forwarded-*.",
)
@click.option("--status", metavar="HOST:PORT", help="Answer /live, /ready and /metrics at this address.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 86_400),
    default=60.0,
    show_default=True,
    help="Seconds of silence of the upstream, or of a reader who sends, that end a request.",
)
@click.option(
    "--drain",
    type=click.FloatRange(0, 3_600),
    default=30.0,
    show_default=True,
    help="Seconds that the last requests have at a reload or the end.",
)
@click.option(
    "--max-upload",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The most bytes that a reader may send in one request; 0 leaves it to the upstream.",
)
@click.pass_obj
def command(
    policy: Path,
    upstream: str,
    host: str,
    port: int,
    report_only: bool,
    workers: int,
    trusted: tuple[str, ...],
    standard: bool,
    status: str | None,
    timeout: float,
    drain: float,
    max_upload: int,
) -> None:
    """Put Bandeau before the site at --upstream, whatever it is made with.

    SIGHUP starts anew with the policy, keys and code as they are now; SIGTERM ends. Neither loses a request.
    """
    if sys.platform == "win32":
        click.echo("error: bandeau proxy needs the signals of Unix; run it under WSL", err=True)
        sys.exit(ENVIRONMENT)
    try:
        from bandeau.web.proxy.limits import Limits
        from bandeau.web.proxy.supervisor import Supervisor
        from bandeau.web.proxy.trust import LOOPBACK, Trust
        from bandeau.web.proxy.upstream import Upstream
        from bandeau.web.proxy.worker import Order
    except MissingExtra as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(ENVIRONMENT)
    limits = Limits(idle_seconds=timeout, upload_bytes=max_upload)
    _checked("--upstream", lambda: Upstream(upstream, limits))
    _checked("--trust", lambda: Trust(trusted))
    order = Order(
        str(policy),
        upstream,
        report_only=report_only,
        trusted=trusted or LOOPBACK,
        standard=standard,
        drain_seconds=drain,
        limits=limits,
    )
    told_at = _address(status) if status else None
    listener = listen(host, port)
    address = address_of(listener)
    supervisor = Supervisor(
        order,
        listener,
        workers=workers,
        say=lambda text: click.echo(text, err=True),
        on_ready=lambda mode: click.echo(f"listening on {address} · {mode} · upstream {upstream}", err=True),
        status=told_at,
    )
    sys.exit(asyncio.run(supervisor.run()))


def _checked(option: str, make: Callable[[], object]) -> None:
    try:
        make()
    except ValueError as error:
        click.echo(f"error: {option}: {error}", err=True)
        sys.exit(INVALID)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.UsageError(f"--status takes HOST:PORT, as in 127.0.0.1:8701, not {text}")
    return host.strip("[]"), int(port)
