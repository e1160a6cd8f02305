"""The witness protocol (c2sp.org/tlog-witness): what a witness answers, and what a log asks of one.

Both sides are plain functions of bytes: who calls them brings HTTP, the clock and the storage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.checkpoint import Checkpoint, parse_checkpoint, parse_number
from bandeau.ledger.cosignature import Cosignature, cosign, verify_cosignatures
from bandeau.ledger.note import (
    MAX_NOTE_SIZE,
    Note,
    NoteSigner,
    VerifierKey,
    parse_note,
    parse_signatures,
    verify,
)
from bandeau.ledger.proofs import verify_consistency
from bandeau.ledger.tree import EMPTY_ROOT

SIZE_TYPE = "text/x.tlog.size"
_MAX_PROOF = 63
_MAX_REQUEST = MAX_NOTE_SIZE + _MAX_PROOF * 64


@dataclass(frozen=True, slots=True)
class Answer:
    """A witness's answer to one request."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness between two requests: the logs that it knows and what it last cosigned of each.

    ``logs`` has the trusted keys of each origin, ``latest`` the last cosigned checkpoints. The new witness
    that ``add_checkpoint`` returns must be stored before the answer is sent, and stored only over the one
    that was asked: otherwise two requests at once could make it cosign a fork.
    """

    signer: NoteSigner
    logs: Mapping[str, Sequence[VerifierKey]]
    latest: Mapping[str, Checkpoint]

    def add_checkpoint(self, request: bytes, timestamp: int) -> tuple[Answer, Witness]:
        """Answer a request to cosign a checkpoint; ``timestamp`` is the time in POSIX seconds."""
        try:
            old_size, proof, note, checkpoint = _parse_request(request)
        except MalformedEvidence as error:
            return Answer(400, f"{error}\n"), self
        refusal = self._refusal(old_size, proof, note, checkpoint)
        if refusal:
            return refusal, self
        line = cosign(note.text, self.signer, timestamp).line()
        return Answer(200, line), replace(self, latest={**self.latest, checkpoint.origin: checkpoint})

    def _refusal(
        self, old_size: int, proof: Sequence[bytes], note: Note, checkpoint: Checkpoint
    ) -> Answer | None:
        """Return why a checkpoint is not cosigned, in the order that the specification gives."""
        keys = self.logs.get(checkpoint.origin)
        if keys is None:
            return Answer(404, "this log is not known here\n")
        try:
            verify(note, keys)
        except ProofError as error:
            return Answer(403, f"{error}\n")
        if old_size > checkpoint.size:
            return Answer(400, "the old size is larger than the checkpoint\n")
        latest = self.latest.get(checkpoint.origin, Checkpoint(checkpoint.origin, 0, EMPTY_ROOT))
        if old_size != latest.size:
            return Answer(409, f"{latest.size}\n", SIZE_TYPE)
        try:
            _check_growth(latest, checkpoint, proof)
        except ProofError as error:
            return Answer(422, f"{error}\n")
        return None


def request_body(old_size: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Return what a log sends to ``add-checkpoint``.

    The proof leads from the size that the witness cosigned last, which is 0 before the first time and whose
    proof is then empty.
    """
    lines = [f"old {old_size}", *map(encode_base64, proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + checkpoint


def read_answer(
    checkpoint: bytes, status: int, body: bytes, witnesses: Sequence[VerifierKey]
) -> tuple[bytes, tuple[Cosignature, ...]]:
    """Return the checkpoint with a witness's cosignatures added, and those cosignatures.

    Only lines of trusted witnesses are taken over. Raises ``ProofError`` when the witness did not cosign,
    ``MalformedEvidence`` when its answer cannot be read. For 409 see ``size_of_conflict``.
    """
    if status != 200:
        raise ProofError(f"the witness answered {status}")
    note = parse_note(checkpoint)
    text = _text(body)
    if not text.endswith("\n"):
        raise MalformedEvidence("an answer of a witness that does not end its last line")
    taken = tuple(each for each in parse_signatures(text) if any(key.made(each) for key in witnesses))
    if not taken:
        raise ProofError("no trusted witness signed the answer")
    cosignatures = verify_cosignatures(Note(note.text, taken), witnesses)
    added = tuple(each for each in taken if each not in note.signatures)
    return Note(note.text, note.signatures + added).to_bytes(), cosignatures


def size_of_conflict(body: bytes) -> int:
    """Return the size in a 409 answer: what the witness cosigned last; raises ``MalformedEvidence``.

    It is only a hint for the next request. A size beyond the log's own means that the witness saw a
    checkpoint which this log does not know: a fork or a lost log.
    """
    text = _text(body)
    if not text.endswith("\n"):
        raise MalformedEvidence("a size of a witness that does not end its line")
    return parse_number(text.removesuffix("\n"))


def _parse_request(request: bytes) -> tuple[int, list[bytes], Note, Checkpoint]:
    if len(request) > _MAX_REQUEST:
        raise MalformedEvidence(f"a request of more than {_MAX_REQUEST} bytes")
    head, separator, signed = request.partition(b"\n\n")
    first, *lines = _text(head).split("\n")
    if not separator or not first.startswith("old ") or len(lines) > _MAX_PROOF:
        raise MalformedEvidence(
            "a request has an old size, at most 63 hashes, an empty line and a checkpoint"
        )
    proof = [decode_base64(line) for line in lines]
    if any(len(each) != 32 for each in proof):
        raise MalformedEvidence("a hash of a consistency proof has 32 bytes")
    note = parse_note(signed)
    return parse_number(first.removeprefix("old ")), proof, note, parse_checkpoint(note.text)


def _check_growth(latest: Checkpoint, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise ``ProofError`` unless a checkpoint continues the latest one."""
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise ProofError("an empty log has the root of another one")
    if latest.size:
        verify_consistency(latest.size, latest.root, checkpoint.size, checkpoint.root, proof)
    elif proof:
        raise ProofError("from an empty log no proof is needed")


def _text(data: bytes) -> str:
    if len(data) > MAX_NOTE_SIZE:
        raise MalformedEvidence(f"more than {MAX_NOTE_SIZE} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedEvidence("text that is not UTF-8") from error
