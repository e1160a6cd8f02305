"""What a running site stopped and nobody declared, read as a proposal; never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bandeau.audit.knowledge import Knowledge
from bandeau.audit.scan import TODO, Found, Scan, unique_ids
from bandeau.audit.sightings import registrable
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Policy
from bandeau.policyfile.catalogue import Item
from bandeau.storage.countfile import Stopped

#: How the table of what was stopped names the kinds of storage.
STORAGE = frozenset({"cookie", "local", "session", "indexeddb", "cache"})


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A row that nobody declared, and the entry of the catalogue that knows it (``""``: none)."""

    row: Stopped
    use: str = ""

    @property
    def is_host(self) -> bool:
        """Whether it is a host that was called, and no deposit."""
        return self.row.by not in STORAGE


def undeclared(
    policy: Policy, rows: Iterable[Stopped], knowledge: Knowledge | None = None
) -> list[Undeclared]:
    """Return the rows that a policy does not declare, in their order; the site's own hosts are left out."""
    known = knowledge or Knowledge()
    found = []
    for row in rows:
        if row.by in STORAGE:
            if not _is_stored(policy, row):
                found.append(Undeclared(row))
        elif "." in row.what and not _is_declared(policy, row.what):
            item = known.item_of(f"https://{row.what}/")
            found.append(Undeclared(row, item.use if item is not None else ""))
    return found


def proposal(found: Iterable[Undeclared], knowledge: Knowledge | None = None) -> Scan:
    """Return what ``adopt`` takes: a service for each entry of the catalogue, or for each unknown domain."""
    known = knowledge or Knowledge()
    parties: dict[str, list[Undeclared]] = {}
    for each in found:
        if each.is_host:
            parties.setdefault(each.use or registrable(each.row.what), []).append(each)
    services = [_service(key, rows, known) for key, rows in parties.items()]
    return Scan(urls=(), found=tuple(unique_ids(services)))


def _service(key: str, rows: list[Undeclared], knowledge: Knowledge) -> Found:
    hosts = tuple(sorted({each.row.what for each in rows}))
    causes = tuple(sorted({each.row.initiator for each in rows if each.row.initiator not in ("", *hosts)}))
    item = knowledge.item(key.partition("@")[0]) if rows[0].use else None
    if item is not None:
        return _known(item, hosts, causes, knowledge)
    name = "".join(c if c.isalnum() else "-" for c in key).strip("-")
    return Found(
        id=name if name[:1].isalpha() else f"host-{name}",
        title=key,
        kind="embed" if any(each.row.by.startswith("frame") for each in rows) else "tag",
        vendor=TODO,
        hosts=hosts,
        called=hosts,
        brought_by=causes,
    )


def _known(item: Item, hosts: tuple[str, ...], causes: tuple[str, ...], knowledge: Knowledge) -> Found:
    return Found(
        id=item.name,
        use=item.use,
        title=item.title,
        purpose=knowledge.suggestions.get(item.name, TODO),
        kind=str(item.service.get("kind", "tag")),
        called=hosts,
        brought_by=causes,
    )


def _is_declared(policy: Policy, host: str) -> bool:
    return any(_names(pattern, host) for pattern in _patterns(policy))


def _patterns(policy: Policy) -> Iterator[HostPattern]:
    yield from policy.site.hosts
    for service in policy.services:
        yield from service.hosts


def _names(pattern: HostPattern, host: str) -> bool:
    # A host that is declared for some paths is known: what was stopped there needs no other declaration.
    return HostPattern(pattern.host).matches(host.rstrip("."), None, "/")


def _is_stored(policy: Policy, row: Stopped) -> bool:
    return any(
        tracker.kind == row.by and tracker.matches(row.what)
        for service in policy.services
        for tracker in service.trackers
    )
