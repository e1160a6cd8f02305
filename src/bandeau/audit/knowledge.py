"""Knowledge: what a host or the name of a tracker usually means. It suggests, and judges nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Policy, Service, SiteInfo, Tracker
from bandeau.enforcement.hosts import HostTable
from bandeau.policyfile.catalogue import BUNDLED, Catalogue, Item

_FILE = Path(__file__).with_name("knowledge.toml")
_NOBODY = SiteInfo(id="scan", environment="test", name="", url="", hosts=())


@dataclass(frozen=True, slots=True)
class Framework:
    """Cookies that a framework sets for a reason on the list of exemptions."""

    id: str
    title: str | dict[str, str]
    exempt_reason: str
    trackers: tuple[Tracker, ...]


class Knowledge:
    """The newest version of each entry of a catalogue, and what is known beyond it."""

    def __init__(self, catalogue: Catalogue = BUNDLED) -> None:
        self._catalogue = catalogue
        self._data: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))

    def item(self, name: str) -> Item:
        """Return the newest version of an entry by its name."""
        return self._items[name]

    def item_of(self, url: str) -> Item | None:
        """Return the entry whose hosts a URL is of."""
        service = self._table.match(url, "https://nobody.invalid/").service
        return self._items[service.id] if service is not None else None

    def items_with(self, kind: str, name: str, party: str = "first") -> tuple[Item, ...]:
        """Return the entries that declare a tracker of this kind, name and party.

        The most specific names stand alone.
        """
        best: dict[tuple[bool, int], list[str]] = {}
        for item in self._items.values():
            for tracker in trackers_of(item):
                if (tracker.kind, tracker.party) == (kind, party) and tracker.matches(name):
                    weight = (not tracker.name.endswith("*"), len(tracker.name))
                    best.setdefault(weight, []).append(item.name)
        return tuple(self._items[name] for name in dict.fromkeys(best[max(best)])) if best else ()

    def framework_of(self, name: str) -> Framework | None:
        """Return the framework cookies that a first-party cookie is one of."""
        return next(
            (f for f in self._frameworks if any(tracker.matches(name) for tracker in f.trackers)), None
        )

    @cached_property
    def suggestions(self) -> dict[str, str]:
        """The purpose that an entry usually serves, by its name; what hangs on the site is absent."""
        return {name: item.suggests for name, item in self._items.items() if item.suggests}

    @cached_property
    def _items(self) -> dict[str, Item]:
        found = {}
        for name in self._catalogue.names():
            item = self._catalogue.find(name, self._catalogue.versions(name)[-1])
            if item is not None:
                found[name] = item
        return found

    @cached_property
    def _table(self) -> HostTable:
        services = tuple(Service(name, "", hosts=hosts_of(item)) for name, item in self._items.items())
        return HostTable(Policy(1, _NOBODY, (), services))

    @cached_property
    def _frameworks(self) -> tuple[Framework, ...]:
        return tuple(
            Framework(row["id"], row["title"], row["exempt_reason"], tuple(map(Tracker, row["names"])))
            for row in self._data["cookies"]
        )


def hosts_of(item: Item) -> tuple[HostPattern, ...]:
    """Return the hosts of an entry."""
    hosts = item.service.get("hosts", [])
    return tuple(HostPattern.parse(str(host)) for host in hosts) if isinstance(hosts, list) else ()


def trackers_of(item: Item) -> tuple[Tracker, ...]:
    """Return the trackers of an entry, without their lifetimes."""
    rows = item.service.get("trackers", [])
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(
        Tracker(
            str(row["name"]),
            str(row.get("kind", "cookie")),
            party=str(row.get("party", "first")),
            domain=str(row["domain"]) if "domain" in row else None,
        )
        for row in found
    )
