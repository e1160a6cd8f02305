"""Makes receipts from what a log holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bandeau.errors import ProofError
from bandeau.ledger.checkpoint import parse_checkpoint
from bandeau.ledger.commitment import commit
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.proofs import HashReader, inclusion_proof, verify_inclusion
from bandeau.ledger.receipt import Receipt
from bandeau.ledger.store import Kept, LogSource
from bandeau.ledger.tiles import hash_reader
from bandeau.ledger.tlogproof import LogProof
from bandeau.ledger.tree import leaf_hash


def issue_receipt(row: Kept, note: bytes, source: LogSource, keys: Sequence[VerifierKey]) -> Receipt:
    """Return the receipt of a row, proven by a signed checkpoint of its log.

    Args:
        row: what the receipt is about.
        note: a checkpoint of its log, countersigned or not, that covers the row.
        source: the log.
        keys: the log's verifier keys, the newest first; the receipt states the first that signed.

    Raises:
        LedgerError: the checkpoint does not cover the row, none of the keys signed it, or the log
            does not continue it: a receipt that does not verify is never handed out.
    """
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != row.origin or row.index >= checkpoint.size:
        raise ProofError(f"the checkpoint does not cover entry {row.index} of {row.origin}")
    signed = [key for key in keys if any(key.made(signature) for signature in parsed.signatures)]
    if not signed:
        raise ProofError(f"no known key of {row.origin} signed the checkpoint")
    hashes = inclusion_proof(row.index, checkpoint.size, reader_of(source, row.origin, checkpoint.size))
    leaf = leaf_hash(commit(row.salt, row.body))
    verify_inclusion(leaf, row.index, checkpoint.size, hashes, checkpoint.root)
    return Receipt(row.code, row.body, row.salt, LogProof(row.index, tuple(hashes), note), signed[0])


def reader_of(source: LogSource, origin: str, size: int) -> HashReader:
    """Return a reader of the subtree hashes of a log as it was at a size; it asks for no tile twice."""

    @cache
    def tile(level: int, number: int) -> bytes:
        return source.tile(origin, level, number)

    return hash_reader(lambda level, number, _: tile(level, number), size)
