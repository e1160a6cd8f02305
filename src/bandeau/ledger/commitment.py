"""The leaf of a record: a commitment that says nothing once its salt is gone."""

from __future__ import annotations

import hmac

#: The first byte of each leaf; another form of commitment would get another one.
VERSION = b"\x01"
SALT_SIZE = 32
LEAF_SIZE = 33


def commit(salt: bytes, body: bytes) -> bytes:
    """Return the leaf data of a row: the version byte and HMAC-SHA-256 of its body under its salt.

    The salt is random and belongs to this row alone: records hold so little that a hash without
    one could be undone by trying all of them, so erasing the row would erase nothing.
    """
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes, not {len(salt)}")
    return VERSION + hmac.digest(salt, body, "sha256")
