"""Checkpoints: what a log signs of itself (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.note import NoteSigner, VerifierKey, parse_note, sign_note, verify
from bandeau.ledger.tree import EMPTY_ROOT, HASH_SIZE, MAX_SIZE

_MAX_LINE = 1024
_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at one size: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(0 < len(line) <= _MAX_LINE and "\n" not in line for line in lines):
            raise MalformedEvidence("a checkpoint with an empty, broken or overlong line")
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise MalformedEvidence("a checkpoint with an impossible size or root")

    def text(self) -> str:
        """Return the text that is signed."""
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, encode_base64(self.root), *self.extensions)
        )

    def signed(self, signers: Sequence[NoteSigner]) -> bytes:
        """Return the signed note of this checkpoint."""
        return sign_note(self.text(), signers)


def parse_number(text: str) -> int:
    """Return a size or index written without leading zeros; raises ``MalformedEvidence``."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise MalformedEvidence("a number is not written as the standard demands")
    return int(text)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint in a note's text; raises ``MalformedEvidence``.

    It says nothing about signatures: ``open_checkpoint`` does.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise MalformedEvidence("a checkpoint has three lines at least")
    origin, size, root, *extensions = lines
    return Checkpoint(origin, parse_number(size), decode_base64(root), tuple(extensions))


def open_checkpoint(data: bytes, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """Return the checkpoint in a signed note, and which of the trusted keys signed it.

    Only keys that have the checkpoint's origin as their name are asked, so the key of one log never vouches
    for another. Raises ``MalformedEvidence`` or ``ProofError``.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    of_origin = [key for key in keys if key.name == checkpoint.origin]
    if not of_origin:
        raise ProofError(f"no trusted key is known for the log {checkpoint.origin}")
    verified = verify(note, of_origin)
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise ProofError("an empty log has the root of another one")
    return checkpoint, verified
