"""Inclusion and consistency: what is true is proven, nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import ProofError
from bandeau.ledger.proofs import (
    consistency_proof,
    inclusion_proof,
    root_from,
    verify_consistency,
    verify_inclusion,
)
from bandeau.ledger.tree import EMPTY_ROOT, MAX_SIZE, leaf_hash, node_hash
from tests.ledger.reference import VECTORS, leaf, mth, path, read, subproof

ROOTS = [bytes.fromhex(text) for text in VECTORS["roots"]]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in VECTORS["leaves"]]
OTHER = bytes(range(32))


@dataclass(frozen=True)
class Inclusion:
    """A claim that a leaf is in a tree."""

    leaf: bytes
    index: int
    size: int
    proof: Sequence[bytes]
    root: bytes

    def verify(self) -> None:
        """Have the product judge it."""
        verify_inclusion(self.leaf, self.index, self.size, self.proof, self.root)


@dataclass(frozen=True)
class Consistency:
    """A claim that one tree begins with another."""

    old: int
    old_root: bytes
    new: int
    new_root: bytes
    proof: Sequence[bytes]

    def verify(self) -> None:
        """Have the product judge it."""
        verify_consistency(self.old, self.old_root, self.new, self.new_root, self.proof)


def an_inclusion(index: int, size: int) -> Inclusion:
    """Return a true claim."""
    return Inclusion(leaf(index), index, size, inclusion_proof(index, size, read), mth(0, size))


def a_consistency(old: int, new: int) -> Consistency:
    """Return a true claim."""
    return Consistency(old, mth(0, old), new, mth(0, new), consistency_proof(old, new, read))


def flips(data: bytes) -> Iterator[bytes]:
    """Yield the data with each of its bits turned."""
    for bit in range(len(data) * 8):
        yield bytes(
            byte ^ (1 << bit % 8 if position == bit // 8 else 0) for position, byte in enumerate(data)
        )


def spoilt(proof: Sequence[bytes], *strangers: bytes) -> Iterator[list[bytes]]:
    """Yield everything near a proof that is not it."""
    hashes = list(proof)
    for place in range(len(hashes) + 1):
        yield from ([*hashes[:place], stranger, *hashes[place:]] for stranger in (OTHER, *strangers, b""))
    for place, right in enumerate(hashes):
        yield hashes[:place] + hashes[place + 1 :]
        yield from ([*hashes[:place], wrong, *hashes[place + 1 :]] for wrong in flips(right))
        yield [*hashes[:place], right[:31], *hashes[place + 1 :]]
        yield [*hashes[:place], right + b"\0", *hashes[place + 1 :]]
    if hashes:
        yield []
    if len(set(hashes)) > 1:
        yield hashes[::-1]


def assert_refused(claim: Inclusion | Consistency) -> None:
    with pytest.raises(ProofError):
        claim.verify()


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda v: f"{v['index']} in {v['size']}")
def test_the_published_inclusion_proofs_verify(vector: dict[str, object]) -> None:
    index, size = vector["index"], vector["size"]
    assert isinstance(index, int)
    assert isinstance(size, int)
    proof = [bytes.fromhex(text) for text in vector["proof"]]  # type: ignore[attr-defined]

    verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size - 1])


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: f"{v['old']} to {v['new']}")
def test_the_published_consistency_proofs_verify(vector: dict[str, object]) -> None:
    old, new = vector["old"], vector["new"]
    assert isinstance(old, int)
    assert isinstance(new, int)
    proof = [bytes.fromhex(text) for text in vector["proof"]]  # type: ignore[attr-defined]

    verify_consistency(old, ROOTS[old - 1], new, ROOTS[new - 1], proof)


def test_every_inclusion_in_every_tree_up_to_256_leaves_is_proven_as_defined() -> None:
    for size in range(1, 257):
        for index in range(size):
            claim = an_inclusion(index, size)
            assert path(index, 0, size) == claim.proof
            claim.verify()


def test_every_pair_of_trees_up_to_256_leaves_is_proven_as_defined() -> None:
    for new in range(1, 257):
        for old in range(1, new + 1):
            claim = a_consistency(old, new)
            assert subproof(old, 0, new, known=True) == claim.proof
            claim.verify()


def test_the_root_read_from_subtrees_is_that_of_the_tree() -> None:
    assert [mth(0, size) for size in range(300)] == [root_from(size, read) for size in range(300)]


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (6, 7), (12, 13)])
def test_nothing_near_an_inclusion_is_accepted(index: int, size: int) -> None:
    true = an_inclusion(index, size)

    for other in {index - 1, index + 1, index ^ 2, index ^ size, -1, size, size + 1, MAX_SIZE + 1} - {index}:
        assert_refused(replace(true, index=other))
    for other in {0, index, size * 2, size // 2, -1, MAX_SIZE + 1} - {size}:
        assert_refused(replace(true, size=other))
    for wrong in (*flips(true.root), b"", OTHER, true.root[:31], true.root + b"\0", EMPTY_ROOT):
        assert_refused(replace(true, root=wrong))
    for wrong in (*flips(true.leaf), b"", OTHER, true.leaf[:31], true.leaf + b"\0"):
        assert_refused(replace(true, leaf=wrong))
    for proof in spoilt(true.proof, true.root, true.leaf):
        assert_refused(replace(true, proof=proof))


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7), (4, 8), (7, 13)])
def test_nothing_near_a_consistency_is_accepted(old: int, new: int) -> None:
    true = a_consistency(old, new)

    for other in {0, old - 1, old + 1, old ^ 2, new + 1, -1, MAX_SIZE + 1} - {old}:
        assert_refused(replace(true, old=other))
    for other in {0, old - 1, new * 2, new // 2, -1, MAX_SIZE + 1} - {new}:
        assert_refused(replace(true, new=other))
    for wrong in (*flips(true.old_root), b"", OTHER, true.old_root[:31], EMPTY_ROOT):
        assert_refused(replace(true, old_root=wrong))
    for wrong in (*flips(true.new_root), b"", OTHER, true.new_root[:31], EMPTY_ROOT):
        assert_refused(replace(true, new_root=wrong))
    if old != new:
        assert_refused(replace(true, old_root=true.new_root, new_root=true.old_root))
    for proof in spoilt(true.proof, true.old_root, true.new_root):
        assert_refused(replace(true, proof=proof))


def test_nothing_follows_from_an_empty_tree() -> None:
    """A witness starts from nothing by decision, never by a proof."""
    for size in (0, 1, 8):
        assert_refused(Consistency(0, EMPTY_ROOT, size, mth(0, size), []))
        assert_refused(Consistency(0, b"", size, mth(0, size), []))


def test_no_leaf_is_in_an_empty_tree() -> None:
    assert_refused(Inclusion(leaf(0), 0, 0, [], EMPTY_ROOT))
    assert_refused(Inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT))


@given(
    st.binary(max_size=40),
    st.integers(-2, 2**64),
    st.integers(-2, 2**64),
    st.lists(st.binary(max_size=40), max_size=70),
    st.binary(max_size=40),
)
def test_nonsense_is_refused_with_the_declared_error(
    first: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> None:
    assert_refused(Inclusion(first, index, size, proof, root + OTHER[: 32 - len(root)]))
    if not (index == size > 0 and first == root):
        assert_refused(Consistency(index, first, size, root + OTHER[: 32 - len(root)], proof))


def test_what_cannot_be_proven_is_not_asked_for() -> None:
    for index, size in [(0, 0), (5, 5), (-1, 3)]:
        with pytest.raises(ValueError, match="is not in a tree"):
            inclusion_proof(index, size, read)
    for old, new in [(0, 1), (2, 1), (-1, 1)]:
        with pytest.raises(ValueError, match="no proof leads"):
            consistency_proof(old, new, read)


def test_proofs_of_the_largest_tree_are_short_and_verify() -> None:
    """Subtrees of one repeated leaf stand in for a log that nobody could build."""
    levels = [leaf(0)]
    for _ in range(63):
        levels.append(leaf_pair(levels[-1]))

    def same(level: int, index: int) -> bytes:
        return levels[level]

    root, old_root = root_from(MAX_SIZE, same), root_from(2**62 + 1, same)
    for index in (0, 2**62 - 1, 2**62, MAX_SIZE - 1):
        proof = inclusion_proof(index, MAX_SIZE, same)
        assert len(proof) <= 63
        verify_inclusion(leaf(0), index, MAX_SIZE, proof, root)
    proof = consistency_proof(2**62 + 1, MAX_SIZE, same)
    assert len(proof) <= 64
    verify_consistency(2**62 + 1, old_root, MAX_SIZE, root, proof)


def leaf_pair(node: bytes) -> bytes:
    """Return the node above two equal ones."""
    return node_hash(node, node)
