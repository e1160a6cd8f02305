"""The tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence
from bandeau.ledger.tree import EMPTY_ROOT, MAX_SIZE, Frontier, leaf_hash, node_hash, root_of
from tests.ledger.reference import VECTORS, leaf, mth

LEAVES = [bytes.fromhex(text) for text in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(text) for text in VECTORS["roots"]]


def test_the_reference_tree_has_its_well_known_roots() -> None:
    hashes = [leaf_hash(data) for data in LEAVES]

    assert [root_of(hashes[:size]) for size in range(1, 9)] == ROOTS


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert sha256(b"").digest() == EMPTY_ROOT == root_of([]) == Frontier.empty().root()


def test_a_leaf_that_looks_like_a_node_has_another_hash() -> None:
    left, right = leaf(0), leaf(1)

    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_frontier_has_the_root_of_its_tree_at_every_size() -> None:
    frontier = Frontier.empty()
    for size in range(1, 600):
        frontier = frontier.append(leaf(size - 1))
        assert (size, mth(0, size)) == (frontier.size, frontier.root())


@given(st.lists(st.integers(0, 300), max_size=6))
def test_appending_in_batches_is_the_same_as_one_by_one(batches: list[int]) -> None:
    frontier = Frontier.empty()
    for batch in batches:
        frontier = frontier.extend(leaf(frontier.size + number) for number in range(batch))

    assert frontier.root() == mth(0, sum(batches))


@given(st.integers(0, 700), st.integers(0, 700))
def test_growing_names_each_new_complete_subtree_once(before: int, more: int) -> None:
    old = Frontier.empty().extend(leaf(number) for number in range(before))
    new, grown = old.grow(leaf(before + number) for number in range(more))

    for height in range(12):
        first, last = before >> height, new.size >> height
        expected = [mth(index << height, index + 1 << height) for index in range(first, last)]
        assert expected == (grown[height] if height < len(grown) else [])


@given(st.integers(0, 1000))
def test_a_stored_frontier_is_read_back(size: int) -> None:
    frontier = Frontier.empty().extend(leaf(number) for number in range(size))

    assert frontier == Frontier.from_bytes(size, frontier.to_bytes())


@pytest.mark.parametrize(
    ("size", "length"), [(0, 32), (1, 0), (1, 31), (3, 32), (4, 64), (-1, 0), (2**63, 32)]
)
def test_a_right_edge_that_does_not_belong_to_the_size_is_refused(size: int, length: int) -> None:
    with pytest.raises(MalformedEvidence):
        Frontier.from_bytes(size, bytes(length))


def test_a_frontier_of_the_wrong_shape_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Frontier(3, (leaf(0),))


def test_a_tree_does_not_grow_beyond_what_the_stores_can_count() -> None:
    full = Frontier(MAX_SIZE, (leaf(0),) * 63)

    with pytest.raises(ValueError, match="no frontier"):
        full.append(leaf(1))
