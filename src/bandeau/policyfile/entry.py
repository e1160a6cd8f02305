"""Entry: one table of a well-formed file, with the place of each of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bandeau.policyfile.positions import Path

#: What is left of TOML after the shape was checked; ``None`` stands for a list item that was refused.
Value = str | int | bool | list["Value | None"] | dict[str, "Value"]

_NOTHING: dict[str, Value] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A table. What the file does not say, ``base`` says: the catalogue entry that it uses."""

    path: Path
    data: Mapping[str, Value]
    base: Mapping[str, Value] = field(default_factory=dict)

    def at(self, key: str) -> Path:
        """Return the path of a key; for a value of the catalogue, that of ``use``."""
        if key not in self.data and key in self.base:
            return (*self.path, "use")
        return (*self.path, key)

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self.data or key in self.base

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self._get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._get(key)
        return value if isinstance(value, int) else default

    def flag(self, key: str) -> bool:
        """Return a truth value; false when absent."""
        return self._get(key) is True

    def words(self, key: str) -> list[tuple[Path, str]]:
        """Return the texts of a list, each with its path."""
        return [(path, item) for path, item in self._items(key) if isinstance(item, str)]

    def numbers(self, key: str) -> list[tuple[Path, int]]:
        """Return the numbers of a list, each with its path."""
        return [(path, item) for path, item in self._items(key) if isinstance(item, int)]

    def texts(self, key: str) -> dict[str, str]:
        """Return the texts of a key by language."""
        value = self._get(key)
        if not isinstance(value, dict):
            return {}
        return {language: text for language, text in value.items() if isinstance(text, str)}

    def table(self, key: str) -> Entry:
        """Return a table, an empty one when it is absent."""
        value = self._get(key)
        return Entry(self.at(key), value if isinstance(value, dict) else _NOTHING)

    def tables(self, key: str) -> list[tuple[str, Entry]]:
        """Return the tables of a map, by id, in the order of the file."""
        table = self.table(key)
        return [(name, table.table(name)) for name in table.data]

    def rows(self, key: str) -> list[Entry]:
        """Return the tables of a list."""
        return [Entry(path, item) for path, item in self._items(key) if isinstance(item, dict)]

    def _get(self, key: str) -> Value | None:
        return self.data[key] if key in self.data else self.base.get(key)

    def _items(self, key: str) -> list[tuple[Path, Value | None]]:
        value = self._get(key)
        if not isinstance(value, list):
            return []
        path = self.at(key)
        return [((*path, index), item) for index, item in enumerate(value)]
