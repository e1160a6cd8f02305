"""``bandeau explain``: what happens to a URL, and why."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.consent import Action, Choice, apply_choice
from bandeau.core.decision import Decision, decide
from bandeau.core.policy import Mode, Policy, Reach, Service, Undeclared
from bandeau.enforcement.hosts import HostTable, Whose
from bandeau.policyfile import Loaded, load_file

# The day does not matter: the choice is made and asked on the same one.
_TODAY = 20_000
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d+)?(?:[/?#]|$)")
# Names that end so are files beside the page, although .js or .css could be a host's last word one day.
_FILES = frozenset(
    {"js", "mjs", "css", "html", "htm", "php", "json", "xml", "txt", "svg", "png", "jpg", "jpeg"}
) | {*("gif", "webp", "avif", "ico", "woff", "woff2", "mp3", "mp4", "webm", "pdf", "map", "aspx", "jsp")}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whose a URL is, and what happens to it after each choice."""

    url: str
    whose: str
    sentence: str
    service: Service | None = None
    decisions: tuple[tuple[str, Decision], ...] = ()


@click.command()
@click.argument("url")
@click.option("--base", help="The page that the URL stands in.  [default: the site's address]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, url: str, base: str | None, as_json: bool) -> None:
    """Say whose URL is, and whether it is allowed before a choice, after a refusal and after an accept."""
    _refuse_bare_host(url)
    loaded = load_file(settings.policy)
    found = explain(loaded.policy, url, base or f"{loaded.policy.site.url}/")
    click.echo(
        json.dumps(_record(found, loaded), ensure_ascii=False, indent=2) if as_json else _text(found, loaded)
    )


def _refuse_bare_host(url: str) -> None:
    """Stop at what a browser reads as a path, and its writer probably meant as a host.

    Raises:
        click.UsageError: with the question what was meant.
    """
    if _HOST.match(url) and url.partition("/")[0].rpartition(".")[2].lower() not in _FILES:
        raise click.UsageError(
            f'"{url}" is read as a path of the site, as browsers do; did you mean https://{url}? '
            f"(for the path: /{url})"
        )


def explain(policy: Policy, url: str, base: str) -> Explanation:
    """Look a URL up as the walls do."""
    match = HostTable(policy).match(url, base)
    if match.service is not None:
        decisions = _decisions(policy, match.service)
        return Explanation(url, "service", _sentence(match.service, decisions), match.service, decisions)
    sentences = {
        Whose.FIRST: "The site's own: never blocked.",
        Whose.INERT: "It reaches no host: never blocked.",
        Whose.UNPARSEABLE: "No browser can read it: blocked.",
    }
    return Explanation(url, str(match.kind), sentences.get(match.kind) or _undeclared(policy))


def _decisions(policy: Policy, service: Service) -> tuple[tuple[str, Decision], ...]:
    shown = frozenset(purpose.id for purpose in policy.switches())
    offered = frozenset(service.id for service in policy.services if service.bit is not None)
    found = [("no choice", decide(policy, None, service, _TODAY))]
    for name, action in (("refused", Action.REFUSE), ("accepted", Action.ACCEPT)):
        choice = Choice(action, policy.revision, shown, offered)
        known = apply_choice(policy, None, choice, _TODAY)
        found.append((name, decide(policy, known, service, _TODAY)))
    return tuple(found)


def _sentence(service: Service, decisions: tuple[tuple[str, Decision], ...]) -> str:
    allowed = [decision.allowed for _, decision in decisions]
    if all(allowed):
        return f"Always allowed: {service.exempt_reason or 'necessary'}."
    if allowed[0]:
        return "Allowed until the reader objects."
    return f'Blocked until the reader allows "{service.purpose}".'


def _undeclared(policy: Policy) -> str:
    blocks = policy.enforce.undeclared_hosts is Undeclared.BLOCK
    verdict = "blocked" if blocks else "reported and let through"
    open_ = [service.id for service in policy.services if service.reach is Reach.OPEN]
    tail = f' Once allowed, {", ".join(open_)} may call it (reach = "open").' if open_ else ""
    return f"No service declares it: {verdict}.{tail}"


def _text(found: Explanation, loaded: Loaded) -> str:
    lines = [found.url, f"  {found.sentence}"]
    if found.service is not None:
        lines += [f"  {name:<10} {value}" for name, value in _about(found.service, loaded)]
        lines += [
            f"  {name:<10} {'allowed' if decision.allowed else 'blocked'} ({decision.reason})"
            for name, decision in found.decisions
        ]
    mode = loaded.policy.enforce.mode
    if mode is not Mode.ENFORCE:
        lines.append(f'  The mode is "{mode}": nothing is blocked yet.')
    return "\n".join(lines)


def _about(service: Service, loaded: Loaded) -> list[tuple[str, str]]:
    policy, place = loaded.policy, loaded.place("service", service.id)
    purpose = policy.purpose(service.purpose)
    title = purpose.title.get(policy.site.default_language, purpose.id)
    basis = str(service.basis) + (f" ({service.exempt_reason})" if service.exempt_reason else "")
    return [
        ("service", f"{service.id}, {service.kind}, declared at {loaded.filename}:{place.line}"),
        ("purpose", f"{purpose.id}: {title}"),
        ("vendor", policy.vendor(service.vendor).name if service.vendor else "none"),
        ("basis", basis),
    ]


def _record(found: Explanation, loaded: Loaded) -> dict[str, object]:
    service = found.service
    return {
        "url": found.url,
        "whose": found.whose,
        "sentence": found.sentence,
        "mode": str(loaded.policy.enforce.mode),
        "service": service.id if service else None,
        "purpose": service.purpose if service else None,
        "vendor": service.vendor if service else None,
        "basis": str(service.basis) if service else None,
        "line": loaded.place("service", service.id).line if service else None,
        "decisions": {
            name.replace(" ", "_"): {"allowed": decision.allowed, "reason": str(decision.reason)}
            for name, decision in found.decisions
        },
    }
