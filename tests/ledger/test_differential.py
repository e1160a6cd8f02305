"""Against pymerkle, which somebody else wrote: the same roots, the same proofs."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from pymerkle import InmemoryTree, InvalidProof
from pymerkle import verify_consistency as they_verify_consistency

from bandeau.errors import ProofError
from bandeau.ledger.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from bandeau.ledger.tree import Frontier, leaf_hash

LEAVES = 20_000
SEED = 20261125


@cache
def theirs() -> InmemoryTree:
    """Return their tree."""
    return InmemoryTree.init_from_entries([b"%d" % number for number in range(LEAVES)], algorithm="sha256")


@cache
def levels() -> list[list[bytes]]:
    """Return the hashes of all complete subtrees of ours, by height."""
    return Frontier.empty().grow(leaf_hash(b"%d" % number) for number in range(LEAVES))[1]


@cache
def root(size: int) -> bytes:
    """Return the root that both must agree on."""
    ours = Frontier.empty().extend(levels()[0][:size]).root()
    assert theirs().get_root(size) == ours
    return ours


def read(level: int, index: int) -> bytes:
    """Give the hash of a subtree."""
    return levels()[level][index]


def compare_inclusion(index: int, size: int) -> None:
    """Their proof of a leaf is ours, and verifies; with another leaf it does not."""
    ours = inclusion_proof(index, size, read)
    leaf, *path = theirs().prove_inclusion(index + 1, size).path
    assert (leaf, path) == (read(0, index), ours)
    verify_inclusion(leaf, index, size, ours, root(size))
    with pytest.raises(ProofError):
        verify_inclusion(read(0, index ^ 1), index, size, ours, root(size))


def compare_consistency(old: int, new: int) -> None:
    """Both prove the same growth between the same roots; they cut the old tree in another way than RFC 9162."""
    ours = consistency_proof(old, new, read)
    they_verify_consistency(root(old), root(new), theirs().prove_consistency(old, new))
    verify_consistency(old, root(old), new, root(new), ours)
    if old != new:
        with pytest.raises(ProofError):
            verify_consistency(old, root(old + 1), new, root(new), ours)
        with pytest.raises(InvalidProof):
            they_verify_consistency(root(old + 1), root(new), theirs().prove_consistency(old, new))


def test_all_small_trees_agree() -> None:
    for size in range(1, 41):
        for other in range(1, size + 1):
            compare_inclusion(other - 1, size)
            compare_consistency(other, size)


@pytest.mark.parametrize("count", [1000, pytest.param(500_000, marks=pytest.mark.long)])
def test_random_proofs_agree(count: int) -> None:
    """A pair of proofs for each, so the long run is a million."""
    # Few sizes, so that roots need not be made anew: all kinds of shapes are among them.
    random = Random(SEED)
    sizes = [random.randrange(1, LEAVES + 1) for _ in range(min(count // 10, 3000))]
    for _ in range(count):
        size, other = random.choice(sizes), random.choice(sizes)
        compare_inclusion(random.randrange(size), size)
        compare_consistency(min(size, other), max(size, other))
