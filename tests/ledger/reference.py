"""The tree by its definition alone (RFC 6962 §2.1), slowly: what the product is compared with."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "spec/vectors/ledger-tree.json").read_text()
)


def leaf(number: int) -> bytes:
    """Return the hash of a leaf that differs from others by its number."""
    return sha256(b"\x00" + number.to_bytes(8, "big")).digest()


@cache
def mth(start: int, end: int) -> bytes:
    """Return MTH(D[start:end])."""
    if end == start:
        return sha256(b"").digest()
    if end - start == 1:
        return leaf(start)
    middle = start + _k(end - start)
    return sha256(b"\x01" + mth(start, middle) + mth(middle, end)).digest()


def path(index: int, start: int, end: int) -> list[bytes]:
    """Return PATH(index, D[start:end])."""
    if end - start == 1:
        return []
    middle = start + _k(end - start)
    if index < middle - start:
        return [*path(index, start, middle), mth(middle, end)]
    return [*path(index - (middle - start), middle, end), mth(start, middle)]


def subproof(old: int, start: int, end: int, *, known: bool) -> list[bytes]:
    """Return SUBPROOF(old, D[start:end], known)."""
    if old == end - start:
        return [] if known else [mth(start, end)]
    half = _k(end - start)
    if old <= half:
        return [*subproof(old, start, start + half, known=known), mth(start + half, end)]
    return [*subproof(old - half, start + half, end, known=False), mth(start, start + half)]


def read(level: int, index: int) -> bytes:
    """Give the hash of a complete subtree, as a store does."""
    return mth(index << level, index + 1 << level)


def _k(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k
