"""The bundled catalogue: what common services load and store, by name and frozen version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from bandeau.policyfile.entry import Value

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
#: Keys of an entry that are not keys of a service.
_ABOUT = ("source", "checked", "lifetimes", "vendor", "note")


@dataclass(frozen=True, slots=True)
class Item:
    """One version of an entry.

    ``service`` holds keys of ``[[services]]``, ``vendor`` those of ``[vendors.<id>]`` with its
    id. ``source`` is the vendor's documentation, and ``checked`` the day on which the entry was
    last compared. ``lifetimes`` says whether the vendor publishes those of its trackers or others
    observed them; the latter are to be compared with an audit of the site.
    """

    name: str
    version: int
    service: Mapping[str, Value]
    vendor_id: str | None
    vendor: Mapping[str, Value]
    source: str
    checked: str
    lifetimes: str = ""
    note: str = ""


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
        checked=str(table["checked"]),
        lifetimes=str(table.get("lifetimes", "")),
        note=str(table.get("note", "")),
    )


#: What ``use = "…"`` looks into.
BUNDLED = Catalogue()
