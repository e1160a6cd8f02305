"""Tiles: how a log's hashes and leaves are laid out in files (c2sp.org/tlog-tiles)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from bandeau.errors import MalformedEvidence
from bandeau.ledger.proofs import HashReader
from bandeau.ledger.tree import HASH_SIZE, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
#: A tree of 2**63 leaves has eight levels of tiles.
_LEVELS = 8
_ENTRIES: Literal["entries"] = "entries"
_PATH = re.compile(
    r"tile/(?P<level>[0-7]|entries)/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile a path names: its level (or ``"entries"``), number and width."""

    level: int | Literal["entries"]
    number: int
    width: int = TILE_WIDTH


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes.

    >>> tile_path(0, 1234067, 112)
    'tile/0/x001/x234/067.p/112'
    """
    return _path(str(level), number, width)


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of leaves.

    >>> entries_path(3)
    'tile/entries/003'
    """
    return _path(_ENTRIES, number, width)


def parse_tile_path(text: str) -> TilePath | None:
    """Return what a path names, or ``None`` when it is no path of a tile.

    >>> parse_tile_path("tile/1/x001/017.p/5")
    TilePath(level=1, number=1017, width=5)
    """
    found = _PATH.fullmatch(text)
    if not found or int(found["width"] or 1) >= TILE_WIDTH:
        return None
    level = _ENTRIES if found["level"] == _ENTRIES else int(found["level"])
    number = int(found["number"].replace("x", "").replace("/", ""))
    width = int(found["width"] or TILE_WIDTH)
    # Written again it must be the same: no leading x000.
    return TilePath(level, number, width) if _path(found["level"], number, width) == text else None


def tile_width(level: int, number: int, size: int) -> int:
    """Return how many hashes a tile has in a tree of this size; bundles are as wide as level 0."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH))


def entry_bundle(leaf_datas: Iterable[bytes]) -> bytes:
    """Return a bundle: each leaf after its length in two bytes."""
    return b"".join(len(data).to_bytes(2, "big") + data for data in leaf_datas)


def parse_entry_bundle(bundle: bytes, width: int) -> list[bytes]:
    """Return the ``width`` leaves of a bundle; raises ``MalformedEvidence`` when it has not as many."""
    leaves: list[bytes] = []
    at = 0
    while at < len(bundle) and len(leaves) < width:
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        leaves.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle) or len(leaves) != width:
        raise MalformedEvidence(f"a bundle of entries does not hold {width} whole entries")
    return leaves


def tile_hashes(tile: bytes) -> list[bytes]:
    """Return the hashes of a tile; raises ``MalformedEvidence`` when it is no row of hashes."""
    if len(tile) % HASH_SIZE or not 0 < len(tile) <= TILE_WIDTH * HASH_SIZE:
        raise MalformedEvidence(f"a tile of {len(tile)} bytes")
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]


def hash_reader(read_tile: Callable[[int, int, int], bytes], size: int) -> HashReader:
    """Return a reader of subtree hashes over the tiles of a log of this size.

    ``read_tile(level, number, width)`` gives the tile as it is at that size, or a wider one. The
    reader raises ``MalformedEvidence`` when a tile is too short.
    """

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first, count = index << height, 1 << height
        number, offset = divmod(first, TILE_WIDTH)
        width = tile_width(tile_level, number, size)
        if offset + count > width:
            raise ValueError(f"a log of {size} leaves has no complete subtree {index} of level {level}")
        hashes = tile_hashes(read_tile(tile_level, number, width))
        if len(hashes) < width:
            raise MalformedEvidence(f"{tile_path(tile_level, number, width)} holds {len(hashes)} hashes only")
        return _fold(hashes[offset : offset + count])

    return read


def _fold(nodes: list[bytes]) -> bytes:
    """Return the root of a complete subtree."""
    while len(nodes) > 1:
        nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]


def _path(level: str, number: int, width: int) -> str:
    if not 0 < width <= TILE_WIDTH or number < 0 or (level != _ENTRIES and not 0 <= int(level) < _LEVELS):
        raise ValueError(f"no tile has level {level}, number {number} and width {width}")
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"
