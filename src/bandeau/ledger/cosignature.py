"""Cosignatures: a witness's word that a log only ever grew (c2sp.org/tlog-cosignature, v1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bandeau.errors import ProofError
from bandeau.ledger.checkpoint import parse_checkpoint
from bandeau.ledger.note import COSIGNATURE, Note, NoteSigner, Signature, VerifierKey

#: struct timestamped_signature { u64 timestamp; u8 signature[64]; }
_TIME_SIZE = 8
_VALUE_SIZE = _TIME_SIZE + 64
_MAX_TIME = 2**63 - 1
_YEAR_10000 = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: whose it is, and when that witness saw the checkpoint (POSIX seconds)."""

    witness: VerifierKey
    timestamp: int

    @property
    def at(self) -> str:
        """The time in UTC, RFC 3339; that format ends with the year 9999."""
        if self.timestamp >= _YEAR_10000:
            return f"{self.timestamp} seconds after 1970"
        return datetime.fromtimestamp(self.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cosign(text: str, witness: NoteSigner, timestamp: int) -> Signature:
    """Return a witness's signature line for a checkpoint's text.

    The witness must have checked before that the log is consistent with what it saw of it.
    """
    if witness.verifier.algorithm != COSIGNATURE or not 0 <= timestamp <= _MAX_TIME:
        raise ValueError("a cosignature needs the key of a witness and a time since 1970")
    value = timestamp.to_bytes(_TIME_SIZE, "big") + witness.sign(_message(text, timestamp))
    return Signature(witness.verifier.name, witness.verifier.key_id, value)


def verify_cosignatures(note: Note, witnesses: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """Return the cosignatures of trusted witnesses on a checkpoint, in the order of ``witnesses``.

    There may be none. Raises ``MalformedEvidence`` when the note is no checkpoint, and ``ProofError`` when a
    signature that says it is a trusted witness's is not.
    """
    parse_checkpoint(note.text)
    found = []
    for witness in witnesses:
        if witness.algorithm != COSIGNATURE:
            raise ValueError(f"{witness} is a key of a log, not of a witness")
        times = [_verified_time(note, witness, each) for each in note.signatures if witness.made(each)]
        if times:
            found.append(Cosignature(witness, max(times)))
    return tuple(found)


def _verified_time(note: Note, witness: VerifierKey, signature: Signature) -> int:
    """Return when a witness cosigned; raises ``ProofError`` when it did not."""
    timestamp = int.from_bytes(signature.value[:_TIME_SIZE], "big")
    if len(signature.value) != _VALUE_SIZE or timestamp > _MAX_TIME:
        raise ProofError(f"the cosignature of {witness.name} has the wrong form")
    if not witness.verifies(_message(note.text, timestamp), signature.value[_TIME_SIZE:]):
        raise ProofError(f"the cosignature of {witness.name} is wrong")
    return timestamp


def _message(text: str, timestamp: int) -> bytes:
    # The first line keeps a cosignature from passing for a log's own signature and the reverse.
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
