"""The bundled catalogue: what common services load and store, by name and frozen version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import cast

from bandeau.policyfile.entry import Value

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
#: Keys of an entry that are not keys of a service.
_ABOUT = ("suggests", "source", "also", "basis", "checked", "written", "unverified", "vendor", "note")


class Evidence(StrEnum):
    """What the trackers of an entry, or their absence, were compared with."""

    #: The vendor's own text, perhaps in an archived copy.
    VENDOR = "vendor"
    #: A public data set, for what the vendor does not say.
    DATASET = "dataset"
    #: Nothing: they were written from general knowledge.
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Item:
    """One version of an entry.

    ``service`` holds keys of ``[[services]]``, ``vendor`` those of ``[vendors.<id>]`` with its
    id. ``source`` and ``also`` are the pages that were read, and ``checked`` is the latest day of it.
    When ``basis`` is unverified, ``source`` is the page to compare with and was not read; ``also`` then
    speaks of hosts and vendor alone. Where nothing at all was compared, ``written`` is the day on
    which the entry was written down. ``unverified`` names what the pages do not state: trackers,
    hosts, words of ``inline``, a key of the vendor, or a whole key (``"hosts"``, ``"vendor"``).
    ``suggests`` is the purpose of ``bandeau init`` that it usually serves, empty where a person decides.
    """

    name: str
    version: int
    service: Mapping[str, Value]
    vendor_id: str | None
    vendor: Mapping[str, Value]
    source: str
    basis: Evidence
    checked: str = ""
    written: str = ""
    suggests: str = ""
    also: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    note: str = ""

    @property
    def use(self) -> str:
        """What a policy writes to use it."""
        return f"{self.name}@{self.version}"

    @property
    def has_unverified_trackers(self) -> bool:
        """Whether readers would be told of trackers that no source was found for."""
        names = {"trackers", *self.tracker_names}
        return self.basis is Evidence.UNVERIFIED or not names.isdisjoint(self.unverified)

    @property
    def title(self) -> str:
        """As a reader is told."""
        return str(self.service.get("title", self.name))

    @property
    def trackers(self) -> tuple[Mapping[str, Value], ...]:
        """The trackers as rows, in the order of the entry."""
        return tuple(cast(list[dict[str, Value]], self.service.get("trackers", [])))

    @property
    def tracker_names(self) -> tuple[str, ...]:
        """Names of the trackers, in the order of the entry."""
        return tuple(str(row["name"]) for row in self.trackers)

    def words(self, key: str) -> tuple[str, ...]:
        """Return ``hosts`` or ``inline``; none when the entry has no such key."""
        return tuple(map(str, cast(list[Value], self.service.get(key, []))))


class Catalogue:
    """Entries by name; the files of a folder are read when they are asked for."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all entries."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.toml")))

    def versions(self, name: str) -> tuple[int, ...]:
        """Return the versions of an entry, oldest first; none when there is no such entry."""
        return tuple(sorted(_read(self._folder, name)))

    def find(self, name: str, version: int) -> Item | None:
        """Return one version of an entry."""
        return _read(self._folder, name).get(version)

    def newest(self, name: str) -> Item | None:
        """Return the newest version of an entry; none when there is no such entry."""
        versions = self.versions(name)
        return self.find(name, versions[-1]) if versions else None


@cache
def _read(folder: Path, name: str) -> dict[int, Item]:
    path = folder / f"{name}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        return {}
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {int(key[1:]): _item(name, int(key[1:]), table) for key, table in data.items()}


def _item(name: str, version: int, table: dict[str, Value]) -> Item:
    vendor = dict(cast(dict[str, Value], table.get("vendor", {})))
    vendor_id = vendor.pop("id", None)
    service = {key: value for key, value in table.items() if key not in _ABOUT}
    if vendor_id is not None:
        service["vendor"] = vendor_id
    return Item(
        name=name,
        version=version,
        service=service,
        vendor_id=None if vendor_id is None else str(vendor_id),
        vendor=vendor,
        source=str(table["source"]),
        basis=Evidence(str(table["basis"])),
        checked=str(table.get("checked", "")),
        written=str(table.get("written", "")),
        suggests=str(table.get("suggests", "")),
        also=_texts(table, "also"),
        unverified=_texts(table, "unverified"),
        note=str(table.get("note", "")),
    )


def _texts(table: dict[str, Value], key: str) -> tuple[str, ...]:
    return tuple(map(str, cast(list[Value], table.get(key, []))))


#: What ``use = "…"`` looks into.
BUNDLED = Catalogue()
