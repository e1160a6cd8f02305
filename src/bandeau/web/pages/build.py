"""The browser part as it was built and committed: its bytes and their names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: What is replaced in the wall by the site table, and in the fallback by the strictest policy.
TABLE_MARK = '"%T%"'
POLICY_MARK = '"%C%"'


@dataclass(frozen=True, slots=True)
class Build:
    """The built files; wall and fallback still hold their marks.

    ``act`` is what the guard fetches when a reader acts; the guard names it by its hash. Every
    page loads ``style``; ``sheet`` comes with the panel and stands in our own pages.
    """

    wall: str
    fallback: str
    guard: bytes
    act: bytes
    style: bytes
    sheet: bytes


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
    )


def short_hash(data: bytes) -> str:
    """Return what names a file by its content: 16 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]
