"""What the rows of a log say, as the canonical bytes that their leaves commit to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import msgspec

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.core.record import ConsentRecord, read_record
from bandeau.errors import MalformedEvidence
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.tree import MAX_SIZE

CONSENT, TOMBSTONE, OPENED, KEY, AUDIT = "consent", "tombstone", "opened", "key", "audit"

#: The kind of row that each schema is kept under.
KINDS = {
    "bandeau-record-1": CONSENT,
    "bandeau-record-2": CONSENT,
    "bandeau-tombstone-1": TOMBSTONE,
    "bandeau-log-opened-1": OPENED,
    "bandeau-key-1": KEY,
    "bandeau-audit-1": AUDIT,
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


@dataclass(frozen=True, slots=True)
class AuditKept:
    """An audit of the site: when it began, what it found, and the root over the files of its evidence."""

    origin: str
    at: str
    started: str
    verdict: str
    policy_digest: str
    files: int
    root: str


Body = ConsentRecord | Tombstone | LogOpened | KeyAdded | AuditKept


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


def audit_body(audit: AuditKept) -> bytes:
    """Return the body that makes the evidence of an audit as unalterable as the log."""
    return canonical_bytes({"schema": "bandeau-audit-1", **asdict(audit)})


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


class _AuditKept(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    origin: str
    at: str
    started: str
    verdict: str
    policy_digest: str
    files: int
    root: str


_schema_of = msgspec.json.Decoder(_Schema).decode
_tombstone_of = msgspec.json.Decoder(_Tombstone).decode
_opened_of = msgspec.json.Decoder(_LogOpened).decode
_key_of = msgspec.json.Decoder(_KeyAdded).decode
_audit_of = msgspec.json.Decoder(_AuditKept).decode


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


def _read_audit(body: bytes) -> AuditKept:
    found = _audit_of(body)
    if not re.fullmatch("sha256:[0-9a-f]{64}", found.root) or found.files < 1:
        raise MalformedEvidence("the evidence of an audit is named by the root over one file at least")
    members = msgspec.structs.asdict(found)
    del members["schema"]
    return AuditKept(**members)


_READERS: dict[str, Callable[[bytes], Body]] = {
    "bandeau-tombstone-1": _read_tombstone,
    "bandeau-log-opened-1": _read_opened,
    "bandeau-key-1": _read_key,
    "bandeau-audit-1": _read_audit,
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
