"""Commitments."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from bandeau.ledger.commitment import LEAF_SIZE, commit

SALT = bytes(range(32))


def test_a_leaf_is_a_version_and_the_hmac_of_the_body_under_its_salt() -> None:
    leaf = commit(SALT, b'{"at":"2026"}')

    assert leaf == b"\x01" + hmac.new(SALT, b'{"at":"2026"}', hashlib.sha256).digest()
    assert len(leaf) == LEAF_SIZE


def test_another_salt_or_body_gives_another_leaf() -> None:
    assert len({commit(SALT, b"a"), commit(SALT, b"b"), commit(bytes(32), b"a")}) == 3


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_salt_of_another_length_is_a_mistake(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(bytes(length), b"body")
