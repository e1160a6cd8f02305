"""Scan: a recording read as a proposal of what to declare. Never a verdict: what is unsure stays open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from bandeau.audit.judge.remedies import lifetime
from bandeau.audit.knowledge import Knowledge, trackers_of
from bandeau.audit.observation import Value
from bandeau.audit.recording import Recording
from bandeau.audit.sightings import SITE, Deposit, Sighting, Sightings
from bandeau.errors import AuditError

SCHEMA = "bandeau-scan-1"
#: Stands where a person must decide; `bandeau check` refuses a file that holds it.
TODO = "TODO"
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_LOCAL = frozenset({"local", "indexeddb", "cache"})


class FoundTracker(Value, frozen=True, kw_only=True):
    """Something that was stored, as a policy would declare it."""

    name: str
    kind: str = "cookie"
    max_age: str = "session"
    domain: str = ""
    third_party: bool = False
    http_only: bool = False


class Found(Value, frozen=True, kw_only=True):
    """One service that was seen, and how it might be declared.

    ``use`` names an entry of the catalogue with its version; then ``hosts`` and ``trackers`` hold only
    what the entry does not. ``purpose`` is ``TODO`` where that is for a person to say, and ``vendor``
    where nobody is known. ``called`` are all hosts that were called, ``inside`` those that were called in a
    frame of the service, ``brought_by`` who loaded it (``""``: the site's own pages).
    """

    id: str
    use: str = ""
    title: str | dict[str, str] = ""
    purpose: str = TODO
    kind: str = "tag"
    exempt_reason: str = ""
    vendor: str = ""
    hosts: tuple[str, ...] = ()
    trackers: tuple[FoundTracker, ...] = ()
    called: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    brought_by: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    calls: int = 0
    pages: int = 0

    @property
    def is_unsure(self) -> bool:
        """Whether a person must decide something before it can be declared."""
        return TODO in (self.purpose, self.vendor)


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan found, the known before the unknown. ``pages`` are the sample."""

    urls: tuple[str, ...]
    started: str = ""
    browser: str = ""
    pages: tuple[str, ...] = ()
    pages_known: int = 0
    #: Why something may be missing: visits that did not end well.
    doubts: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    schema: str = SCHEMA


def scan_of(recording: Recording, knowledge: Knowledge | None = None) -> Scan:
    """Read a recording as a proposal."""
    seen = Sightings(recording, knowledge or Knowledge())
    found = [*_parties(seen), *_collectors(seen)]
    return Scan(
        urls=recording.urls,
        started=recording.started,
        browser=f"{recording.tool.browser} {recording.tool.browser_version}".strip(),
        pages=recording.pages,
        pages_known=recording.pages_known,
        doubts=tuple(
            f"{visit.scenario}, {visit.url}: {visit.reason or visit.outcome}"
            for visit in recording.visits
            if visit.outcome != "ok"
        ),
        found=tuple(sorted(found, key=lambda each: (not each.use, each.is_unsure, each.id))),
    )


def encode_scan(scan: Scan) -> bytes:
    """Return a scan as JSON."""
    return msgspec.json.format(msgspec.json.encode(scan), indent=2) + b"\n"


def decode_scan(data: bytes) -> Scan:
    """Read a scan from JSON.

    Raises:
        AuditError: it is not one.
    """
    try:
        scan = msgspec.json.decode(data, type=Scan)
    except msgspec.DecodeError as error:
        raise AuditError(f"this is no scan: {error}; `bandeau scan URL -o FILE` writes one") from error
    if scan.schema != SCHEMA:
        raise AuditError(f"this scan is of the form {scan.schema}, and this Bandeau reads {SCHEMA}")
    return scan


def _parties(seen: Sightings) -> Iterator[Found]:
    for key, sighting in seen.parties.items():
        if sighting.item is not None:
            yield _known(sighting, seen.knowledge)
        elif key == SITE:
            yield from _of_the_site(sighting, seen.knowledge)
        else:
            yield _unknown(key, sighting)


def _known(sighting: Sighting, knowledge: Knowledge) -> Found:
    item = sighting.item
    assert item is not None
    told = trackers_of(item)
    extra = {
        deposit: seconds
        for deposit, seconds in sighting.deposits.items()
        if not any(t.kind == deposit.kind and t.matches(deposit.name) for t in told)
    }
    # Entries without hosts stand for what each site runs at an address of its own.
    hosts = () if item.service.get("hosts") else tuple(sorted(sighting.hosts))
    return _found(
        sighting,
        id=item.name,
        use=f"{item.name}@{item.version}",
        title=str(item.service.get("title", item.name)),
        purpose=knowledge.suggestions.get(item.name, TODO),
        kind=str(item.service.get("kind", "tag")),
        hosts=hosts,
        trackers=_trackers(extra),
    )


def _unknown(domain: str, sighting: Sighting) -> Found:
    return _found(
        sighting,
        id=_id(domain),
        title=domain,
        kind=_kind(sighting),
        vendor=TODO,
        hosts=tuple(sorted(sighting.hosts)) or (domain,),
        trackers=_trackers(sighting.deposits),
    )


def _of_the_site(sighting: Sighting, knowledge: Knowledge) -> Iterator[Found]:
    """What the site itself stores: by framework where its cookies are known, the rest for a person."""
    left: dict[Deposit, int | None] = {}
    known: dict[str, dict[Deposit, int | None]] = {}
    for deposit, seconds in sighting.deposits.items():
        framework = knowledge.framework_of(deposit.name) if deposit.kind == "cookie" else None
        (left if framework is None else known.setdefault(framework.id, {}))[deposit] = seconds
    for deposits in known.values():
        framework = knowledge.framework_of(next(iter(deposits)).name)
        if framework is not None:
            yield _found(
                Sighting(pages=sighting.pages, deposits=deposits),
                id=framework.id,
                title=framework.title,
                purpose="technical",
                kind="storage",
                exempt_reason=framework.exempt_reason,
                trackers=_trackers(deposits),
            )
    if left:
        unknown = Sighting(pages=sighting.pages, deposits=left)
        yield _found(unknown, id="site-storage", kind="storage", trackers=_trackers(left))


def _collectors(seen: Sightings) -> Iterator[Found]:
    for address, pages in seen.collectors.items():
        sighting = Sighting(pages=set(pages))
        name = address.partition("/")[2].partition("/")[0]
        yield _found(sighting, id=_id(f"collector-{name}"), kind="collector", hosts=(address,))


def _found(sighting: Sighting, **known: object) -> Found:
    return Found(
        called=tuple(sorted(sighting.hosts)),
        inside=tuple(sorted(sighting.inside)),
        brought_by=tuple(sorted(sighting.brought_by)),
        stored=tuple(sorted({deposit.name for deposit in sighting.deposits})),
        calls=sighting.calls,
        pages=len(sighting.pages),
        **known,  # type: ignore[arg-type]
    )


def _trackers(deposits: dict[Deposit, int | None]) -> tuple[FoundTracker, ...]:
    ordered = sorted(deposits, key=lambda each: (each.kind, each.name, each.domain))
    return tuple(
        FoundTracker(
            name=deposit.name,
            kind=deposit.kind,
            max_age="persistent" if deposit.kind in _LOCAL else lifetime(deposits[deposit]),
            domain=deposit.domain,
            third_party=deposit.third_party,
            http_only=deposit.http_only,
        )
        for deposit in ordered
    )


def _kind(sighting: Sighting) -> str:
    """Guess what an unknown party is in a page, by what was loaded of it."""
    types = sighting.types
    if types["document"]:
        return "embed"
    if types["script"]:
        return "tag"
    return "fonts" if types and types["font"] + types["stylesheet"] == types.total() else "pixel"


def _id(text: str) -> str:
    name = _NOT_IN_ID.sub("-", text.lower()).strip("-") or "service"
    return name if name[0].isalpha() else f"host-{name}"


def unique_ids(found: Iterable[Found], taken: Iterable[str] = ()) -> Iterator[Found]:
    """Yield services with ids that nothing else has."""
    seen = set(taken)
    for each in found:
        name, number = each.id, 2
        while name in seen:
            name, number = f"{each.id}-{number}", number + 1
        seen.add(name)
        yield each if name == each.id else msgspec.structs.replace(each, id=name)
