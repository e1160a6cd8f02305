"""``bandeau keys``: the keys that sign the choice cookie and the log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.errors import StoreMissing
from bandeau.policyfile import load_file
from bandeau.site import Site, keyfile_path, signer_of
from bandeau.storage.engines import MEMORY
from bandeau.storage.keyfile import create_keyfile, read_keyfile, rotate_cookies, rotate_ledger


@click.group()
def command() -> None:
    """Create, rotate and show the signing keys."""


@command.command()
@click.argument("file", required=False)
@pass_settings
def create(settings: Settings, file: str | None) -> None:
    """Write new signing keys to FILE, or where the policy says; never over an existing file."""
    path = Path(file) if file else _declared(settings)[0]
    keys = create_keyfile(path)
    names = f"cookie key {keys.cookies.keys[0].id} and ledger key {keys.ledger[0].id}"
    settings.say(f"wrote {path} with {names}: keep it secret, and back it up")


@command.command()
@click.option("--cookies", is_flag=True, help="The key of the choice cookie alone.")
@click.option("--ledger", is_flag=True, help="The key of the log alone.")
@pass_settings
def rotate(settings: Settings, cookies: bool, ledger: bool) -> None:
    """Put new keys before the old ones; without an option, keys of both kinds.

    Running sites sign with the new keys from their next request on, without a restart. Nothing
    that was signed before becomes invalid: an old cookie key verifies for 401 days more, and an
    old ledger key signs beside the new one until the log of this year ends.

    A site that runs on several machines needs the new file on all of them at once.
    """
    path, _ = _declared(settings)
    now = datetime.now(UTC)
    if cookies or not ledger:
        keys = rotate_cookies(path, now.date())
        settings.say(f"{path}: cookie key {keys.cookies.keys[0].id} signs from now on")
    if ledger or not cookies:
        keys = rotate_ledger(path, now.year)
        settings.say(f"{path}: ledger key {keys.ledger[0].id} signs from now on")
        _announce(settings)
        settings.say("give its verifier key to those who check your log: bandeau keys show")


@command.command()
@click.option("--year", type=click.IntRange(2000, 9999), help="The keys of another year's log.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def show(settings: Settings, year: int | None, as_json: bool) -> None:
    """Print the verifier keys of the current log, newest first, and the names of the cookie keys.

    Nothing that it prints is secret. Each year has its own log, so witnesses are given the keys of
    the next year's before it begins.
    """
    path, policy = _declared(settings)
    keys = read_keyfile(path)
    signer = signer_of(policy, lambda: keys)
    origin = signer.origin(policy.site.id, policy.site.environment, year or datetime.now(UTC).year)
    verifiers = [str(verifier) for verifier in signer.verifiers(origin)]
    names = [key.id for key in keys.cookies.keys]
    if as_json:
        click.echo(json.dumps({"origin": origin, "verifiers": verifiers, "cookie_keys": names}, indent=2))
        return
    click.echo("\n".join([f"verifier keys of {origin}:", *(f"  {each}" for each in verifiers)]))
    click.echo(f"cookie keys: {', '.join(names)}")


def _announce(settings: Settings) -> None:
    """Write the new key into the log; a log that has not been begun needs none."""
    try:
        site = Site.open(settings.policy)
    except StoreMissing:
        return
    try:
        if site.policy.proof.store != MEMORY:
            entry = site.announce_key()
            settings.say(f"entry {entry.index} of {entry.origin} names it, and the old key signed that")
    finally:
        site.close()


def _declared(settings: Settings) -> tuple[Path, Policy]:
    policy_path = Path(settings.policy)
    policy = load_file(policy_path).policy
    return keyfile_path(policy, policy_path.resolve().parent), policy
