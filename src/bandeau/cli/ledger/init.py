"""``bandeau ledger init``: what a log needs, created once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.errors import StoreMissing
from bandeau.ledger.store import Store
from bandeau.policyfile import load_file
from bandeau.site import Site, keyfile_path, signer_of
from bandeau.storage.engines import MEMORY, create_store, open_store
from bandeau.storage.keyfile import KeyFile, create_keyfile, rotate_ledger
from bandeau.storage.publishing.folder import CheckpointFolder
from bandeau.storage.signer import Signer


@click.command("init")
@pass_settings
def command(settings: Settings) -> None:
    """Create what is missing: signing keys, a ledger key in older ones, store, first log, first checkpoint.

    What is there is kept. A log that is gone is never replaced: restore it from its backup.
    """
    path = Path(settings.policy).resolve()
    policy = load_file(path).policy
    if policy.proof.store == MEMORY:
        raise click.UsageError('`proof.store` is "memory:": nothing is kept, so there is no ledger')
    create_rest(policy, path.parent, settings)
    site = Site.open(path)
    try:
        for outcome in site.publish(all_logs=False):
            settings.say(outcome.sentence if outcome.done else f"not published: {outcome.sentence}")
    finally:
        site.close()


def create_rest(policy: Policy, folder: Path, settings: Settings) -> None:
    """Create keys, store and first log of a policy, unless they are there; say what was done.

    Raises:
        KeyFileError, StoreError: what is there cannot be used, or was there once.
    """
    keys = keyfile_path(policy, folder)
    if not keys.exists():
        create_keyfile(keys)
        settings.say(f"wrote {policy.proof.keys}: keep it secret, and out of version control")
    elif not KeyFile(keys).keys().ledger:
        rotate_ledger(keys, datetime.now(UTC).year)
        settings.say(f"added a key for the log to {policy.proof.keys}")
    signer = signer_of(policy, KeyFile(keys).keys)
    try:
        store = open_store(policy.proof.store, folder, signer)
    except StoreMissing:
        _refuse_successor(policy, folder, signer)
        created = create_store(policy, folder, signer)
        if created is not None:
            settings.say(f"wrote {created}: the proof of the readers' choices")
        return
    try:
        _begin(policy, folder, store, signer, settings)
    finally:
        store.close()


def _begin(policy: Policy, folder: Path, store: Store, signer: Signer, settings: Settings) -> None:
    """Give the site its first log in a store that other sites may share."""
    series = (policy.site.id, policy.site.environment)
    if policy.proof.store == MEMORY or any((h.site_id, h.environment) == series for h in store.logs()):
        return
    _refuse_successor(policy, folder, signer)
    head = store.begin(*series).result()
    settings.say(f"began the log {head.origin} in {policy.proof.store}")


def _refuse_successor(policy: Policy, folder: Path, signer: Signer) -> None:
    """Refuse to begin a log of which checkpoints were published.

    Raises:
        StoreMissing: a new log in its place would look as if the old one had been rewritten.
    """
    if not policy.proof.folder:
        return
    published = CheckpointFolder(folder / policy.proof.folder)
    origin = signer.origin(policy.site.id, policy.site.environment, datetime.now(UTC).year)
    sizes = published.sizes(origin)
    if sizes:
        raise StoreMissing(
            f"the log {origin} had {sizes[0]} entries when {published.path} got its last checkpoint: restore "
            f"{policy.proof.store} from a backup (to give it up, move that folder away)"
        )
