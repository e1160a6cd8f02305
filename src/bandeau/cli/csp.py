"""`bandeau csp`: the Content-Security-Policy, for whoever sets it elsewhere."""

from __future__ import annotations

import json

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.enforcement.csp import BUDGET_BYTES, ENFORCED, REPORT_ONLY, csp_text, header_text
from bandeau.enforcement.sitecsp import TRUSTED_TYPES_NAME, parse
from bandeau.enforcement.visit import steady_services
from bandeau.policyfile import load_file

_FORMATS = ("header", "value", "nginx", "caddy", "apache", "django", "django-csp")
_EVERYTHING, _NOTHING = "all", "none"


@click.command()
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="PURPOSE",
    help="A purpose that the reader allows; repeat for more, or all.  [default: none]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="header",
    show_default=True,
    help="How it is written.",
)
@click.option("--report-only", is_flag=True, help="Block nothing; let browsers report what would be blocked.")
@pass_settings
def command(settings: Settings, allowed: tuple[str, ...], form: str, report_only: bool) -> None:
    """Print the Content-Security-Policy that the policy leads to.

    By default the one that holds before any choice: for what is served without Bandeau (files of a web
    server or of a CDN). With --allow all the widest: the site's own policy must let through as much, for
    a browser enforces both.
    """
    policy = load_file(settings.policy).policy
    text = header_text(policy, csp_text(policy, _services(policy, allowed)))
    click.echo(written(form, text, report_only=report_only))
    if len(text) > BUDGET_BYTES:
        settings.say(f"{len(text)} bytes: with more than {BUDGET_BYTES} common proxies answer 502")
    settings.say(f"where the site requires Trusted Types, allow the policy named: {TRUSTED_TYPES_NAME}")


def written(form: str, text: str, *, report_only: bool = False) -> str:
    """Return a policy as a server's or framework's configuration has it."""
    name = (REPORT_ONLY if report_only else ENFORCED).title().replace("Csp", "CSP")
    lines = {
        "header": f"{name}: {text}",
        "value": text,
        "nginx": f'add_header {name} "{text}" always;',
        "caddy": f'header {name} "{text}"',
        "apache": f'Header always set {name} "{text}"',
    }
    if form in lines:
        return lines[form]
    directives = json.dumps(parse(text), indent=4)
    if form == "django":
        return f"SECURE_CSP{'_REPORT_ONLY' if report_only else ''} = {directives}"
    return f'CONTENT_SECURITY_POLICY{"_REPORT_ONLY" if report_only else ""} = {{"DIRECTIVES": {directives}}}'


def _services(policy: Policy, allowed: tuple[str, ...]) -> int:
    """Return the services that run when these purposes are allowed, as bits.

    Raises:
        click.UsageError: there is no such purpose.
    """
    if _EVERYTHING in allowed:
        return (1 << len(policy.services)) - 1
    known = {purpose.id for purpose in policy.purposes}
    for name in allowed:
        if name not in known and name != _NOTHING:
            raise click.UsageError(
                f"there is no purpose {name}; there are {', '.join(sorted(known))} and all"
            )
    bits = (1 << i for i, service in enumerate(policy.services) if service.purpose in allowed)
    return steady_services(policy) | sum(bits)
