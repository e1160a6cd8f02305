"""``bandeau catalogue``: the services that Bandeau knows, and what changed about them."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.settings import Settings, pass_settings
from bandeau.policyfile import Loaded, load_file
from bandeau.policyfile.catalogue import BUNDLED, Evidence, Item
from bandeau.policyfile.catalogue.comparison import Change, asks_again, compare, tracker_text
from bandeau.policyfile.suggest import nearest

_NO_SOURCE = "  (no source)"
_ENTRY = re.compile(r"([a-z][a-z0-9-]{0,63})(?:@([0-9]{1,4}))?(?:\.\.([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry in two versions. ``own`` are the keys that the policy writes beside ``use``."""

    old: Item
    new: Item
    service: str = ""
    place: str = ""
    own: frozenset[str] = frozenset()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What differs."""
        return compare(self.old, self.new)


@click.group(name="catalogue")
def command() -> None:
    """Show the services of the catalogue, and what changed since the versions that a policy uses."""


@command.command(name="list")
@click.argument("word", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(word: str, as_json: bool) -> None:
    """List the services, or those that have WORD in a name, host, tracker or vendor.

    Exits with 1 when there is none.
    """
    items = [item for item in _newest() if word.lower() in _searched(item)]
    if as_json:
        click.echo(_json([_record(item) for item in items]))
    elif items:
        width = max(len(item.use) for item in items)
        click.echo("\n".join(f"{item.use:<{width}}  {item.title}{_remark(item)}" for item in items))
    else:
        click.echo(f'no service of the catalogue has "{word}"', err=True)
    sys.exit(0 if items else FINDINGS)


@command.command()
@click.argument("entry")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(entry: str, as_json: bool) -> None:
    """Print one entry: what it knows, and from where.

    ENTRY is NAME, for the newest version, or NAME@VERSION.
    """
    named = _ENTRY.fullmatch(entry)
    if named is not None and named[3] is not None:
        raise click.UsageError(f"{entry} names two versions; bandeau catalogue diff {entry} compares them")
    item = _find(entry)
    click.echo(_json(_record(item)) if as_json else "\n".join(_lines(item)))


@command.command()
@click.argument("entries", nargs=-1, metavar="[ENTRY]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something changed.")
@pass_settings
def diff(settings: Settings, entries: tuple[str, ...], as_json: bool, exit_zero: bool) -> None:
    """Say what changed between the versions that the policy uses and the newest, for each service.

    ENTRY is NAME@OLD, to compare that version with the newest, or NAME@OLD..NEW; then no policy is
    read. Exits with 1 when something changed.
    """
    found = [_named(entry) for entry in entries] if entries else list(_used(load_file(settings.policy)))
    changed = [each for each in found if each.old.version != each.new.version]
    if as_json:
        click.echo(_json([_difference(each) for each in changed]))
    elif changed:
        click.echo("\n\n".join("\n".join(_said(each)) for each in changed))
        settings.say(
            f"\n{len(changed)} of {len(found)} changed; nothing takes effect until a policy names the version"
        )
    else:
        settings.say(f"nothing changed: {len(found)} of the catalogue in use, each in its newest version")
    sys.exit(FINDINGS if changed and not exit_zero else 0)


def _newest() -> Iterator[Item]:
    for name in BUNDLED.names():
        item = BUNDLED.newest(name)
        if item is not None:
            yield item


def _searched(item: Item) -> str:
    words = (
        item.name,
        item.title,
        *item.words("hosts"),
        *item.tracker_names,
        str(item.vendor.get("name", "")),
    )
    return "\n".join(words).lower()


def _remark(item: Item) -> str:
    return "  (trackers without a source)" if item.has_unverified_trackers else ""


def _find(entry: str, version: str | None = None) -> Item:
    """Return an entry by its name and version.

    Raises:
        click.UsageError: with what there is instead.
    """
    found = _ENTRY.fullmatch(entry)
    name, wanted = (found[1], version or found[2]) if found else (entry, version)
    versions = BUNDLED.versions(name)
    if not versions:
        guess = nearest(name, BUNDLED.names())
        raise click.UsageError(
            f'the catalogue has no "{name}"; '
            + (f'did you mean "{guess}"?' if guess else "bandeau catalogue list names all")
        )
    item = BUNDLED.find(name, int(wanted)) if wanted else BUNDLED.newest(name)
    if item is None:
        known = ", ".join(f"{name}@{each}" for each in versions)
        raise click.UsageError(f'the catalogue has no "{name}@{wanted}"; it has {known}')
    return item


def _named(entry: str) -> Difference:
    found = _ENTRY.fullmatch(entry)
    if found is None or found[2] is None:
        raise click.UsageError(
            f'"{entry}" names no version to compare from: write it as youtube@1, or youtube@1..2'
        )
    name = found[1]
    return Difference(_find(f"{name}@{found[2]}"), _find(name, found[3]))


def _used(loaded: Loaded) -> Iterator[Difference]:
    """Yield what the policy takes from the catalogue, in the order of the file."""
    for row in tomllib.loads(loaded.text).get("services", []):
        if "use" not in row:
            continue
        old = _find(str(row["use"]))
        service = str(row.get("id", old.name))
        place = f"{loaded.filename}:{loaded.place('service', service).line}"
        yield Difference(old, _find(old.name), service, place, frozenset(row))


def _said(each: Difference) -> Iterator[str]:
    place = f"{each.place}: " if each.place else ""
    yield f"{place}{each.old.use} -> {each.new.use}  {each.new.title}"
    for change in each.changes:
        yield f"  {change.sentence}{_unused(change, each)}"
    if asks_again(each.old, each.new) and "vendor" not in each.own:
        yield "  Somebody else receives the data: raise revision, and write it as since beside use."


def _unused(change: Change, each: Difference) -> str:
    return (
        f'  (without effect: the policy writes "{change.key}" beside use)' if change.key in each.own else ""
    )


def _lines(item: Item) -> Iterator[str]:
    service, doubtful = item.service, {*item.unverified}
    yield f"{item.use}  {item.title}"
    refused = service.get("otherwise", "nothing")
    yield f"  {service['kind']}, reach {service['reach']}, a refusal shows {refused}"
    yield "  basis     consent, unless the policy writes another beside use"
    yield f"  purpose   {item.suggests or 'for you to decide'}"
    for key, title in (("hosts", "host"), ("inline", "script")):
        for word in item.words(key):
            yield f"  {title:<9} {word}{_doubt(doubtful, word, key)}"
    for row in item.trackers:
        doubt = _NO_SOURCE if item.basis is Evidence.UNVERIFIED else _doubt(doubtful, str(row["name"]))
        yield f"  tracker   {tracker_text(row)}{doubt}"
    if item.vendor_id:
        vendor = item.vendor
        yield f"  vendor    {vendor['name']}, {vendor['country']}{_doubt(doubtful, 'vendor', 'name')}"
        yield f"            {vendor['policy_url']}"
    yield f"  sources   {item.basis}, {item.checked or 'written ' + item.written}"
    yield from (f"            {page}" for page in (item.source, *item.also))
    if item.note:
        yield f"  {item.note}"


def _doubt(doubtful: set[str], *facts: str) -> str:
    return "" if doubtful.isdisjoint(facts) else _NO_SOURCE


def _record(item: Item) -> dict[str, object]:
    return {
        "use": item.use,
        "title": item.title,
        "basis": "consent",
        "suggests": item.suggests or None,
        "service": dict(item.service),
        "vendor": {"id": item.vendor_id, **item.vendor} if item.vendor_id else None,
        "evidence": str(item.basis),
        "checked": item.checked or None,
        "written": item.written or None,
        "unverified": list(item.unverified),
        "sources": [item.source, *item.also],
        "note": item.note,
        "versions": list(BUNDLED.versions(item.name)),
    }


def _difference(each: Difference) -> dict[str, object]:
    return {
        "service": each.service or None,
        "place": each.place or None,
        "old": each.old.use,
        "new": each.new.use,
        "asks_again": asks_again(each.old, each.new) and "vendor" not in each.own,
        "changes": [
            {
                "key": change.key,
                "sign": str(change.sign),
                "what": change.what,
                "before": change.before or None,
                "after": change.after or None,
                "sentence": change.sentence,
                "in_effect": change.key not in each.own,
            }
            for change in each.changes
        ],
    }


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)
