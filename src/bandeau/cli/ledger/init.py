"""``bandeau ledger init``: what a log needs, created once."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bandeau.cli.settings import Settings, agree, pass_settings
from bandeau.core.policy import Policy
from bandeau.errors import ClockRefused, StoreMissing
from bandeau.ledger.loading import check_clock
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import Store
from bandeau.policyfile import load_file
from bandeau.site import Site, signer_of
from bandeau.storage.engines import MEMORY, create_store, open_store
from bandeau.storage.keyfile import KeyFile, create_keyfile, keyfile_path, rotate_ledger
from bandeau.storage.publishing.folder import CheckpointFolder
from bandeau.storage.signer import Signer


@click.command("init")
@click.option("--yes", is_flag=True, help="Do not ask whether the clock is right after a long silence.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, yes: bool, as_json: bool) -> None:
    """Create what is missing: signing keys, a ledger key in older ones, store, first log, first checkpoint.

    What is there is kept. A log that is gone is never replaced: restore it from its backup. After a
    year without an entry a log goes on only when somebody says here that the clock is right.
    """
    path = Path(settings.policy).resolve()
    policy = load_file(path).policy
    if policy.proof.store == MEMORY:
        raise click.UsageError('`proof.store` is "memory:": nothing is kept, so there is no ledger')
    created = create_rest(policy, path.parent, settings)
    site = Site.open(path)
    try:
        _go_on(site, settings, yes=yes)
        outcomes = site.publish(all_logs=False)
    finally:
        site.close()
    for outcome in outcomes:
        settings.say(outcome.sentence if outcome.done else f"not published: {outcome.sentence}")
    if as_json:
        value = {"created": created, "published": [asdict(outcome) for outcome in outcomes]}
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _go_on(site: Site, settings: Settings, *, yes: bool) -> None:
    """Let a log that was silent for a year go on, if somebody answers for the clock."""
    head, now = site.logs()[-1], log_time(site.now().timestamp())
    try:
        check_clock(head, head.at, now)
    except ClockRefused:
        agree(f"The last entry of {head.origin} is of {head.at}. Is it really {now} now?", yes=yes)
        entry = site.announce_key()
        settings.say(f"{entry.origin} goes on from {now}")


def create_rest(policy: Policy, folder: Path, settings: Settings) -> list[str]:
    """Create keys, store and first log of a policy, unless they are there; say and return what was created.

    Raises:
        KeyFileError, StoreError: what is there cannot be used, or was there once.
    """
    keys, done = keyfile_path(policy, folder), list[str]()
    if not keys.exists():
        create_keyfile(keys)
        done.append(policy.proof.keys)
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
            done.append(created)
        return done
    try:
        return done + _begin(policy, folder, store, signer, settings)
    finally:
        store.close()


def _begin(policy: Policy, folder: Path, store: Store, signer: Signer, settings: Settings) -> list[str]:
    """Give the site its first log in a store that other sites may share."""
    series = (policy.site.id, policy.site.environment)
    if policy.proof.store == MEMORY or any((h.site_id, h.environment) == series for h in store.logs()):
        return []
    _refuse_successor(policy, folder, signer)
    head = store.begin(*series).result()
    settings.say(f"began the log {head.origin} in {policy.proof.store}")
    return [head.origin]


def _refuse_successor(policy: Policy, folder: Path, signer: Signer) -> None:
    """Refuse to begin a log of which checkpoints were published.

    Raises:
        StoreMissing: a new log in its place would look as if the old one had been rewritten.
    """
    if not policy.proof.folder:
        return
    published = CheckpointFolder(folder / policy.proof.folder)
    series = signer.origin(policy.site.id, policy.site.environment, 0).rpartition("/")[0]
    for origin in published.origins(series):
        sizes = published.sizes(origin)
        if sizes:
            raise StoreMissing(
                f"the log {origin} had {sizes[0]} entries when {published.path} got its last checkpoint: "
                f"restore {policy.proof.store} from a backup (docs/how-to/prove-a-choice.md says what to do "
                "when there is none)"
            )
