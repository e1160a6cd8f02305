"""The file of tokens with which other back ends ask for decisions: digests alone, never a token.

A token is ``bdt_<id>_<secret>`` with 32 random bytes of secret, so one round of SHA-256 is enough:
nobody guesses it from its digest, and checking it costs next to nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from bandeau.errors import TokenFileError
from bandeau.storage.durable import folder_locked, replace_file
from bandeau.storage.stamp import Stamp, stamp_of

log = logging.getLogger("bandeau.tokens")

#: The most tokens of a site.
MOST_TOKENS = 1_000
#: Questions a second that a token is answered, unless it was made for another number.
PER_SECOND = 50
_FILE = "bandeau.tokens"
_TOKEN = re.compile(r"bdt_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_MAX_BYTES = 1_000_000


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a token may do: ask about some purposes, in one environment, until a day."""

    id: str
    name: str
    sha256: str
    environment: str
    purposes: tuple[str, ...]
    created: date
    expires: date
    per_second: int = PER_SECOND


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tokens: list[Token]


def tokenfile_path(folder: Path) -> Path:
    """Return where the tokens are; ``BANDEAU_TOKENS`` stands before the policy's folder."""
    return folder / os.environ.get("BANDEAU_TOKENS", _FILE)


def create_token(
    path: Path,
    *,
    name: str,
    environment: str,
    purposes: Sequence[str],
    created: date,
    expires: date,
    per_second: int = PER_SECOND,
) -> tuple[str, Token]:
    """Add a token; return its text, which is kept nowhere, and what is kept.

    Raises:
        TokenFileError: the file cannot be read or written, or is full.
    """
    token_id = "".join(secrets.choice(_LETTERS) for _ in range(8))
    text = f"bdt_{token_id}_{secrets.token_urlsafe(32)}"
    kept = Token(token_id, name, _digest(text), environment, tuple(purposes), created, expires, per_second)

    def added(tokens: list[Token]) -> list[Token]:
        if len(tokens) >= MOST_TOKENS:
            raise TokenFileError(f"{path} holds {MOST_TOKENS} tokens: revoke one with: bandeau tokens revoke")
        return [*tokens, kept]

    _change(path, added)
    return text, kept


def revoke_token(path: Path, token_id: str) -> bool:
    """Take a token away; tell whether there was one.

    Raises:
        TokenFileError: the file cannot be read or written.
    """
    found = any(token.id == token_id for token in read_tokens(path))
    if found:
        _change(path, lambda tokens: [token for token in tokens if token.id != token_id])
    return found


def read_tokens(path: Path) -> list[Token]:
    """Return the tokens of a file, none where there is no file.

    Raises:
        TokenFileError: it is no such file.
    """
    try:
        with path.open("rb") as opened:
            raw = opened.read(_MAX_BYTES)
        return msgspec.json.decode(raw, type=_File).tokens
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TokenFileError(f"cannot read the tokens at {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise TokenFileError(
            f"{path} is not a file of tokens ({error}); restore it, or move it away and make new ones with: "
            "bandeau tokens create"
        ) from error


class TokenFile:
    """The tokens as they are now: a revoked one is none at the next question.

    A look is one ``stat``. A file that cannot be read any more is reported once, and no token of it
    is accepted: in doubt nobody is answered.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # guards reading anew
        self._stamp: Stamp | None = None
        self._tokens: dict[str, Token] = {}

    def find(self, text: str) -> Token | None:
        """Return the token of a text; ``None`` when it is none."""
        found = _TOKEN.fullmatch(text)
        token = self._current().get(found[1]) if found else None
        if token is None or not hmac.compare_digest(token.sha256, _digest(text)):
            return None
        return token

    def _current(self) -> dict[str, Token]:
        if stamp_of(self.path) != self._stamp:
            with self._lock:
                self._reread()
        return self._tokens

    def _reread(self) -> None:
        # The stamp first: a file that is replaced while it is read is read once more.
        stamp = stamp_of(self.path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._tokens = {token.id: token for token in read_tokens(self.path)}
        except TokenFileError as error:
            self._tokens = {}
            log.error("no token is accepted: %s", error)


def _change(path: Path, change: Callable[[list[Token]], list[Token]]) -> None:
    """Put a changed file in the place of the old one, whole or not at all."""
    try:
        with folder_locked(path.parent):
            data = msgspec.json.encode(_File(change(read_tokens(path))))
            # The site's own user reads it, whoever makes the first token.
            owned = path if path.exists() else path.parent
            replace_file(path, data + b"\n", mode=0o640, owner_of=owned)
    except OSError as error:
        raise TokenFileError(f"cannot write {path}: {error.strerror}") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
