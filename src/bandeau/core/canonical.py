"""One byte string per value (RFC 8785), and its digest."""

from __future__ import annotations

import hashlib

import rfc8785

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def canonical_bytes(value: Json) -> bytes:
    """Return the canonical JSON of a value: equal values give equal bytes."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """Return ``sha256:`` and the hexadecimal digest of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
