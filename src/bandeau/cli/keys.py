"""``bandeau keys``: the signing keys of the choice cookie."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.policyfile import load_file
from bandeau.storage.keyfile import create_keyfile


@click.group()
def command() -> None:
    """Create the signing keys."""


@command.command()
@click.argument("file", required=False)
@pass_settings
def create(settings: Settings, file: str | None) -> None:
    """Write new signing keys to FILE, or where the policy says; never over an existing file."""
    path = Path(file) if file else _declared(Path(settings.policy))
    keyring = create_keyfile(path)
    settings.say(f"wrote {path} with key {keyring.keys[0].id}: keep it secret, and back it up")
    sys.exit(0)


def _declared(policy: Path) -> Path:
    return policy.resolve().parent / load_file(policy).policy.proof.keys
