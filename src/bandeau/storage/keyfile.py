"""The file of signing keys: created once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import msgspec

from bandeau.core.cookie import Key, Keyring
from bandeau.errors import KeyFileError

_SECRET_BYTES = 32
_MAX_BYTES = 100_000


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    secret: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    keys: list[_Key]


def create_keyfile(path: str | Path) -> Keyring:
    """Write a new file with one random key, mode 0600.

    Raises:
        KeyFileError: the file exists (a new key would void every choice), or cannot be written.
    """
    path = Path(path)
    secret = secrets.token_bytes(_SECRET_BYTES)
    content = msgspec.json.encode(_File([_Key("k1", urlsafe_b64encode(secret).decode().rstrip("="))]))
    try:
        # O_EXCL: never over an existing file, not even one that appears this instant.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyFileError(f"{path} exists: new keys would void every choice made so far") from error
    except OSError as error:
        raise KeyFileError(f"cannot create {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Keyring((Key("k1", secret),))


def read_keyfile(path: str | Path) -> Keyring:
    """Read the keys, newest first.

    Raises:
        KeyFileError: naming the command that mends it.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES)
    except FileNotFoundError as error:
        raise KeyFileError(f"no signing keys at {path}; create them with: bandeau keys create") from error
    except OSError as error:
        raise KeyFileError(f"cannot read the signing keys at {path}: {error.strerror}") from error
    try:
        keys = tuple(Key(key.id, _decode(key.secret)) for key in msgspec.json.decode(raw, type=_File).keys)
        return Keyring(keys)
    except (msgspec.MsgspecError, ValueError) as error:
        raise KeyFileError(
            f"{path} is not a key file ({error}); restore it, or move it away and run: bandeau keys create"
        ) from error


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
