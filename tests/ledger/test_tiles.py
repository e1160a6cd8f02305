"""Tiles: paths, widths, bundles, and proofs read from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence
from bandeau.ledger.proofs import consistency_proof, inclusion_proof, root_from
from bandeau.ledger.tiles import (
    TilePath,
    entries_path,
    entry_bundle,
    hash_reader,
    parse_entry_bundle,
    parse_tile_path,
    tile_hashes,
    tile_path,
    tile_width,
)
from bandeau.ledger.tree import Frontier
from tests.ledger.reference import leaf, mth, path, read, subproof

WIDTHS = st.integers(1, 256)
NUMBERS = st.integers(0, 2**55)


def a_tile(level: int, number: int, width: int) -> bytes:
    """Return a tile as the definition of tlog-tiles reads."""
    return b"".join(read(8 * level, number * 256 + place) for place in range(width))


@pytest.mark.parametrize(
    ("level", "number", "width", "expected"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),  # the example of tlog-tiles
        (0, 273, 112, "tile/0/273.p/112"),
        (7, 1000, 1, "tile/7/x001/000.p/1"),
    ],
)
def test_tiles_have_the_paths_of_the_standard(level: int, number: int, width: int, expected: str) -> None:
    assert expected == tile_path(level, number, width)
    assert TilePath(level, number, width) == parse_tile_path(expected)


def test_bundles_have_the_paths_of_the_standard() -> None:
    assert entries_path(1234067, 5) == "tile/entries/x001/x234/067.p/5"
    assert TilePath("entries", 1234067, 5) == parse_tile_path("tile/entries/x001/x234/067.p/5")


@given(st.integers(0, 7), NUMBERS, WIDTHS)
def test_every_path_is_read_back(level: int, number: int, width: int) -> None:
    assert TilePath(level, number, width) == parse_tile_path(tile_path(level, number, width))
    assert TilePath("entries", number, width) == parse_tile_path(entries_path(number, width))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../0/000",
        "tile/entries/000.p/999",
        "tile/0/٠٠٠",
        "tile/0/" + "x001/" * 40 + "000",
    ],
)
def test_other_paths_name_no_tile(text: str) -> None:
    assert parse_tile_path(text) is None


@given(st.text(max_size=60) | st.from_regex(r"tile/[0-9]{1,2}/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?"))
def test_what_is_read_as_a_path_is_written_the_same_way(text: str) -> None:
    found = parse_tile_path(text)
    if found:
        assert isinstance(found.level, int)
        assert text == tile_path(found.level, found.number, found.width)


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (8, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_that_cannot_be_has_no_path(level: int, number: int, width: int) -> None:
    with pytest.raises(ValueError, match="no tile has"):
        tile_path(level, number, width)


def test_the_example_log_of_the_standard_has_tiles_of_these_widths() -> None:
    """70,000 leaves: 273 full tiles and one of 112, one full and one of 17, one of 1."""
    widths = [[tile_width(level, number, 70_000) for number in range(276)] for level in range(4)]

    assert widths[0] == [256] * 273 + [112, 0, 0]
    assert widths[1][:3] == [256, 17, 0]
    assert widths[2][:2] == [1, 0]
    assert widths[3][0] == 0
    assert [tile_width(0, 0, 256), tile_width(1, 0, 256)] == [256, 1]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_is_read_back(leaves: list[bytes]) -> None:
    assert leaves == parse_entry_bundle(entry_bundle(leaves), len(leaves))


@given(st.binary(max_size=200), st.integers(0, 300))
def test_other_bytes_are_no_bundle(data: bytes, width: int) -> None:
    try:
        leaves = parse_entry_bundle(data, width)
    except MalformedEvidence:
        return
    assert data == entry_bundle(leaves)
    assert len(leaves) == width


def test_a_bundle_cut_short_or_with_more_is_refused() -> None:
    bundle = entry_bundle([b"one", b"two"])
    for wrong in (bundle[:-1], bundle + b"\0", bundle[:5], bundle + b"\0\0", b""):
        with pytest.raises(MalformedEvidence):
            parse_entry_bundle(wrong, 2)


@pytest.mark.parametrize("length", [0, 31, 33, 257 * 32])
def test_a_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MalformedEvidence):
        tile_hashes(bytes(length))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 513, 1000, 65_536, 66_000])
def test_proofs_read_from_tiles_are_those_of_the_definition(size: int) -> None:
    reader = hash_reader(a_tile, size)

    assert mth(0, size) == root_from(size, reader)
    for index in {0, size // 3, size - 1}:
        assert path(index, 0, size) == inclusion_proof(index, size, reader)
        assert subproof(index + 1, 0, size, known=True) == consistency_proof(index + 1, size, reader)


def test_a_wider_tile_than_asked_for_is_as_good() -> None:
    """A store may have deleted the partial tile once the full one was there."""
    reader = hash_reader(lambda level, number, width: a_tile(level, number, 256), 1000)

    assert mth(0, 1000) == root_from(1000, reader)


def test_a_tile_that_is_too_short_is_reported_by_its_path() -> None:
    reader = hash_reader(lambda level, number, width: a_tile(level, number, width)[:-32], 1000)

    with pytest.raises(MalformedEvidence, match=r"tile/0/003.p/232 holds 231 hashes"):
        reader(0, 768)


def test_a_subtree_beyond_the_log_is_not_read() -> None:
    with pytest.raises(ValueError, match="no complete subtree"):
        hash_reader(a_tile, 1000)(3, 125)


def test_what_a_growing_tree_completes_fills_the_tiles() -> None:
    """The lists of ``grow`` at heights 0, 8 and 16 are what a store appends to its tiles."""
    frontier, tiles = Frontier.empty(), {0: b"", 1: b""}
    for batch in (200, 100, 512, 1):
        frontier, grown = frontier.grow(leaf(frontier.size + number) for number in range(batch))
        for level in tiles:
            tiles[level] += b"".join(grown[8 * level]) if 8 * level < len(grown) else b""

    assert tiles == {
        0: b"".join(a_tile(0, number, tile_width(0, number, 813)) for number in range(4)),
        1: a_tile(1, 0, 3),
    }
