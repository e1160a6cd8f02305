"""What the rows of a log say, as the canonical bytes that their leaves commit to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.ledger.note import VerifierKey

CONSENT, TOMBSTONE, OPENED, KEY = "consent", "tombstone", "opened", "key"

#: The kind of row that each schema is kept under.
KINDS = {
    "bandeau-record-1": CONSENT,
    "bandeau-record-2": CONSENT,
    "bandeau-tombstone-1": TOMBSTONE,
    "bandeau-log-opened-1": OPENED,
    "bandeau-key-1": KEY,
}

Reason = Literal["erasure", "retention"]


def tombstone_body(origin: str, entries: Iterable[int], reason: Reason, at: str) -> bytes:
    """Return the body that says which rows of a log were removed on purpose, and why.

    Neighbours are written as ``[first, last]``, so that dropping a whole year stays one short row. It names
    nobody: the tombstone outlives what it stands for.
    """
    return canonical_bytes(
        {
            "schema": "bandeau-tombstone-1",
            "origin": origin,
            "entries": [first if first == last else [first, last] for first, last in _runs(entries)],
            "reason": reason,
            "at": at,
        }
    )


def opened_body(origin: str, at: str, previous: bytes | None) -> bytes:
    """Return the body of a log's first row.

    It holds the last signed checkpoint of the log before it, so that one log vouches for the one that it
    follows; ``None`` for a site's first log.
    """
    checkpoint: Json = previous.decode() if previous is not None else None
    return canonical_bytes(
        {"schema": "bandeau-log-opened-1", "origin": origin, "at": at, "previous": checkpoint}
    )


def key_body(origin: str, at: str, key: VerifierKey) -> bytes:
    """Return the body that announces a key which signs for this log from now on."""
    return canonical_bytes({"schema": "bandeau-key-1", "origin": origin, "at": at, "key": str(key)})


def _runs(entries: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbours among some indices, in order."""
    runs: list[tuple[int, int]] = []
    for index in sorted(set(entries)):
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs
