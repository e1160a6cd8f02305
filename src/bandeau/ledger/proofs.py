"""Proofs about a log: that a leaf is in it, that a later log begins with an earlier one.

Making them follows the definitions of RFC 6962 §2.1.1 and §2.1.2, verifying them the algorithms
of RFC 9162 §2.1.3.2 and §2.1.4.2: two descriptions of the same thing, so that one mistake here
does not hide in both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hmac import compare_digest

from bandeau.errors import ProofError
from bandeau.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, node_hash, split_point

#: Gives the hash of the complete subtree of ``2**level`` leaves that is number ``index`` of its level.
HashReader = Callable[[int, int], bytes]


def root_from(size: int, read: HashReader) -> bytes:
    """Return the root of the tree of the first ``size`` leaves."""
    return _root(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """Return the proof that leaf ``index`` is in the tree of ``size`` leaves.

    Raises ``ValueError`` for a leaf that is not.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    start, end, proof = 0, size, []
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            proof.append(_root(middle, end, read))
            end = middle
        else:
            proof.append(_root(start, middle, read))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, read: HashReader) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    Raises ``ValueError`` unless ``0 < old <= new``: there is nothing to prove about an empty tree.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from {old} to {new} leaves")
    start, end, proof = 0, new, []
    while end != old:
        middle = start + split_point(end - start)
        if old <= middle:
            proof.append(_root(middle, end, read))
            end = middle
        else:
            proof.append(_root(start, middle, read))
            start = middle
    if start:
        # Only when the walk never turned right is this subtree the old tree itself, whose root the
        # verifier has already.
        proof.append(_root(start, end, read))
    return proof[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is number ``index`` of the tree with this size and root.

    Raises ``ProofError`` when that is not shown.
    """
    _check_numbers(index, size)
    _check_hashes(leaf_hash, root, *proof)
    if index >= size:
        raise ProofError(f"leaf {index} cannot be in a tree of {size} leaves")
    node, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            node, last = _climb(node, last)
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    if not compare_digest(computed, root):
        raise ProofError(f"leaf {index} does not lead to the root of the {size} leaves")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the second tree begins with the first one.

    Raises ``ProofError`` when that is not shown. From an empty tree it always fails: nothing can
    be shown about what was there before the first leaf.
    """
    _check_numbers(old_size, new_size)
    _check_hashes(old_root, new_root, *proof)
    if not 0 < old_size <= new_size:
        raise ProofError(f"no proof leads from {old_size} to {new_size} leaves")
    if old_size == new_size:
        if proof:
            raise ProofError("the proof is too long")
        if not compare_digest(old_root, new_root):
            raise ProofError(f"two different trees of {old_size} leaves")
        return
    computed_old, computed_new = _roots_of_consistency(old_size, old_root, new_size, proof)
    if not compare_digest(computed_old, old_root):
        raise ProofError(f"the proof does not lead to the root of the {old_size} leaves")
    if not compare_digest(computed_new, new_root):
        raise ProofError(f"the proof does not lead to the root of the {new_size} leaves")


def _roots_of_consistency(
    old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return the two roots that a proof computes (RFC 9162 §2.1.4.2)."""
    # An old tree of a power of two leaves is a node of the new one, so the proof leaves it out.
    path = [old_root, *proof] if old_size & old_size - 1 == 0 else list(proof)
    if len(path) < 2:
        raise ProofError("the proof is too short")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    computed_old = computed_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if node & 1 or node == last:
            computed_old = node_hash(sibling, computed_old)
            computed_new = node_hash(sibling, computed_new)
            node, last = _climb(node, last)
        else:
            computed_new = node_hash(computed_new, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    return computed_old, computed_new


def _climb(node: int, last: int) -> tuple[int, int]:
    """Pass the levels where a node on the right edge has no sibling and stands for itself."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _root(start: int, end: int, read: HashReader) -> bytes:
    """Return the root over the leaves from ``start`` to ``end``, where a subtree begins at ``start``."""
    subtrees = []
    while start < end:
        level = (end - start).bit_length() - 1
        subtrees.append(read(level, start >> level))
        start += 1 << level
    root = subtrees.pop()
    while subtrees:
        root = node_hash(subtrees.pop(), root)
    return root


def _check_numbers(*numbers: int) -> None:
    if not all(0 <= number <= MAX_SIZE for number in numbers):
        raise ProofError(f"an index or size is not between 0 and {MAX_SIZE}")


def _check_hashes(*hashes: bytes) -> None:
    # Without this a hash of another length would move the border between two hashes of a node.
    if any(len(item) != HASH_SIZE for item in hashes):
        raise ProofError(f"a hash is not {HASH_SIZE} bytes long")
