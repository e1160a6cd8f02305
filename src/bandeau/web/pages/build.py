"""The browser part as it was built and committed: its bytes and their names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bandeau.core.canonical import Json, canonical_bytes, digest

#: What is replaced in the wall by the site table, and in the fallback by the strictest policy.
TABLE_MARK = '"%T%"'
POLICY_MARK = '"%C%"'


@dataclass(frozen=True, slots=True)
class Build:
    """The built files; wall and fallback still hold their marks.

    ``act`` is what the guard fetches when a reader acts; the guard names it by its hash. Every
    page loads ``style``; ``sheet`` comes with the panel and stands in our own pages. ``verify`` and
    ``receipt`` are script and look of the pages about receipts; no choice is made there, so
    records do not name them.
    """

    wall: str
    fallback: str
    guard: bytes
    act: bytes
    style: bytes
    sheet: bytes
    verify: bytes
    receipt: bytes

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files by their names in the package."""
        return {
            "wall.js": self.wall.encode("ascii"),
            "fallback.js": self.fallback.encode("ascii"),
            "guard.js": self.guard,
            "act.js": self.act,
            "first.css": self.style,
            "panel.css": self.sheet,
        }


@cache
def build() -> Build:
    """Read the build that the package carries."""
    folder = files("bandeau.web") / "static"
    return Build(
        wall=(folder / "wall.js").read_text("ascii"),
        fallback=(folder / "fallback.js").read_text("ascii"),
        guard=(folder / "guard.js").read_bytes(),
        act=(folder / "act.js").read_bytes(),
        style=(folder / "first.css").read_bytes(),
        sheet=(folder / "panel.css").read_bytes(),
        verify=(folder / "verify.js").read_bytes(),
        receipt=(folder / "receipt.css").read_bytes(),
    )


@cache
def inventory() -> bytes:
    """Return the digests of the built files, in canonical JSON."""
    listed: dict[str, Json] = {name: digest(data) for name, data in build().files.items()}
    return canonical_bytes(listed)


@cache
def widget_digest() -> str:
    """Return what records name the browser part by: the digest of its inventory."""
    return digest(inventory())


def short_hash(data: bytes) -> str:
    """Return what names a file by its content: 16 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]
