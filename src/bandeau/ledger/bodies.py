"""What the rows of a log say, as the canonical bytes that their leaves commit to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.core.record import ConsentRecord, read_record
from bandeau.errors import MalformedEvidence
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.tree import MAX_SIZE

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


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Which rows of a log were removed on purpose, as first and last index of each run."""

    origin: str
    runs: tuple[tuple[int, int], ...]
    reason: Reason
    at: str


@dataclass(frozen=True, slots=True)
class LogOpened:
    """The beginning of a log, with the last signed checkpoint of the one before it."""

    origin: str
    at: str
    previous: bytes | None


@dataclass(frozen=True, slots=True)
class KeyAdded:
    """The announcement of a key that signs from now on."""

    origin: str
    at: str
    key: VerifierKey


Body = ConsentRecord | Tombstone | LogOpened | KeyAdded


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


def read_body(body: bytes) -> Body:
    """Return what a row says; raises ``MalformedEvidence`` for what no writer of a log writes."""
    try:
        schema = _schema_of(body).schema
        if KINDS.get(schema) == CONSENT:
            return read_record(body)
        read = _READERS.get(schema)
        if read is None:
            raise MalformedEvidence(f"the schema {schema!r} is not known")
        if canonical_bytes(msgspec.json.decode(body)) != body:
            raise MalformedEvidence("a body that is not in canonical form")
        return read(body)
    except (ValueError, RecursionError) as error:
        raise MalformedEvidence(f"a body that cannot be read: {error}") from error


class _Schema(msgspec.Struct):
    schema: str


class _Tombstone(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    origin: str
    entries: list[int | tuple[int, int]]
    reason: Reason
    at: str


class _LogOpened(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    origin: str
    at: str
    previous: str | None


class _KeyAdded(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    origin: str
    at: str
    key: str


_schema_of = msgspec.json.Decoder(_Schema).decode
_tombstone_of = msgspec.json.Decoder(_Tombstone).decode
_opened_of = msgspec.json.Decoder(_LogOpened).decode
_key_of = msgspec.json.Decoder(_KeyAdded).decode


def _read_tombstone(body: bytes) -> Tombstone:
    found = _tombstone_of(body)
    runs = tuple((entry, entry) if isinstance(entry, int) else entry for entry in found.entries)
    before = -1
    for first, last in runs:
        if not before < first <= last < MAX_SIZE:
            raise MalformedEvidence("a tombstone names each row once and in order")
        before = last
    return Tombstone(found.origin, runs, found.reason, found.at)


def _read_opened(body: bytes) -> LogOpened:
    found = _opened_of(body)
    previous = found.previous.encode() if found.previous is not None else None
    return LogOpened(found.origin, found.at, previous)


def _read_key(body: bytes) -> KeyAdded:
    found = _key_of(body)
    return KeyAdded(found.origin, found.at, VerifierKey.parse(found.key))


_READERS: dict[str, Callable[[bytes], Body]] = {
    "bandeau-tombstone-1": _read_tombstone,
    "bandeau-log-opened-1": _read_opened,
    "bandeau-key-1": _read_key,
}


def _runs(entries: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbours among some indices, in order."""
    runs: list[tuple[int, int]] = []
    for index in sorted(set(entries)):
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs
