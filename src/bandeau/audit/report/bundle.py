"""The evidence folder: everything that an audit saw and said, under one root that can be signed and logged.

    recording.json   what was seen            report.html, .json, .md, .sarif, .xml   what is said of it
    requests.har     its requests             events.ndjson   its observations, one to a line
    evidence/        pictures, the panel's markup and accessibility tree, the network's own log, redacted
    policy.toml      what it was judged by
    manifest.json    name, size and SHA-256 of each file, and the root over them
    manifest.note    the root, signed with the key of the site's log

The leaves of the root are the manifest's rows as canonical JSON, in their order, hashed as in RFC 6962.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bandeau.audit.recording import dump
from bandeau.audit.report.har import as_har
from bandeau.audit.report.html import as_html
from bandeau.audit.report.junit import as_junit
from bandeau.audit.report.machine import as_json
from bandeau.audit.report.markdown import as_markdown
from bandeau.audit.report.report import Report
from bandeau.audit.report.sarif import as_sarif
from bandeau.core.canonical import Json, canonical_bytes
from bandeau.errors import AuditError
from bandeau.ledger.bodies import AUDIT, AuditKept, audit_body
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint
from bandeau.ledger.store import Entry, Signer, Store
from bandeau.ledger.tree import leaf_hash, root_of

SCHEMA = "bandeau-evidence-1"
MANIFEST, NOTE, EVIDENCE, RECORDING = "manifest.json", "manifest.note", "evidence", "recording.json"
_FORMS = {
    "report.html": as_html,
    "report.json": as_json,
    "report.md": as_markdown,
    "report.sarif": as_sarif,
    "report.xml": as_junit,
}
_WAIT_SECONDS = 30.0


class Row(msgspec.Struct, frozen=True):
    """A file of the folder."""

    name: str
    size: int
    sha256: str

    def leaf(self) -> bytes:
        """Return the bytes that its leaf is the hash of."""
        row: dict[str, Json] = {"name": self.name, "size": self.size, "sha256": self.sha256}
        return canonical_bytes(row)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds. ``origin`` names the site's audits of a year, as its logs are named."""

    origin: str
    started: str
    verdict: str
    policy_digest: str
    root: str
    files: tuple[Row, ...]
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not as the manifest says."""

    name: str
    what: str


def write_bundle(folder: Path, report: Report, *, signer: Signer | None = None) -> Manifest:
    """Write everything but what the collector has put below ``evidence/``, and the manifest over all of it.

    Args:
        signer: signs the root; without one the manifest stands for itself.

    Raises:
        OSError: the folder cannot be written.
        KeyFileError: no key signs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _files(report).items():
        (folder / name).write_bytes(data)
    manifest = _manifest(folder, report)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    note = folder / NOTE
    note.unlink(missing_ok=True)
    if signer is not None:
        note.write_bytes(signer.checkpoint(_checkpoint(manifest)))
    return manifest


def log_bundle(manifest: Manifest, report: Report, store: Store) -> Entry:
    """Write the root of a folder into the site's log.

    Raises:
        StoreError: it could not be written.
    """
    site = report.loaded.policy.site

    def body(origin: str, at: str) -> bytes:
        return audit_body(
            AuditKept(
                origin,
                at,
                manifest.started,
                manifest.verdict,
                manifest.policy_digest,
                len(manifest.files),
                manifest.root,
            )
        )

    return store.append(site.id, site.environment, AUDIT, body).result(_WAIT_SECONDS)


def check_bundle(folder: Path, signer: Signer | None = None) -> tuple[Fault, ...]:
    """Compare a folder with its manifest, and the manifest with its signature where a signer is given.

    Raises:
        AuditError: there is no manifest, or it cannot be read.
        LedgerError: the signature is missing, another folder's, or wrong.
    """
    manifest = read_manifest(folder)
    found, known = {row.name: row for row in _rows(folder)}, {row.name for row in manifest.files}
    faults = [
        Fault(row.name, "changed" if row.name in found else "missing")
        for row in manifest.files
        if found.get(row.name) != row
    ]
    faults += [Fault(name, "not in the manifest") for name in found if name not in known]
    if _root(manifest.files) != manifest.root:
        faults.append(Fault(MANIFEST, "its root is not that of its rows"))
    if signer is not None:
        note = folder / NOTE
        data = note.read_bytes() if note.is_file() else b""
        checkpoint, _ = open_checkpoint(data, signer.verifiers(manifest.origin))
        if checkpoint != _checkpoint(manifest):
            faults.append(Fault(NOTE, "it signs another root"))
    return tuple(faults)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder.

    Raises:
        AuditError: there is none, or it cannot be read.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise AuditError(f"{folder} is no evidence folder of an audit: {error}") from error
    if manifest.schema != SCHEMA:
        raise AuditError(f"{folder} is of schema {manifest.schema!r}; this version reads {SCHEMA!r}.")
    return manifest


def read_pictures(folder: Path, report_files: Mapping[str, str]) -> dict[str, bytes]:
    """Return the pictures of a folder that are as the recording says: digest by name.

    A picture that was exchanged is left out of the page; the manifest tells of it.
    """
    found: dict[str, bytes] = {}
    for name, digest in report_files.items():
        path = folder / EVIDENCE / name
        if path.is_file() and path.resolve().is_relative_to((folder / EVIDENCE).resolve()):
            data = path.read_bytes()
            if "sha256:" + hashlib.sha256(data).hexdigest() == digest:
                found[name] = data
    return found


def _files(report: Report) -> dict[str, bytes]:
    files = {name: form(report).encode() for name, form in _FORMS.items()}
    files[RECORDING] = dump(report.recording) + b"\n"
    files["requests.har"] = as_har(report.recording).encode()
    files["events.ndjson"] = _events(report)
    files["policy.toml"] = report.loaded.text.encode()
    return files


def _events(report: Report) -> bytes:
    lines = []
    for visit in report.recording.visits:
        for fact in visit.observations:
            members = {"visit": visit.number, "scenario": visit.scenario, **msgspec.to_builtins(fact)}
            lines.append(msgspec.json.encode(members) + b"\n")
    return b"".join(lines)


def _manifest(folder: Path, report: Report) -> Manifest:
    site, started = report.loaded.policy.site, report.recording.started
    rows = tuple(_rows(folder))
    host = site.url.partition("://")[2].rstrip("/")
    return Manifest(
        origin=f"{host}/{site.id}/{site.environment}/audits/{started[:4]}",
        started=started,
        verdict=str(report.judgement.verdict),
        policy_digest=report.loaded.policy.digest,
        root=_root(rows),
        files=rows,
    )


def _rows(folder: Path) -> list[Row]:
    rows = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in (MANIFEST, NOTE):
            data = path.read_bytes()
            rows.append(Row(name, len(data), hashlib.sha256(data).hexdigest()))
    return sorted(rows, key=lambda row: row.name)


def _root(rows: tuple[Row, ...]) -> str:
    return "sha256:" + root_of([leaf_hash(row.leaf()) for row in rows]).hex()


def _checkpoint(manifest: Manifest) -> Checkpoint:
    """Return the root as a checkpoint with a name of its own, so that it never passes for one of records."""
    return Checkpoint(
        manifest.origin, len(manifest.files), bytes.fromhex(manifest.root.removeprefix("sha256:"))
    )
