"""Receipts: what a reader keeps of a choice, verifiable for years without asking the publisher."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.core.record import TIME, read_record
from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.commitment import SALT_SIZE, commit
from bandeau.ledger.cosignature import Cosignature, verify_cosignatures
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.report import counted
from bandeau.ledger.tlogproof import LogProof, parse_proof, verify_proof

SCHEMA = "bandeau-receipt-1"
MAX_RECEIPT_SIZE = 512 * 1024
_MEMBERS = {"schema", "code", "record", "salt", "proof", "key"}

#: Against what a receipt was checked, from the weakest to the strongest.
Level = Literal["stated key", "trusted key", "witnessed"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as read or made: ``body`` is the record that its leaf commits to.

    ``key`` is the publisher's verifier key as the receipt states it. It is a convenience for a first look:
    whoever forges a receipt states a key of their own.
    """

    code: str
    body: bytes
    salt: bytes
    proof: LogProof
    key: VerifierKey

    def to_json(self) -> bytes:
        """Return the receipt as the file that a reader downloads."""
        members = {
            "schema": SCHEMA,
            "code": self.code,
            "record": json.loads(self.body),
            "salt": encode_base64(self.salt),
            "proof": self.proof.text(),
            "key": str(self.key),
        }
        return json.dumps(members, ensure_ascii=False, indent=1).encode() + b"\n"

    def leaf_data(self) -> bytes:
        """Return the leaf that the receipt's record and salt make."""
        return commit(self.salt, self.body)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt that verified shows, and against what it was checked.

    ``trusted`` tells whether the key that signed came from the caller; else the receipt stated it.
    """

    code: str
    at: str
    index: int
    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]
    trusted: bool
    cosignatures: tuple[Cosignature, ...]

    @property
    def level(self) -> Level:
        """The strongest thing that the receipt was checked against."""
        if self.cosignatures:
            return "witnessed"
        return "trusted key" if self.trusted else "stated key"

    def sentences(self) -> list[str]:
        """Return what was checked, and what that does not show, for a reader who is no engineer."""
        return [
            f"The record with the code {self.code}, dated {self.at}, is unaltered: "
            f"it is entry {self.index} of the log {self.checkpoint.origin}.",
            f"The log had {counted(self.checkpoint.size, 'entry', 'entries')} when the checkpoint in the "
            "receipt was signed.",
            _TRUSTED if self.trusted else _STATED,
            *(
                f"The witness {each.witness.name} saw this checkpoint at {each.at}."
                for each in self.cosignatures
            ),
            _LIMITS,
        ]


_TRUSTED = "Its signature was checked with a key that you gave."
_STATED = (
    "Its signature was checked only with the key that the receipt itself states. Whoever made the receipt "
    "could have made that key too: compare it with the one that the publisher publishes."
)
_LIMITS = "This does not show that a human made the choice, nor that the log still holds it today."


def parse_receipt(data: bytes) -> Receipt:
    """Return the receipt in a file; raises ``MalformedEvidence`` for anything else."""
    members = _read_object(data)
    if set(members) != _MEMBERS or members["schema"] != SCHEMA:
        raise MalformedEvidence(f"a receipt has the schema {SCHEMA} and its six members, no others")
    record, texts = members["record"], {name: _text(members[name]) for name in _MEMBERS - {"record"}}
    if not isinstance(record, dict):
        raise MalformedEvidence("the record of a receipt is an object")
    salt = decode_base64(texts["salt"])
    if len(salt) != SALT_SIZE:
        raise MalformedEvidence(f"the salt of a receipt has {SALT_SIZE} bytes")
    body = _canonical(record)
    return Receipt(texts["code"], body, salt, parse_proof(texts["proof"]), VerifierKey.parse(texts["key"]))


def verify_receipt(
    receipt: Receipt, keys: Sequence[VerifierKey] = (), witnesses: Sequence[VerifierKey] = ()
) -> Verdict:
    """Check a receipt and return what it shows.

    Args:
        receipt: what was read.
        keys: the publisher's keys that the caller trusts, from elsewhere than the receipt. Without any the
            key in the receipt is used, and the verdict says so.
        witnesses: the keys of witnesses that the caller trusts.

    Raises:
        MalformedEvidence: the record or checkpoint cannot be read.
        ProofError: the receipt does not show what it says.
    """
    try:
        record = read_record(receipt.body)
    except ValueError as error:
        raise MalformedEvidence(f"the record of the receipt cannot be read: {error}") from error
    if receipt_code(record.record_id) != receipt.code:
        raise ProofError("the code of the receipt is not that of its record")
    checkpoint, signed_by = verify_proof(receipt.proof, receipt.leaf_data(), keys or [receipt.key])
    if not TIME.fullmatch(record.at):
        raise ProofError("the time of the record is in another form than 2026-01-31T12:00:00Z")
    if not checkpoint.origin.endswith(f"/{record.site_id}/{record.environment}/{record.at[:4]}"):
        raise ProofError("the record is of another site, environment or year than the log that it stands in")
    cosignatures = verify_cosignatures(parse_note(receipt.proof.checkpoint), witnesses)
    return Verdict(
        code=receipt.code,
        at=record.at,
        index=receipt.proof.index,
        checkpoint=checkpoint,
        signed_by=signed_by,
        trusted=bool(keys),
        cosignatures=cosignatures,
    )


def _read_object(data: bytes) -> Mapping[str, Json]:
    """Return a JSON object in which no name stands twice: two readers could take two different ones."""
    if len(data) > MAX_RECEIPT_SIZE:
        raise MalformedEvidence(f"a receipt of more than {MAX_RECEIPT_SIZE} bytes")
    try:
        members: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedEvidence("a receipt is a JSON object in UTF-8") from error
    if not isinstance(members, dict):
        raise MalformedEvidence("a receipt is a JSON object")
    return members


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedEvidence("a receipt in which a name stands twice")
    return members


def _refuse_number(text: str) -> Json:
    raise MalformedEvidence("a receipt has whole numbers only")


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise MalformedEvidence("all members of a receipt but its record are texts")
    return value


def _canonical(record: Json) -> bytes:
    try:
        return canonical_bytes(record)
    except (ValueError, RecursionError) as error:
        raise MalformedEvidence("the record of the receipt has no canonical form") from error
