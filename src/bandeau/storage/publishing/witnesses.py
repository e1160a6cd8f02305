"""Asks witnesses to countersign a log (c2sp.org/tlog-witness)."""

from __future__ import annotations

from bandeau.core.policy import Witness
from bandeau.errors import LedgerError, PublishingError
from bandeau.ledger.checkpoint import Checkpoint, parse_checkpoint
from bandeau.ledger.issue import reader_of
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.proofs import consistency_proof
from bandeau.ledger.store import LogSource
from bandeau.ledger.witness import read_answer, request_body, size_of_conflict
from bandeau.storage.publishing.http import send


def cosigned(note: bytes, witness: Witness, source: LogSource, last_size: int) -> bytes:
    """Return a checkpoint with the witness's countersignature added.

    Args:
        last_size: the size that this witness countersigned last, as far as it is known here; the
            witness corrects it.

    Raises:
        PublishingError: it did not countersign; the text says why.
    """
    checkpoint = parse_checkpoint(parse_note(note).text)
    url = f"{witness.url.rstrip('/')}/add-checkpoint"
    body = b""
    try:
        status, body = _ask(url, note, checkpoint, source, last_size)
        if status == 409:
            last_size = size_of_conflict(body)
            if last_size > checkpoint.size:
                raise PublishingError(
                    f"{witness.name} has seen {last_size} leaves of {checkpoint.origin}, and here are "
                    f"{checkpoint.size} only: the log was rewritten or part of it was lost"
                )
            status, body = _ask(url, note, checkpoint, source, last_size)
        if status == 422:
            raise PublishingError(
                f"{witness.name} has seen another history of {checkpoint.origin}: {_words(body)}"
            )
        return read_answer(note, status, body, [VerifierKey.parse(witness.key)])[0]
    except LedgerError as error:
        raise PublishingError(f"{witness.name}: {error} ({_words(body)})") from error


def _ask(
    url: str, note: bytes, checkpoint: Checkpoint, source: LogSource, old_size: int
) -> tuple[int, bytes]:
    origin, size = checkpoint.origin, checkpoint.size
    read = reader_of(source, origin, size)
    proof = consistency_proof(old_size, size, read) if 0 < old_size < size else []
    return send("POST", url, request_body(old_size, proof, note), "application/octet-stream")


def _words(body: bytes) -> str:
    """Return what a server says, for a person: short, and without control characters."""
    text = body[:200].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text).strip()
