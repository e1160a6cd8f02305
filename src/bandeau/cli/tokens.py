"""``bandeau tokens``: who else may ask for decisions, and about what."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import msgspec

from bandeau.cli.exits import FINDINGS
from bandeau.cli.settings import Settings, agree, pass_settings
from bandeau.core.policy import Policy
from bandeau.policyfile import load_file
from bandeau.storage.tokenfile import (
    PER_SECOND,
    Token,
    create_token,
    read_tokens,
    revoke_token,
    tokenfile_path,
)

#: The longest term of a token, in days.
_LONGEST = 3_660


@click.group()
def command() -> None:
    """Let other back ends ask for decisions, each about its own purposes."""


@command.command()
@click.argument("name")
@click.option(
    "--purpose", "purposes", multiple=True, required=True, metavar="ID", help="A purpose; repeat for more."
)
@click.option(
    "--days", type=click.IntRange(1, _LONGEST), default=365, show_default=True, help="How long it lasts."
)
@click.option(
    "--per-second",
    type=click.IntRange(1, 10_000),
    default=PER_SECOND,
    show_default=True,
    help="Questions a second; each process of the site counts for itself.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def create(
    settings: Settings, name: str, purposes: tuple[str, ...], days: int, per_second: int, as_json: bool
) -> None:
    """Make a token for a back end, called NAME, and print it: it is shown this once and kept nowhere.

    It may ask about the named purposes and their services, in the environment of the policy.
    """
    policy = load_file(settings.policy).policy
    _must_be_declared(policy, purposes)
    today = _today()
    text, token = create_token(
        _path(settings),
        name=name,
        environment=policy.site.environment,
        purposes=list(dict.fromkeys(purposes)),
        created=today,
        expires=today + timedelta(days=days),
        per_second=per_second,
    )
    if as_json:
        click.echo(json.dumps({"token": text, **_record(token)}, ensure_ascii=False, indent=2))
        return
    click.echo(text)
    settings.say(f"{_sentence(token)}; take it away with: bandeau tokens revoke {token.id}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def list_(settings: Settings, as_json: bool) -> None:
    """List the tokens: what each may ask, and until when. The tokens themselves are kept nowhere."""
    tokens = read_tokens(_path(settings))
    if as_json:
        click.echo(json.dumps([_record(token) for token in tokens], ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(map(_sentence, tokens)) or "no tokens")


@command.command()
@click.argument("token_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_settings
def revoke(settings: Settings, token_id: str, yes: bool) -> None:
    """Take a token away, by its id; a running site refuses it from the next question on."""
    known = {token.id: token for token in read_tokens(_path(settings))}
    if token_id not in known:
        names = ", ".join(known) or "there is none"
        click.echo(f"no token has the id {token_id[:40]}; ids: {names}", err=True)
        raise click.exceptions.Exit(FINDINGS)
    agree(f"Take away {_sentence(known[token_id])}?", yes=yes)
    revoke_token(_path(settings), token_id)
    settings.say(f"{token_id} is no token any more")


def _path(settings: Settings) -> Path:
    return tokenfile_path(Path(settings.policy).resolve().parent)


def _today() -> date:
    return datetime.now(UTC).date()


def _must_be_declared(policy: Policy, purposes: tuple[str, ...]) -> None:
    declared = [purpose.id for purpose in policy.purposes]
    for purpose in purposes:
        if purpose not in declared:
            raise click.BadParameter(
                f'"{purpose}" is no purpose of the policy: {", ".join(declared)}', param_hint="--purpose"
            )


def _record(token: Token) -> dict[str, object]:
    kept: dict[str, object] = msgspec.to_builtins(token)
    del kept["sha256"]
    return {**kept, "expired": token.expires < _today()}


def _sentence(token: Token) -> str:
    over = " (over)" if token.expires < _today() else ""
    return (
        f"{token.id}  {token.name}: {', '.join(token.purposes)} in {token.environment}, "
        f"{token.per_second} a second, until {token.expires}{over}"
    )
