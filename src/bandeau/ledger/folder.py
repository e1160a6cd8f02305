"""A log as files: what a verifier without a database reads (c2sp.org/tlog-tiles, and the rows beside it)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bandeau.ledger.base64text import encode_base64
from bandeau.ledger.store import LogHead, LogSource
from bandeau.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    entries_path,
    entry_bundle,
    tile_path,
    tile_width,
)
from bandeau.ledger.tree import HASH_SIZE

#: Where the rows of a log stand in its folder. They are personal data: tiles may be published, these not.
ROWS_NAME = "rows.jsonl"
_BATCH = 16 * TILE_WIDTH


def log_files(source: LogSource, head: LogHead) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each public file of a log, as it is at its head's size."""
    yield "checkpoint", head.checkpoint
    level = 0
    while head.size >> TILE_HEIGHT * level:
        for number in range(-(-(head.size >> TILE_HEIGHT * level) // TILE_WIDTH)):
            width = tile_width(level, number, head.size)
            tile = source.tile(head.origin, level, number)[: width * HASH_SIZE]
            yield tile_path(level, number, width), tile
        level += 1
    for number in range(-(-head.size // TILE_WIDTH)):
        start, width = number * TILE_WIDTH, tile_width(0, number, head.size)
        yield entries_path(number, width), entry_bundle(source.leaves(head.origin, start, start + width))


def row_lines(source: LogSource, head: LogHead) -> Iterator[bytes]:
    """Yield the lines of ``ROWS_NAME``: index, salt and body of each row that is kept."""
    for start in range(0, head.size, _BATCH):
        for row in source.rows(head.origin, start, min(start + _BATCH, head.size)):
            members = {"index": row.index, "salt": encode_base64(row.salt), "body": row.body.decode()}
            yield json.dumps(members, ensure_ascii=False).encode() + b"\n"
