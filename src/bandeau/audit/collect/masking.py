"""Masks: a value that a page put into an address stands there by the name that it was stored under.

Values of cookies and stored items are never kept. Pages hand them on in addresses, though, whole, in parts or
encoded: who received which one is evidence, the value itself is not.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from bandeau.audit.collect.material import Material
from bandeau.audit.observation import Observation

#: Shorter ones, and words, tell nobody from another; masking them would make addresses unreadable.
_SHORTEST = 8
_DIGITS = 3
_MOST = 5_000
_PARTS = re.compile(r"[^A-Za-z0-9_-]+")
_DATE = re.compile(r"(?:19|20)\d\d-?[01]\d-?[0-3]\d")
_IN_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_PLAIN = frozenset({"fact", "step", "at_ms", "name", "domain", "path", "origin", "kind", "value_hash"})


class Mask:
    """Replaces values, and what they are made of, by ``[name]``.

    Args:
        values: what was stored → the name it was stored under.
        kept: addresses that stay as they are: those of the pages themselves.
    """

    def __init__(self, values: Mapping[str, str], kept: Iterable[str] = ()) -> None:
        pages = "\n".join(kept)
        self._names: dict[str, str] = {}
        for value, name in sorted(values.items(), key=lambda each: (-len(each[0]), each)):
            for form in _forms(value):
                if form not in pages and len(self._names) < _MOST:
                    self._names.setdefault(form, f"[{_IN_NAME.sub('_', name)}]")

    def text(self, text: str) -> str:
        """Return a text without any of the values."""
        found = [form for form in self._names if form in text]
        if not found:
            return text
        longest = sorted(found, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest)), lambda match: self._names[match[0]], text)

    def facts(self, facts: Iterable[Observation]) -> tuple[Observation, ...]:
        """Return observations whose addresses hold none of the values."""
        known = tuple(facts)
        told = msgspec.json.encode(known).decode()
        met = Mask({})
        met._names = {form: name for form, name in self._names.items() if form in told}
        return tuple(met._fact(fact) for fact in known) if met._names else known

    def _fact(self, fact: Observation) -> Observation:
        masked: Observation = msgspec.convert(self._part(msgspec.to_builtins(fact)), type(fact))
        return masked

    def _part(self, part: Any) -> Any:
        if isinstance(part, str):
            return self.text(part)
        if isinstance(part, dict):
            return {k: v if k in _PLAIN else self._part(v) for k, v in part.items()}
        return [self._part(each) for each in part] if isinstance(part, list | tuple) else part


def mask_of(material: Material, kept: Iterable[str]) -> Mask:
    """Return the mask for everything that a visit saw stored."""
    return Mask(dict(_stored(material)), kept)


def _stored(material: Material) -> Iterator[tuple[str, str]]:
    # The name that comes first stands, whatever the order in which things were seen.
    found = [(change.value, change.name) for change in material.netlog.changes]
    for snapshot in material.snapshots:
        found += [(str(cookie["value"]), str(cookie["name"])) for cookie in snapshot.cookies]
        found += [(item.value, item.key) for item in snapshot.items]
    yield from sorted(set(found), reverse=True)


def _forms(value: str) -> Iterator[str]:
    """Yield a value and its parts as addresses hold them."""
    for part in dict.fromkeys((value, *_PARTS.split(value))):
        if not _tells(part):
            continue
        yield from dict.fromkeys((part, quote(part, safe=""), quote_plus(part), quote(part)))
        yield from _in_base64(part)


def _tells(part: str) -> bool:
    return len(part) >= _SHORTEST and sum(map(str.isdigit, part)) >= _DIGITS and _DATE.fullmatch(part) is None


def _in_base64(part: str) -> Iterator[str]:
    """Yield what is the same of a text in base64 wherever in a longer text it begins (RFC 4648 §4, §5)."""
    data = part.encode()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        ends = (before + len(data)) % 3
        inner = whole[(0, 2, 3)[before] : len(whole) - (1 if ends else 0)]
        if len(inner) >= _SHORTEST:
            yield inner
            yield inner.translate({ord("+"): "-", ord("/"): "_"})
