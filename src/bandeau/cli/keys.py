"""``bandeau keys``: the keys that sign the choice cookie and the log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.policy import Policy
from bandeau.errors import BandeauError, StoreError, StoreMissing
from bandeau.ledger.loading import check_clock
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import Entry
from bandeau.policyfile import load_file
from bandeau.site import Site, signer_of
from bandeau.storage.engines import MEMORY
from bandeau.storage.keyfile import (
    Keys,
    create_keyfile,
    keyfile_path,
    read_keyfile,
    rotate_cookies,
    rotate_ledger,
)

#: Clocks of one site may differ by that much, so the log of the next year may be there already.
_NEW_YEAR = timedelta(days=1)


@click.group()
def command() -> None:
    """Create, rotate and show the signing keys."""


@command.command()
@click.argument("file", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def create(settings: Settings, file: str | None, as_json: bool) -> None:
    """Write new signing keys to FILE, or where the policy says; never over an existing file."""
    path = Path(file) if file else _declared(settings)[0]
    keys = create_keyfile(path)
    cookie, ledger = keys.cookies.keys[0].id, keys.ledger[0].id
    settings.say(
        f"wrote {path} with cookie key {cookie} and ledger key {ledger}: keep it secret, and back it up"
    )
    if as_json:
        click.echo(json.dumps({"file": str(path), "cookie_key": cookie, "ledger_key": ledger}, indent=2))


@command.command()
@click.option("--cookies", is_flag=True, help="The key of the choice cookie alone.")
@click.option("--ledger", is_flag=True, help="The key of the log alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def rotate(settings: Settings, cookies: bool, ledger: bool, as_json: bool) -> None:
    """Put new keys before the old ones; without an option, keys of both kinds.

    Running sites sign with the new keys from their next request on, without a restart. Nothing
    that was signed before becomes invalid: an old cookie key verifies for 401 days more, and an
    old ledger key signs beside the new one until the log that it has signed ends.

    A site that runs on several machines needs the new file on all of them at once.
    """
    path, _ = _declared(settings)
    done: dict[str, object] = {"file": str(path)}
    if ledger or not cookies:
        # First: it may be refused, and then nothing has changed.
        done |= _rotate_ledger(path, settings)
    if cookies or not ledger:
        done["cookie_key"] = rotate_cookies(path, datetime.now(UTC).date()).cookies.keys[0].id
        settings.say(f"{path}: cookie key {done['cookie_key']} signs from now on")
    if as_json:
        click.echo(json.dumps(done, indent=2))


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
    origin = signer.origin(policy.site.id, policy.site.environment, year or _current_year(settings))
    verifiers = {verifier.public_key: str(verifier) for verifier in signer.verifiers(origin)}
    names = [key.id for key in keys.cookies.keys]
    if as_json:
        years = {key.public: (key.id, key.last_year) for key in keys.ledger}
        years |= {key.public: (key.id, key.last_year) for key in keys.retired}
        ledger = [
            {"id": years[public][0], "last_year": years[public][1], "verifier": verifier}
            for public, verifier in verifiers.items()
        ]
        value = {"origin": origin, "verifiers": list(verifiers.values()), "ledger_keys": ledger}
        click.echo(json.dumps(value | {"cookie_keys": names}, indent=2))
        return
    lines = [f"  {verifier}  ({_term(keys, public)})" for public, verifier in verifiers.items()]
    click.echo("\n".join([f"verifier keys of {origin}:", *lines]))
    click.echo(f"cookie keys: {', '.join(names)}")


def _term(keys: Keys, public: bytes) -> str:
    """Return the name of a key, and which logs it signs."""
    for key in keys.ledger:
        if key.public == public:
            return f"{key.id}, signs" + (
                f" to the end of the log of {key.last_year}" if key.last_year else ""
            )
    return next(f"{key.id}, signed until {key.last_year}" for key in keys.retired if key.public == public)


def _current_year(settings: Settings) -> int:
    """Return the year of the log that is written now; without one, that of the clock."""
    try:
        site = Site.open(settings.policy, checked=False)
    except BandeauError:
        return datetime.now(UTC).year  # keys can be shown whatever is wrong with the rest
    try:
        return max((head.year for head in site.logs()), default=datetime.now(UTC).year)
    except StoreError:
        return datetime.now(UTC).year
    finally:
        site.close()


def _rotate_ledger(path: Path, settings: Settings) -> dict[str, object]:
    """Check everything, put a new ledger key first, and write it into the log.

    The commit that the new key signs first names it, whoever makes that commit: nothing is lost
    when this process dies after the file was replaced.
    """
    year = datetime.now(UTC).year
    try:
        site = Site.open(settings.policy) if read_keyfile(path).ledger else None
    except StoreMissing:
        site = None
    if site is None:
        return _rotated(rotate_ledger(path, year), path, settings)  # a log that has not begun needs no row
    try:
        if site.policy.proof.store == MEMORY or not (heads := site.logs()):
            return _rotated(rotate_ledger(path, year), path, settings)
        newest, now = heads[-1], site.now()
        check_clock(newest, newest.at, log_time(now.timestamp()))
        # The keys in force may have signed the newest log, whatever this machine's clock says.
        until = max(newest.year, (now + _NEW_YEAR).year)
        done = _rotated(rotate_ledger(path, newest.year, until=until), path, settings)
        return done | _announced(site, settings)
    finally:
        site.close()


def _rotated(keys: Keys, path: Path, settings: Settings) -> dict[str, object]:
    settings.say(f"{path}: ledger key {keys.ledger[0].id} signs from now on")
    settings.say("give its verifier key to those who check your log: bandeau keys show")
    return {"ledger_key": keys.ledger[0].id}


def _announced(site: Site, settings: Settings) -> dict[str, object]:
    try:
        entry: Entry = site.announce_key()
    except StoreError as error:
        settings.say(f"the log names it with its next entry, for now nothing could be written: {error}")
        return {}
    settings.say(f"entry {entry.index} of {entry.origin} names it, and the old key signed that")
    return {"origin": entry.origin, "index": entry.index}


def _declared(settings: Settings) -> tuple[Path, Policy]:
    policy_path = Path(settings.policy)
    policy = load_file(policy_path).policy
    return keyfile_path(policy, policy_path.resolve().parent), policy
