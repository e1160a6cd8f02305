"""The Merkle tree of a log: RFC 6962 §2.1 with SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bandeau.errors import MalformedEvidence

HASH_SIZE = 32
#: The C2SP formats write sizes as unsigned 64-bit numbers; SQL columns hold signed ones.
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

# Different prefixes, so that no leaf can be passed off as a node (RFC 6962 §2.1).
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others."""
    return sha256(_NODE + left + right).digest()


def split_point(size: int) -> int:
    """Return the leaves of the left half of a tree: the largest power of two below its size."""
    return 1 << (size - 1).bit_length() - 1


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, as the definition in RFC 6962 §2.1 reads.

    It hashes everything anew, so it serves small trees and as the reference of the others.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = split_point(len(leaf_hashes))
    return node_hash(root_of(leaf_hashes[:split]), root_of(leaf_hashes[split:]))


@dataclass(frozen=True, slots=True)
class Frontier:
    """What must be remembered of a tree to append to it and to know its root.

    ``hashes`` are the roots of the complete subtrees that the tree falls into, left to right: one
    for each bit that is set in ``size``.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has no frontier of {len(self.hashes)} hashes")

    @classmethod
    def empty(cls) -> Frontier:
        """Return the frontier of the tree without leaves."""
        return cls(0, ())

    def append(self, leaf_hash: bytes) -> Frontier:
        """Return the frontier after one more leaf."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after more leaves."""
        return self.grow(leaf_hashes)[0]

    def grow(self, leaf_hashes: Iterable[bytes]) -> tuple[Frontier, list[list[bytes]]]:
        """Return the frontier after more leaves, and the complete subtrees that came into being.

        The second value has a list for each height: list ``h`` holds the roots of the new complete
        subtrees of ``2**h`` leaves in order; the first of them is number ``self.size >> h``.
        """
        nodes = list(leaf_hashes)
        size = self.size + len(nodes)
        waiting = list(self.hashes)
        kept: list[bytes] = []
        grown: list[list[bytes]] = []
        height = 0
        # A level at a time, so that the inner loop is one comprehension: appending must stay
        # cheap beside the hashing itself.
        while nodes:
            grown.append(nodes)
            pairs = [waiting.pop(), *nodes] if self.size >> height & 1 else nodes
            if len(pairs) & 1:
                kept.append(pairs[-1])
            nodes = [
                sha256(_NODE + left + right).digest()
                for left, right in zip(pairs[::2], pairs[1::2], strict=False)
            ]
            height += 1
        return Frontier(size, (*waiting, *reversed(kept))), grown

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other; the size is stored beside them."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Read what ``to_bytes`` wrote for a tree of this size.

        Raises ``MalformedEvidence`` when the two do not belong together.
        """
        if not 0 <= size <= MAX_SIZE or len(data) != size.bit_count() * HASH_SIZE:
            raise MalformedEvidence(
                f"the right edge of a tree of {size} leaves is not {len(data)} bytes long"
            )
        return cls(size, tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))
