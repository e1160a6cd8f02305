"""The file of signing keys."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from bandeau.errors import KeyFileError
from bandeau.storage.keyfile import create_keyfile, read_keyfile


def test_created_keys_can_be_read_again(tmp_path: Path) -> None:
    """One key of each kind, 32 random bytes each."""
    created = create_keyfile(tmp_path / "k")
    assert read_keyfile(tmp_path / "k") == created
    assert len(created.cookies.keys[0].secret) == 32
    assert len(created.ledger[0].seed) == 32


def test_no_secret_shows_where_keys_are_printed(tmp_path: Path) -> None:
    """A traceback or a log line with the keys in it gives nothing away."""
    keys = create_keyfile(tmp_path / "k")
    for secret in (keys.cookies.keys[0].secret, keys.ledger[0].seed):
        assert repr(secret)[2:10] not in repr(keys)


def test_two_files_never_hold_the_same_key(tmp_path: Path) -> None:
    """The secret is random."""
    assert create_keyfile(tmp_path / "a") != create_keyfile(tmp_path / "b")


def test_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask says."""
    before = os.umask(0)
    try:
        create_keyfile(tmp_path / "k")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600


def test_existing_file_is_never_written_over(tmp_path: Path) -> None:
    """New keys would void every choice."""
    (tmp_path / "k").write_text("mine")
    with pytest.raises(KeyFileError, match="exists"):
        create_keyfile(tmp_path / "k")
    assert (tmp_path / "k").read_text() == "mine"


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No traceback."""
    with pytest.raises(KeyFileError, match="cannot create"):
        create_keyfile(tmp_path / "none" / "k")


def test_missing_file_names_the_command_that_creates_it(tmp_path: Path) -> None:
    """The next step is part of the message."""
    with pytest.raises(KeyFileError, match="bandeau keys create"):
        read_keyfile(tmp_path / "k")


def test_newest_key_comes_first(tmp_path: Path) -> None:
    """Rotation: the first signs, all verify."""
    keys = [{"id": "k2", "secret": "A" * 43}, {"id": "k1", "secret": "B" * 43}]
    (tmp_path / "k").write_text(json.dumps({"keys": keys}))
    assert [key.id for key in read_keyfile(tmp_path / "k").cookies.keys] == ["k2", "k1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"id": "k1"}]}',
        b'{"keys": [{"id": "k1", "secret": "short"}]}',
        b'{"keys": [{"id": "K 1", "secret": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}',
        b'{"keys": [{"id": "k1", "secret": "A"}]}',
        b'{"keys": [{"id": "k1", "secret": "\xc3\xa9"}]}',
    ],
)
def test_damaged_file_is_an_error_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    """Never a key that anybody could guess."""
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(KeyFileError, match="not a key file"):
        read_keyfile(tmp_path / "k")


def test_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    """Told, not raised."""
    with pytest.raises(KeyFileError, match="cannot read"):
        read_keyfile(tmp_path)
