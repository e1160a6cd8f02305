"""What a witness keeps: its key, the logs that it knows and what it last countersigned of each."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from bandeau.errors import KeyFileError, LedgerError
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import COSIGNATURE, SigningKey, VerifierKey
from bandeau.ledger.witness import Answer, Witness
from bandeau.storage.durable import folder_locked, replace_file

_SEED_BYTES = 32


class _Latest(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    root: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    seed: str
    logs: dict[str, list[str]] = {}
    latest: dict[str, _Latest] = {}


class WitnessFile:
    """A witness in one file; what it countersigns is in the file before anybody is answered.

    Any number of processes may share it: each request is read, judged and kept under one lock, so
    that no two can make the witness sign a fork.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @classmethod
    def create(cls, path: str | Path, name: str) -> WitnessFile:
        """Create a witness with a new key; ``name`` stands in it for ever.

        Raises:
            KeyFileError: the file exists or cannot be written.
            MalformedEvidence: no key can have that name.
        """
        file = cls(path)
        seed = secrets.token_bytes(_SEED_BYTES)
        SigningKey(name, seed, COSIGNATURE)
        with folder_locked(file.path.parent):
            if file.path.exists():
                raise KeyFileError(f"{file.path} exists: a witness that forgets what it signed is none")
            file._write(_File(name, encode_base64(seed)))
        return file

    def verifier(self) -> VerifierKey:
        """Return the key that logs and their verifiers are to be given."""
        return self._witness(self._read()).signer.verifier

    def latest(self) -> dict[str, Checkpoint | None]:
        """Return what was countersigned last of each log that is known here."""
        witness = self._witness(self._read())
        return {origin: witness.latest.get(origin) for origin in witness.logs}

    def trust(self, key: VerifierKey) -> None:
        """Countersign a log from now on, under this key of it beside those known before."""
        with folder_locked(self.path.parent):
            file = self._read()
            known = file.logs.setdefault(key.name, [])
            if str(key) not in known:
                known.append(str(key))
                self._write(file)

    def add_checkpoint(self, request: bytes, timestamp: int) -> Answer:
        """Answer a request to countersign a checkpoint."""
        with folder_locked(self.path.parent):
            file = self._read()
            before = self._witness(file)
            answer, after = before.add_checkpoint(request, timestamp)
            if after is not before:
                file.latest = {
                    origin: _Latest(each.size, encode_base64(each.root))
                    for origin, each in after.latest.items()
                }
                self._write(file)
        return answer

    def _read(self) -> _File:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_File)
        except FileNotFoundError as error:
            remedy = "create one with: bandeau witness create NAME"
            raise KeyFileError(f"no witness at {self.path}; {remedy}") from error
        except (OSError, msgspec.MsgspecError) as error:
            raise self._damaged(error) from error

    def _witness(self, file: _File) -> Witness:
        try:
            return Witness(
                SigningKey(file.name, decode_base64(file.seed), COSIGNATURE),
                {origin: [VerifierKey.parse(key) for key in keys] for origin, keys in file.logs.items()},
                {
                    origin: Checkpoint(origin, each.size, decode_base64(each.root))
                    for origin, each in file.latest.items()
                },
            )
        except (LedgerError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> KeyFileError:
        remedy = "restore it; a new witness needs a new name"
        return KeyFileError(f"{self.path} is not the file of a witness ({error}); {remedy}")

    def _write(self, file: _File) -> None:
        try:
            replace_file(self.path, msgspec.json.encode(file) + b"\n", mode=0o600)
        except OSError as error:
            raise KeyFileError(f"cannot write {self.path}: {error.strerror}") from error
