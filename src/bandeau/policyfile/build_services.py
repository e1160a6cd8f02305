"""Purposes, vendors and services, as values of the core."""

from __future__ import annotations

import re

from bandeau.core.policy import Basis, Kind, Otherwise, Purpose, Reach, Service, Tracker, Vendor
from bandeau.policyfile.build_site import parse_hosts
from bandeau.policyfile.catalogue import Catalogue, Item
from bandeau.policyfile.draft import Declared
from bandeau.policyfile.duration import PERSISTENT_SECONDS, parse_duration
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.shape import is_id
from bandeau.policyfile.suggest import listing, nearest

_USE = re.compile(r"([a-z][a-z0-9-]*)(?:@([0-9]{1,4}))?")
# RFC 6265 §4.1.1: a token; brackets, slashes and colons are met in the wild and accepted by browsers.
_TRACKER_NAME = re.compile(r"[^\s\x00-\x20\x7f;,=*]+\*?|\*")


def build_purposes(root: Entry) -> tuple[Declared[Purpose], ...]:
    """Return the purposes in the order of the file."""
    honoured = {text for _, text in root.table("choice").words("honour_gpc")}
    return tuple(Declared(entry, _purpose(name, entry, honoured)) for name, entry in root.tables("purposes"))


def _purpose(name: str, entry: Entry, honoured: set[str]) -> Purpose:
    since = entry.number("since", 1)
    return Purpose(
        id=name,
        bit=entry.number("bit", -1),
        title=entry.texts("title"),
        summary=entry.texts("summary"),
        detail=entry.texts("detail"),
        profiles_text=entry.texts("profiles_text"),
        necessary=entry.flag("necessary"),
        profiles=entry.flag("profiles"),
        gpc=name in honoured,
        since=since,
        material_since=entry.number("material_since", 1),
    )


def build_vendors(root: Entry, items: list[tuple[Entry, Item]]) -> tuple[Declared[Vendor], ...]:
    """Return the declared vendors, then those that come with entries of the catalogue."""
    declared = {name: Declared(entry, _vendor(name, entry)) for name, entry in root.tables("vendors")}
    for row, item in items:
        # A vendor that the file replaced by its own is not a recipient.
        if item.vendor_id is not None and row.text("vendor") == item.vendor_id:
            entry = Entry((*row.path, "use"), item.vendor)
            declared.setdefault(item.vendor_id, Declared(entry, _vendor(item.vendor_id, entry)))
    return tuple(declared.values())


def _vendor(name: str, entry: Entry) -> Vendor:
    return Vendor(
        id=name,
        name=entry.text("name", name),
        country=entry.text("country"),
        policy_url=entry.text("policy_url"),
        since=entry.number("since", 1),
    )


def resolve_services(
    root: Entry, catalogue: Catalogue, findings: Findings
) -> tuple[list[Entry], list[tuple[Entry, Item]]]:
    """Return the services with the catalogue's values beneath, and which entry each row uses."""
    rows, items = [], []
    for row in root.rows("services"):
        if not row.has("use"):
            _check_by_hand(row, findings)
            rows.append(row)
            continue
        item = _look_up(row, catalogue, findings)
        if item is None:
            continue
        resolved = Entry(row.path, row.data, item.service)
        rows.append(resolved)
        items.append((resolved, item))
    return rows, items


def _check_by_hand(row: Entry, findings: Findings) -> None:
    if not row.has("id"):
        findings.add(
            "BND108",
            row.path,
            '[[services]] has neither "id" nor "use"',
            on_key=True,
            help='add id = "…", or use = "name@version"',
        )


def _look_up(row: Entry, catalogue: Catalogue, findings: Findings) -> Item | None:
    text = row.text("use")
    found = _USE.fullmatch(text)
    versions = catalogue.versions(found[1]) if found else ()
    if found is None or not versions:
        guess = nearest(text.partition("@")[0], catalogue.names())
        newest = f"{guess}@{catalogue.versions(guess)[-1]}" if guess else ""
        findings.add(
            "BND206",
            row.at("use"),
            f'the catalogue has no "{text}"',
            note="" if guess else f"it has: {listing(catalogue.names())}",
            help=f'did you mean "{newest}"?  (bandeau check --fix applies it)' if guess else "",
            fix=f'"{newest}"' if guess else None,
        )
        return None
    newest = f"{found[1]}@{versions[-1]}"
    if found[2] is None:
        findings.add(
            "BND208",
            row.at("use"),
            f'"{text}" names no version',
            note=f'write "{newest}"',
            fix=f'"{newest}"',
            help=f'the newest is "{newest}"  (bandeau check --fix applies it)',
        )
        return None
    item = catalogue.find(found[1], int(found[2]))
    if item is None:
        known = ", ".join(f"{found[1]}@{version}" for version in versions)
        findings.add("BND206", row.at("use"), f'the catalogue has no "{text}"', note=f"it has: {known}")
    return item


def build_services(rows: list[Entry], findings: Findings) -> tuple[Declared[Service], ...]:
    """Return the services in the order of the file."""
    return tuple(Declared(row, _service(row, findings)) for row in rows)


def _service(row: Entry, findings: Findings) -> Service:
    name = row.text("id", row.text("use").partition("@")[0])
    if name and not is_id(name):
        findings.add("BND112", row.at("id"), f'"{name[:80]}" cannot be the id of a service')
    return Service(
        id=name,
        purpose=row.text("purpose"),
        title=row.texts("title") or row.text("title", name),
        basis=Basis(row.text("basis", Basis.CONSENT)),
        exempt_reason=row.text("exempt_reason") or None,
        kind=Kind(row.text("kind", Kind.TAG)),
        hosts=parse_hosts(row.words("hosts"), findings),
        inline=tuple(text for _, text in row.words("inline")),
        trackers=tuple(_tracker(tracker, findings) for tracker in row.rows("trackers")),
        vendor=row.text("vendor") or None,
        otherwise=Otherwise(row.text("otherwise", Otherwise.NOTHING)),
        reach=Reach(row.text("reach", Reach.CLOSED)),
        bit=row.number("bit", 0) if row.has("bit") else None,
        since=row.number("since", 1),
    )


def _tracker(entry: Entry, findings: Findings) -> Tracker:
    name, kind = entry.text("name"), entry.text("kind", "cookie")
    # Storage keys may hold anything; cookie names may not.
    if name and kind == "cookie" and not _TRACKER_NAME.fullmatch(name):
        findings.add("BND121", entry.at("name"), f'"{name}" cannot be the name of a cookie')
    path = entry.text("path", "/")
    if not path.startswith("/"):
        findings.add("BND115", entry.at("path"), f'"{path}" is not a path')
        path = "/"
    return Tracker(
        name=name,
        kind=kind,
        max_age_seconds=_lifetime(entry, kind, findings),
        party=entry.text("party", "first"),
        domain=entry.text("domain") or None,
        path=path,
        partitioned=entry.flag("partitioned"),
        http_only=entry.flag("http_only"),
    )


def _lifetime(entry: Entry, kind: str, findings: Findings) -> int | None:
    text = entry.text("max_age")
    if not text:
        # Session storage ends with its tab by definition.
        if kind != "session":
            findings.add(
                "BND307",
                entry.path,
                f'tracker "{entry.text("name")}" has no lifetime',
                unless=(*entry.path, "max_age"),
            )
        return None
    if text == "session":
        return None
    if text == "persistent" and kind in ("local", "indexeddb", "cache"):
        return PERSISTENT_SECONDS
    seconds = parse_duration(text)
    if seconds is None:
        findings.add(
            "BND110",
            entry.at("max_age"),
            f'"{text}" is not a duration',
            note='as in "13 months" or "session"',
        )
    return seconds
