"""`bandeau snippet`: the text that puts Bandeau into a site, for the stack that it has."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import click

from bandeau.cli.csp import written
from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.enforcement.csp import header_text, strictest
from bandeau.policyfile import load_file
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.single import script_line

_FILES = ("apache", "caddy", "django", "flask", "nginx", "wordpress")


@click.command()
@click.argument("stack", type=click.Choice((*_FILES, "script")))
@click.option(
    "--upstream",
    default="http://127.0.0.1:8080",
    show_default=True,
    metavar="URL",
    help="Where the site itself will listen.",
)
@click.option(
    "--proxy", "listen", default="127.0.0.1:8700", show_default=True, help="Where bandeau proxy will listen."
)
@pass_settings
def command(settings: Settings, stack: str, upstream: str, listen: str) -> None:
    """Print the text that puts Bandeau into a site made with STACK.

    With nginx, caddy, apache and wordpress pages pass through bandeau proxy; django and flask need none.
    script is for a site that cannot be proxied; docs/how-to/without-proxy.md says what it cannot enforce.
    """
    loaded = load_file(settings.policy)
    if stack == "script":
        click.echo(script_line(Rendered(loaded.policy)))
        return
    path = Path(settings.policy).resolve()
    text = (files("bandeau.cli") / "snippets" / f"{stack}.txt").read_text("utf-8")
    for mark, value in _values(loaded.policy, path, stack, upstream, listen).items():
        text = text.replace(f"@{mark}@", value)
    click.echo(text, nl=False)


def _values(policy: Policy, path: Path, stack: str, upstream: str, listen: str) -> dict[str, str]:
    hosts = _hosts(policy)
    constant = header_text(policy, strictest(policy))
    return {
        "HEADER": written(stack, constant) if stack in ("apache", "caddy", "nginx") else "",
        "HOSTS": (", " if stack == "caddy" else " ").join(hosts),
        "HOST": hosts[0],
        "ALIASES": f"ServerAlias {' '.join(hosts[1:])}" if hosts[1:] else "# ServerAlias: none",
        "LISTEN": listen,
        "PORT": listen.rpartition(":")[2],
        "POLICY": str(path),
        "POLICY_STRING": json.dumps(str(path)),
        "UPSTREAM": upstream,
    }


def _hosts(policy: Policy) -> list[str]:
    """Return the names of the site, that of its address first."""
    own = urlsplit(policy.site.url).hostname or ""
    return list(dict.fromkeys([own, *(pattern.host for pattern in policy.site.hosts)]))
