"""Anchors: what somebody outside holds of a log, so that its operator cannot rewrite it unnoticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bandeau.errors import ProofError
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint
from bandeau.ledger.cosignature import Cosignature, verify_cosignatures
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.receipt import parse_receipt, verify_receipt


@dataclass(frozen=True, slots=True)
class Claim:
    """What a receipt says besides its checkpoint: which leaf stands at which index."""

    index: int
    leaf_data: bytes
    code: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that the log's key signed, under the name that its holder gives it."""

    name: str
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...] = ()
    claim: Claim | None = None


def read_anchor(
    name: str, data: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey]
) -> Anchor:
    """Return the anchor in a file: a signed checkpoint, cosigned or not, or a receipt.

    Raises ``MalformedEvidence`` or ``ProofError``: what no trusted key of the log signed could have been
    made by anybody, and proves nothing against its operator.
    """
    if data.lstrip()[:1] != b"{":
        checkpoint, _ = open_checkpoint(data, keys)
        return Anchor(name, checkpoint, verify_cosignatures(parse_note(data), witnesses))
    if not keys:
        raise ProofError("no trusted key is known to check the receipt with")
    receipt = parse_receipt(data)
    verdict = verify_receipt(receipt, keys, witnesses)
    claim = Claim(verdict.index, receipt.leaf_data(), verdict.code)
    return Anchor(name, verdict.checkpoint, verdict.cosignatures, claim)
