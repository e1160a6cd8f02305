"""What changed between two versions of an entry, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bandeau.policyfile.catalogue import Item
from bandeau.policyfile.entry import Value

#: Keys of a service that say what it is, with the words for them.
_NATURE = {"title": "title", "kind": "kind", "otherwise": "what a refusal shows", "reach": "reach"}
_LISTS = {"hosts": "host", "inline": "word of its script"}
_VENDOR = {
    "name": "vendor",
    "country": "vendor's country",
    "policy_url": "vendor's privacy page",
    "transfer": "vendor's ground of transfer",
}


class Sign(StrEnum):
    """How a fact differs."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs. ``key`` is the key of ``[[services]]`` that would hold it."""

    key: str
    sign: Sign
    what: str
    before: str = ""
    after: str = ""

    @property
    def sentence(self) -> str:
        """The change in words."""
        if self.sign is Sign.NEW:
            return f"new {self.what}: {self.after}"
        if self.sign is Sign.GONE:
            return f"{self.what} gone: {self.before}"
        return f"{self.what}: was {self.before or 'not given'}, is {self.after or 'not given'}"


def compare(old: Item, new: Item) -> tuple[Change, ...]:
    """Return what differs of all that a policy takes from an entry; evidence and notes are no part of it."""
    return (*_nature(old, new), *_lists(old, new), *_trackers(old, new), *_vendor(old, new))


def asks_again(old: Item, new: Item) -> bool:
    """Tell whether readers must be asked again: somebody else receives their data."""
    return new.vendor_id is not None and new.vendor_id != old.vendor_id


def tracker_text(row: Mapping[str, Value]) -> str:
    """Return a tracker in words: name, where it is stored, for how long, whose it is."""
    parts = [str(row.get("kind", "cookie")), str(row.get("max_age", "session"))]
    if "domain" in row:
        parts.append(f"of {row['domain']}")
    parts += [word for word in ("partitioned", "http_only") if row.get(word)]
    return f"{row['name']} ({', '.join(parts)})"


def _nature(old: Item, new: Item) -> list[Change]:
    return [
        change
        for key, what in _NATURE.items()
        for change in _changed(key, what, str(old.service.get(key, "")), str(new.service.get(key, "")))
    ]


def _lists(old: Item, new: Item) -> list[Change]:
    found = []
    for key, what in _LISTS.items():
        before, after = old.words(key), new.words(key)
        found += [Change(key, Sign.NEW, what, after=word) for word in after if word not in before]
        found += [Change(key, Sign.GONE, what, before=word) for word in before if word not in after]
    return found


def _trackers(old: Item, new: Item) -> list[Change]:
    before, after = _by_identity(old), _by_identity(new)
    added = [Change("trackers", Sign.NEW, "tracker", after=after[key]) for key in after if key not in before]
    gone = [
        Change("trackers", Sign.GONE, "tracker", before=before[key]) for key in before if key not in after
    ]
    both = [
        change
        for key in before
        if key in after
        for change in _changed("trackers", "tracker", before[key], after[key])
    ]
    return added + gone + both


def _by_identity(item: Item) -> dict[tuple[str, ...], str]:
    """A cookie is another one on another domain; a new lifetime makes it no other."""
    return {
        tuple(str(row.get(key, "")) for key in ("kind", "name", "domain", "path")): tracker_text(row)
        for row in item.trackers
    }


def _vendor(old: Item, new: Item) -> list[Change]:
    return [
        change
        for key, what in _VENDOR.items()
        for change in _changed("vendor", what, str(old.vendor.get(key, "")), str(new.vendor.get(key, "")))
    ]


def _changed(key: str, what: str, before: str, after: str) -> list[Change]:
    return [] if before == after else [Change(key, Sign.CHANGED, what, before, after)]
