"""A log as files."""

from __future__ import annotations

import json

from bandeau.ledger.commitment import commit
from bandeau.ledger.folder import log_files, row_lines
from bandeau.ledger.tiles import parse_entry_bundle
from tests.ledger.memorylog import MemorySource, a_log


def test_a_log_has_the_files_that_the_standard_names_for_its_size() -> None:
    log = a_log(599)
    head = log.signed()

    files = dict(log_files(MemorySource(log), head))
    tiles = {name: data for name, data in files.items() if name.startswith("tile/")}
    assert files["checkpoint"] == head.checkpoint
    assert list(tiles) == [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    ]
    assert tiles["tile/0/001"] == log.tiles[0, 1]
    assert tiles["tile/1/000.p/2"] == log.tiles[1, 0]
    assert parse_entry_bundle(tiles["tile/entries/002.p/88"], 88) == log.leaves[512:]


def test_tiles_are_cut_to_the_size_of_the_head() -> None:
    """Rows may be added while the files are written."""
    log = a_log(10)
    head = log.signed()
    log.consent(11)
    log.signed()

    files = dict(log_files(MemorySource(log), head))
    assert len(files["tile/0/000.p/11"]) == 11 * 32
    assert len(parse_entry_bundle(files["tile/entries/000.p/11"], 11)) == 11
    assert len(list(row_lines(MemorySource(log), head))) == 11


def test_rows_are_lines_that_make_their_leaves() -> None:
    log = a_log(5000)
    log.rows[3] = None
    head = log.signed()

    rows = [json.loads(line) for line in row_lines(MemorySource(log), head)]
    assert [row["index"] for row in rows] == [0, 1, 2, *range(4, 5001)]
    for row in rows[::500]:
        kept = log.rows[row["index"]]
        assert kept is not None
        assert commit(kept.salt, row["body"].encode()) == log.leaves[row["index"]]
