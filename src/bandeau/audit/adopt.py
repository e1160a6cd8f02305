"""Adopt: what a scan found, put at the end of a policy file; not a byte of what stands there changes."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import tomlkit
from tomlkit.items import Array, InlineTable

from bandeau.audit.report.words import visible
from bandeau.audit.scan import TODO, Found, FoundTracker, Scan, unique_ids
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Kind, Otherwise, Policy, Reach, Service
from bandeau.enforcement.hosts import HostTable, Whose
from bandeau.errors import AuditError
from bandeau.policyfile import load
from bandeau.policyfile.catalogue import BUNDLED, Catalogue, Item
from bandeau.policyfile.entry import Value

_OPEN = (Kind.ADS, Kind.LOADER)
#: How many names a comment lists before it counts the rest.
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Adoption:
    """A policy file before and after.

    ``added`` are the services that were declared, ``unsure`` those of them that hold a TODO.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    def diff(self, filename: str) -> str:
        """Return the difference as a patch, ``""`` when there is none."""
        lines = (self.before.splitlines(keepends=True), self.after.splitlines(keepends=True))
        return "".join(difflib.unified_diff(*lines, filename, filename))


def adopt(
    text: str, scan: Scan, *, filename: str = "bandeau.toml", catalogue: Catalogue = BUNDLED
) -> Adoption:
    """Declare in the text of a policy what a scan found and the policy lacks.

    What is unsure is written as TODO, as is a purpose that the policy does not have: `bandeau check`
    then says where a person must decide.

    Raises:
        PolicyError: the text is no valid policy.
        AuditError: nothing can be added to a file of its form.
    """
    policy = load(text, filename=filename, catalogue=catalogue).policy
    purposes = {purpose.id for purpose in policy.purposes}
    taken = [service.id for service in policy.services]
    added = [_fitted(each, purposes) for each in unique_ids(_missing(policy, scan), taken)]
    if not added:
        return Adoption(text, text)
    writer = _Writer(policy, catalogue)
    after = "\n".join([text.rstrip("\n"), *(writer.service(found) for found in added)])
    _must_be_toml(after)
    unsure = tuple(found.id for found in added if found.is_unsure)
    return Adoption(text, after, tuple(found.id for found in added), unsure)


def _fitted(found: Found, purposes: set[str]) -> Found:
    return found if found.purpose in purposes else msgspec.structs.replace(found, purpose=TODO)


def _missing(policy: Policy, scan: Scan) -> Iterator[Found]:
    """Yield what the policy does not declare, without the parts that it does."""
    table = HostTable(policy)
    known = {service.id for service in policy.services}
    for found in scan.found:
        if found.use and (found.use.partition("@")[0] in known or _is_covered(found, table)):
            continue
        hosts = tuple(host for host in found.hosts if not _is_declared(host, table))
        trackers = tuple(t for t in found.trackers if not _is_stored(t, policy.services))
        if found.use or hosts or trackers:
            yield msgspec.structs.replace(found, hosts=hosts, trackers=trackers)


def _is_covered(found: Found, table: HostTable) -> bool:
    return bool(found.called) and all(_is_declared(host, table) for host in found.called)


def _is_declared(host: str, table: HostTable) -> bool:
    pattern = HostPattern.parse(host)
    path = pattern.path.removesuffix("*") or "/"
    found = table.match_parts(pattern.host, pattern.port, path)
    return found is not None and found.kind is Whose.SERVICE


def _is_stored(tracker: FoundTracker, services: Iterable[Service]) -> bool:
    return any(
        each.kind == tracker.kind
        and each.matches(tracker.name)
        and (each.party == "third") == tracker.third_party
        for service in services
        for each in service.trackers
    )


def _must_be_toml(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AuditError(
            f"nothing can be added to this file ({error}): write its services as [[services]] tables first"
        ) from error


class _Writer:
    """Writes services as tables of TOML, with a comment on what was seen."""

    def __init__(self, policy: Policy, catalogue: Catalogue) -> None:
        self._languages = policy.site.languages
        self._catalogue = catalogue

    def service(self, found: Found) -> str:
        table = tomlkit.table()
        for line in _comments(found):
            table.add(tomlkit.comment(visible(line)))
        for key, value in self._values(found):
            table[key] = value
        services = tomlkit.aot()
        services.append(table)
        document = tomlkit.document()
        document["services"] = services
        return "\n" + tomlkit.dumps(document)

    def _values(self, found: Found) -> Iterator[tuple[str, object]]:
        if found.use:
            yield "use", found.use
            if found.id != found.use.partition("@")[0]:
                yield "id", found.id
        else:
            yield "id", found.id
            if found.title:
                yield "title", self._title(found.title)
        yield "purpose", found.purpose
        if found.exempt_reason:
            yield "basis", "exempt"
            yield "exempt_reason", found.exempt_reason
        if not found.use:
            yield from _nature(found)
        if found.vendor:
            yield "vendor", found.vendor
        if found.hosts:
            yield "hosts", list(found.hosts)
        if found.trackers:
            yield "trackers", _rows([*self._entry_rows(found), *map(_row, found.trackers)])

    def _title(self, title: str | dict[str, str]) -> str | InlineTable:
        if isinstance(title, str):
            return title
        table = tomlkit.inline_table()
        for language in self._languages:
            table[language] = title.get(language) or title["en"]
        return table

    def _entry_rows(self, found: Found) -> list[dict[str, Value]]:
        """Return the trackers of the catalogue's entry: keys beside ``use`` replace those of the entry."""
        name, _, version = found.use.partition("@")
        item: Item | None = self._catalogue.find(name, int(version)) if found.use else None
        rows = item.service.get("trackers", []) if item is not None else []
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _nature(found: Found) -> Iterator[tuple[str, object]]:
    yield "kind", found.kind
    if found.kind == Kind.EMBED:
        yield "otherwise", str(Otherwise.PLACEHOLDER)
    if found.kind in _OPEN:
        yield "reach", str(Reach.OPEN)


def _row(tracker: FoundTracker) -> dict[str, Value]:
    row: dict[str, Value] = {"name": tracker.name}
    if tracker.kind != "cookie":
        row["kind"] = tracker.kind
    row["max_age"] = tracker.max_age
    if tracker.third_party:
        row["party"] = "third"
    if tracker.domain:
        row["domain"] = tracker.domain
    if tracker.http_only:
        row["http_only"] = True
    return row


def _rows(rows: list[dict[str, Value]]) -> Array:
    array = tomlkit.array()
    for row in rows:
        table = tomlkit.inline_table()
        table.update(row)
        array.append(table)
    return array.multiline(len(rows) > 1)


def _comments(found: Found) -> Iterator[str]:
    """Say what was seen, so that whoever decides need not look it up."""
    if found.calls:
        yield f"{_times(found.calls, 'call')} on {_times(found.pages, 'page')} to {_named(found.called)}"
    elif found.kind == "collector":
        yield f"Pages report here what their readers do ({_times(found.pages, 'page')})."
    if found.stored:
        yield f"stored: {_named(found.stored)}"
    others = [host for host in found.brought_by if host]
    if others:
        yield f"brought in by {_named(others)}" + (
            " and by the page itself" if "" in found.brought_by else ""
        )
    if found.inside:
        yield f"called inside its frame: {_named(found.inside)}"
    if found.vendor == TODO:
        yield "Who is this? Name a vendor of [vendors], and the purpose; or remove it from the site."
    elif found.purpose == TODO:
        yield "Which purpose does it serve?"


def _named(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return ", ".join(known[:_MOST_NAMED]) + more


def _times(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
