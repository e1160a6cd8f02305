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
_ABOUT = ("source", "also", "basis", "checked", "unverified", "vendor", "note")


class Evidence(StrEnum):
    """What the facts of an entry were compared with; the weakest of its sources counts."""

    #: The vendor's own text, perhaps in an archived copy.
    VENDOR = "vendor"
    #: A public data set, for what the vendor does not say.
    DATASET = "dataset"
    #: Nothing: the entry was written from general knowledge.
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Item:
    """One version of an entry.

    ``service`` holds keys of ``[[services]]``, ``vendor`` those of ``[vendors.<id>]`` with its
    id. ``source`` and ``also`` are the pages that were read, and ``checked`` is the day of it. When
    ``basis`` is unverified nothing was compared: ``source`` is the page to compare with, and there
    is no day. ``unverified`` names what the pages do not state: trackers, hosts, words of
    ``inline``, or a whole key (``"hosts"``, ``"vendor"``).
    """

    name: str
    version: int
    service: Mapping[str, Value]
    vendor_id: str | None
    vendor: Mapping[str, Value]
    source: str
    basis: Evidence
    checked: str = ""
    also: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    note: str = ""

    @property
    def has_unverified_trackers(self) -> bool:
        """Whether readers would be told of trackers that no source was found for."""
        names = {"trackers", *self.tracker_names}
        return self.basis is Evidence.UNVERIFIED or not names.isdisjoint(self.unverified)

    @property
    def tracker_names(self) -> tuple[str, ...]:
        """Names of the trackers, in the order of the entry."""
        rows = cast(list[dict[str, Value]], self.service.get("trackers", []))
        return tuple(str(row["name"]) for row in rows)


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
        also=_texts(table, "also"),
        unverified=_texts(table, "unverified"),
        note=str(table.get("note", "")),
    )


def _texts(table: dict[str, Value], key: str) -> tuple[str, ...]:
    return tuple(map(str, cast(list[Value], table.get(key, []))))


#: What ``use = "…"`` looks into.
BUNDLED = Catalogue()
