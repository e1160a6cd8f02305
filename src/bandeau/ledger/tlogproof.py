"""Proofs in one text: a leaf, its place in a log, a checkpoint that vouches for it (c2sp.org/tlog-proof)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bandeau.errors import MalformedEvidence
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint, parse_number
from bandeau.ledger.note import MAX_NOTE_SIZE, VerifierKey
from bandeau.ledger.proofs import verify_inclusion
from bandeau.ledger.tree import HASH_SIZE, MAX_SIZE, leaf_hash

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63
_MAX_EXTRA = 64 * 1024
_MAX_TEXT = MAX_NOTE_SIZE + 2 * _MAX_EXTRA


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof as read: ``checkpoint`` is the signed note, ``extra`` means what its application says.

    Nothing of it is to be believed before ``verify_proof`` has returned.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index < MAX_SIZE or len(self.hashes) > _MAX_HASHES or len(self.extra) > _MAX_EXTRA:
            raise MalformedEvidence(
                "a proof with an impossible index, too many hashes or too much beside them"
            )
        if any(len(each) != HASH_SIZE for each in self.hashes):
            raise MalformedEvidence("a proof with a hash of another length")

    def text(self) -> str:
        """Return the proof as it is written; raises ``MalformedEvidence`` when the checkpoint is no text."""
        extra = [f"extra {encode_base64(self.extra)}"] if self.extra else []
        lines = [_HEADER, *extra, f"index {self.index}", *map(encode_base64, self.hashes), ""]
        try:
            return "".join(f"{line}\n" for line in lines) + self.checkpoint.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedEvidence("a checkpoint that is not UTF-8") from error


def parse_proof(text: str) -> LogProof:
    """Return what a proof's text holds; raises ``MalformedEvidence``."""
    if len(text) > _MAX_TEXT:
        raise MalformedEvidence(f"a proof of more than {_MAX_TEXT} characters")
    head, separator, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if not separator or header != _HEADER:
        raise MalformedEvidence(
            f"a proof begins with the line {_HEADER} and has a checkpoint after an empty line"
        )
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
        if not extra:
            raise MalformedEvidence("a proof without extra data leaves their line out")
    if not lines or not lines[0].startswith("index "):
        raise MalformedEvidence("a proof names the index of its leaf")
    index = parse_number(lines.pop(0).removeprefix("index "))
    try:
        return LogProof(index, tuple(map(decode_base64, lines)), checkpoint.encode("utf-8"), extra)
    except UnicodeEncodeError as error:
        raise MalformedEvidence("a checkpoint that is not UTF-8") from error


def verify_proof(
    proof: LogProof, leaf_data: bytes, keys: Sequence[VerifierKey]
) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """Check that a leaf stands in a log at the proof's index; return that log's checkpoint and who signed it.

    Raises ``MalformedEvidence`` or ``ProofError``.
    """
    checkpoint, verified = open_checkpoint(proof.checkpoint, keys)
    verify_inclusion(leaf_hash(leaf_data), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint, verified
