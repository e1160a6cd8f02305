"""The file of signing keys: created once, rotated in one step, readable by its owner alone.

It holds the secrets of the choice cookie and the seeds that sign the log's checkpoints. A file
without ``ledger`` is one of the first version; ``rotate_ledger`` gives it a key.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bandeau.core.cookie import Key, Keyring
from bandeau.core.policy import Policy
from bandeau.errors import KeyFileError
from bandeau.storage.durable import folder_locked, replace_file, sync_folder, write_all
from bandeau.storage.stamp import stamp_of

log = logging.getLogger("bandeau.keys")

#: How long a cookie key goes on verifying when another has taken its place: longer than any
#: choice may be remembered (BND111: 400 days).
COOKIE_KEY_DAYS = 401
#: What to do about a file without a ledger key.
LEDGER_KEY_REMEDY = "create one with: bandeau keys rotate --ledger"
#: The most ledger keys that sign one log: each signs every checkpoint of it to its end.
MOST_SIGNING = 3
_SECRET_BYTES = 32
_MAX_BYTES = 100_000
_ID = re.compile(r"[a-z0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """An Ed25519 key of the log, by its seed.

    ``last_year`` is the year of the last log that it signs; a log that two keys have signed goes
    on with both, so that who knows only the first can follow it to its end.
    """

    id: str
    seed: bytes = field(repr=False)
    last_year: int | None = None

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """The public half of a ledger key that signs no more; what it signed stays verifiable."""

    id: str
    public: bytes
    last_year: int


@dataclass(frozen=True, slots=True)
class Keys:
    """What a key file holds, newest keys first."""

    cookies: Keyring
    ledger: tuple[LedgerKey, ...] = ()
    retired: tuple[RetiredKey, ...] = ()


class _Secret(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    secret: str
    until: date | None = None


class _Seed(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    seed: str
    last_year: int | None = None


class _Public(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    public: str
    last_year: int


class _File(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    keys: list[_Secret]
    ledger: list[_Seed] = []
    retired: list[_Public] = []


def create_keyfile(path: str | Path) -> Keys:
    """Write a new file with one random key of each kind, mode 0600.

    Raises:
        KeyFileError: the file exists (a new key would void every choice), or cannot be written.
    """
    path = Path(path)
    file = _new_file()
    try:
        # O_EXCL: never over an existing file, not even one that appears this instant.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        write_all(descriptor, _bytes(file), mode=0o600)
        sync_folder(path.parent)
    except FileExistsError as error:
        raise KeyFileError(f"{path} exists: new keys would void every choice made so far") from error
    except OSError as error:
        raise KeyFileError(f"cannot create {path}: {error.strerror}") from error
    return _keys(file)


def new_keys() -> Keys:
    """Return random keys that no file holds: for tests and for a first look."""
    return _keys(_new_file())


def read_keyfile(path: str | Path) -> Keys:
    """Read the keys.

    Raises:
        KeyFileError: naming the command that mends it.
    """
    return _checked(_read(Path(path)), Path(path))


def rotate_cookies(path: str | Path, today: date) -> Keys:
    """Put a new cookie key before the others; choices signed with those stay valid.

    Raises:
        KeyFileError: there is no key file, or it cannot be replaced.
    """

    def rotated(file: _File) -> _File:
        until = today + timedelta(days=COOKIE_KEY_DAYS)
        kept = [key for key in file.keys if key.until is None or key.until >= today]
        older = [_Secret(key.id, key.secret, key.until or until) for key in kept]
        return _File([_new_secret([key.id for key in file.keys]), *older], file.ledger, file.retired)

    return _replace(Path(path), rotated)


def rotate_ledger(path: str | Path, year: int, *, until: int | None = None) -> Keys:
    """Put a new ledger key before the others; those sign beside it to the end of a log.

    Args:
        year: the year of the newest log; a key whose last log was before it signs no more.
        until: the year of the last log that those in force may have signed; ``year`` when absent.

    Raises:
        KeyFileError: there is no key file, it cannot be replaced, or as many keys as may sign one
            log: who trusts the first of them must be able to follow the log to its end.
    """
    last = year if until is None else until

    def rotated(file: _File) -> _File:
        dated = [
            (_Seed(key.id, key.seed, key.last_year or last), key.last_year or last) for key in file.ledger
        ]
        signing = [key for key, ends in dated if ends >= year]
        if len(signing) >= MOST_SIGNING:
            raise _too_many(path, signing, min(ends for _, ends in dated if ends >= year))
        gone = [_retire(key, ends) for key, ends in dated if ends < year]
        return _File(file.keys, [_new_seed(_ledger_ids(file)), *signing], [*gone, *file.retired])

    return _replace(Path(path), rotated)


def keyfile_path(policy: Policy, folder: Path) -> Path:
    """Return where the keys are; ``BANDEAU_KEYS`` stands before what the policy says."""
    return folder / os.environ.get("BANDEAU_KEYS", policy.proof.keys)


def exposed(path: Path) -> str | None:
    """Return what is wrong with who may read or write a key file, with the command that mends it.

    A group may read it: a server and the operator who keeps its keys may be two users.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return None  # whoever needs it says so
    if not mode & 0o027:
        return None
    return (
        f"{path} is open to others than its owner (mode {mode:04o}), and who has it signs: chmod 600 {path}"
    )


class KeyFile:
    """A key file as it is now: one that was replaced is read anew at the next look.

    A look is one ``stat``. A file that cannot be used any more is reported once and leaves the
    keys in force.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()  # guards reading anew
        self._stamp = stamp_of(self.path)
        self._keys = read_keyfile(self.path)

    def keys(self) -> Keys:
        """Return the keys in force."""
        if stamp_of(self.path) != self._stamp:
            with self._lock:
                self._reread()
        return self._keys

    def _reread(self) -> None:
        # The stamp first: a file that is replaced while it is read is read once more.
        stamp = stamp_of(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = read_keyfile(self.path)
        except KeyFileError as error:
            log.error("the keys in force stay: %s", error)


def _replace(path: Path, change: Callable[[_File], _File]) -> Keys:
    """Put a changed file in the place of the old one, whole or not at all."""
    try:
        with folder_locked(path.parent):
            file = change(_read(path))
            keys = _checked(file, path)
            replace_file(path, _bytes(file), mode=0o600, owner_of=path)
    except OSError as error:
        raise KeyFileError(f"cannot replace {path}: {error.strerror}; the old keys stay in force") from error
    return keys


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as opened:
            raw = opened.read(_MAX_BYTES)
    except FileNotFoundError as error:
        raise KeyFileError(f"no signing keys at {path}; create them with: bandeau keys create") from error
    except OSError as error:
        raise KeyFileError(f"cannot read the signing keys at {path}: {error.strerror}") from error
    try:
        return msgspec.json.decode(raw, type=_File)
    except msgspec.MsgspecError as error:
        raise _damaged(path, error) from error


def _checked(file: _File, path: Path) -> Keys:
    try:
        return _keys(file)
    except ValueError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> KeyFileError:
    remedy = "restore it, or move it away and run: bandeau keys create"
    return KeyFileError(f"{path} is not a key file ({error}); {remedy}")


def _keys(file: _File) -> Keys:
    names = _ledger_ids(file)
    if len(set(names)) != len(names) or not all(map(_ID.fullmatch, names)):
        raise ValueError("an id of a ledger key is 1-16 of a-z 0-9, and no two keys have the same")
    return Keys(
        Keyring(tuple(Key(key.id, _decode(key.secret)) for key in file.keys)),
        tuple(LedgerKey(key.id, _exactly_32(key.seed), key.last_year) for key in file.ledger),
        tuple(RetiredKey(key.id, _exactly_32(key.public), key.last_year) for key in file.retired),
    )


def _ledger_ids(file: _File) -> list[str]:
    return [key.id for key in file.ledger] + [key.id for key in file.retired]


def _retire(key: _Seed, last_year: int) -> _Public:
    public = LedgerKey(key.id, _exactly_32(key.seed)).public
    return _Public(key.id, _encode(public), last_year)


def _too_many(path: str | Path, signing: Sequence[_Seed], first_end: int) -> KeyFileError:
    names = ", ".join(key.id for key in signing)
    return KeyFileError(
        f"{path}: {len(signing)} keys ({names}) sign the log already, and no more may: each of them signs "
        f"it to its end, so that who trusts the first can follow. The keys in force stay; rotate when the "
        f"log of {first_end + 1} has begun"
    )


def _new_file() -> _File:
    return _File([_new_secret(())], [_new_seed(())])


def _new_secret(taken: Sequence[str]) -> _Secret:
    return _Secret(_next_id("k", taken), _encode(secrets.token_bytes(_SECRET_BYTES)))


def _new_seed(taken: Sequence[str]) -> _Seed:
    return _Seed(_next_id("l", taken), _encode(secrets.token_bytes(_SECRET_BYTES)))


def _next_id(letter: str, taken: Sequence[str]) -> str:
    """Return an id that no key had before, as long as the newest is still in the file."""
    numbers = [int(name[1:]) for name in taken if re.fullmatch(f"{letter}[0-9]{{1,9}}", name)]
    return f"{letter}{max(numbers, default=0) + 1}"


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _exactly_32(text: str) -> bytes:
    data = _decode(text)
    if len(data) != _SECRET_BYTES:
        raise ValueError("a ledger key holds 32 bytes")
    return data


def _bytes(file: _File) -> bytes:
    return msgspec.json.encode(file) + b"\n"
