"""The evidence folder: whole, under one root, signed, logged; a changed byte is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bandeau.audit.recording import load
from bandeau.audit.report.bundle import (
    EVIDENCE,
    MANIFEST,
    NOTE,
    Fault,
    check_bundle,
    log_bundle,
    read_manifest,
    read_pictures,
    write_bundle,
)
from bandeau.errors import AuditError, LedgerError
from bandeau.ledger.bodies import AuditKept, read_body
from bandeau.ledger.checkpoint import open_checkpoint
from bandeau.ledger.verification import verify_logs
from bandeau.site import Site, signer_of
from bandeau.storage.keyfile import new_keys
from bandeau.storage.memory import MemoryStore
from bandeau.storage.signer import Signer
from tests.audit.judge.made import LOADED

from .sample import breaching_recording, sample_report

FILES = {
    "events.ndjson", "evidence/shot.png", "policy.toml", "recording.json", "report.html", "report.json",
    "report.md", "report.sarif", "report.xml", "requests.har",
}  # fmt: skip


@pytest.fixture
def signer() -> Signer:
    """Return what signs for the sample's site."""
    keys = new_keys()
    return signer_of(LOADED.policy, lambda: keys)


@pytest.fixture
def folder(tmp_path: Path, signer: Signer) -> Path:
    """Return a folder with a picture of the collector's, written and signed."""
    (tmp_path / EVIDENCE).mkdir()
    (tmp_path / EVIDENCE / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\npicture")
    write_bundle(tmp_path, sample_report(), signer=signer)
    return tmp_path


def test_the_folder_holds_every_form_and_what_they_come_from(folder: Path) -> None:
    """Whoever gets it can read it, judge it again, and check it."""
    assert {row.name for row in read_manifest(folder).files} == FILES
    assert load((folder / "recording.json").read_bytes()) == breaching_recording()
    assert (folder / "policy.toml").read_text(encoding="utf-8") == LOADED.text


def test_the_same_audit_gives_the_same_root(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing in the folder hangs on when or where it was written."""
    other = tmp_path_factory.mktemp("other")
    (other / EVIDENCE).mkdir()
    (other / EVIDENCE / "shot.png").write_bytes((folder / EVIDENCE / "shot.png").read_bytes())

    assert write_bundle(other, sample_report()).root == read_manifest(folder).root


def test_an_untouched_folder_has_no_fault(folder: Path, signer: Signer) -> None:
    """Files, root and signature fit each other."""
    assert check_bundle(folder, signer) == ()


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_changed_byte_is_named(folder: Path, name: str) -> None:
    """In any file."""
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))

    assert check_bundle(folder) == (Fault(name, "changed"),)


def test_what_is_missing_or_added_is_named(folder: Path) -> None:
    """Nothing can be taken out of the evidence, or put into it."""
    (folder / "report.html").unlink()
    (folder / EVIDENCE / "more.png").write_bytes(b"x")

    assert check_bundle(folder) == (
        Fault("report.html", "missing"),
        Fault("evidence/more.png", "not in the manifest"),
    )


def test_a_manifest_that_is_written_anew_does_not_fit_its_signature(folder: Path, signer: Signer) -> None:
    """Who changes a file and the manifest with it lacks the key."""
    (folder / "report.html").write_text("all clean")
    note = (folder / NOTE).read_bytes()
    write_bundle(folder, replace(sample_report(), declared=False))
    (folder / NOTE).write_bytes(note)

    assert [fault.name for fault in check_bundle(folder, signer)] == [NOTE]


def test_a_folder_that_nobody_signed_does_not_pass_for_a_signed_one(folder: Path, signer: Signer) -> None:
    """A missing signature is no signature."""
    (folder / NOTE).unlink()

    with pytest.raises(LedgerError):
        check_bundle(folder, signer)


def test_another_key_is_no_signature(folder: Path) -> None:
    """Nobody else can sign for the site."""
    keys = new_keys()

    with pytest.raises(LedgerError):
        check_bundle(folder, signer_of(LOADED.policy, lambda: keys))


def test_the_signature_is_of_a_name_that_no_log_has(folder: Path, signer: Signer) -> None:
    """A root over files never passes for the checkpoint of a log."""
    origin = read_manifest(folder).origin
    checkpoint, _ = open_checkpoint((folder / NOTE).read_bytes(), signer.verifiers(origin))

    assert checkpoint.origin == "www.journal.example/journal/production/audits/2026"
    assert checkpoint.origin != signer.origin("journal", "production", 2026)


def test_the_root_is_written_into_the_sites_log(folder: Path, signer: Signer) -> None:
    """The log, and whoever countersigns it, then vouches for the evidence."""
    store = MemoryStore(signer)
    head = store.begin("journal", "production").result(10)
    entry = log_bundle(read_manifest(folder), sample_report(), store)

    body = read_body(entry.record)
    assert isinstance(body, AuditKept)
    assert (body.root, body.verdict, body.files) == (read_manifest(folder).root, "broken", len(FILES))
    assert verify_logs(store, signer.verifiers(head.origin)).findings == ()


def test_what_is_no_folder_of_evidence_is_refused(tmp_path: Path) -> None:
    """With a reason."""
    with pytest.raises(AuditError, match="no evidence folder"):
        check_bundle(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(AuditError, match="no evidence folder"):
        check_bundle(tmp_path)


def test_only_pictures_that_the_recording_knows_are_shown(folder: Path) -> None:
    """One that was exchanged is left out, and so is one from elsewhere."""
    good = "sha256:" + next(r.sha256 for r in read_manifest(folder).files if r.name == "evidence/shot.png")

    assert list(read_pictures(folder, {"shot.png": good})) == ["shot.png"]
    assert read_pictures(folder, {"shot.png": "sha256:0"}) == {}
    assert read_pictures(folder, {"../recording.json": good, "nothing.png": good}) == {}


def test_the_archive_of_requests_has_the_shape_of_its_standard(folder: Path) -> None:
    """HAR 1.2: what readers of it need, and no value of any cookie."""
    log = json.loads((folder / "requests.har").read_bytes())["log"]

    assert log["version"] == "1.2"
    pages = {page["id"] for page in log["pages"]}
    needed = {"startedDateTime", "time", "request", "response", "cache", "timings", "pageref"}
    assert all(needed <= entry.keys() and entry["pageref"] in pages for entry in log["entries"])
    assert {c["value"] for entry in log["entries"] for c in entry["request"]["cookies"]} <= {""}


def test_events_are_one_to_a_line(folder: Path) -> None:
    """So that they can be searched with the tools of any system."""
    lines = (folder / "events.ndjson").read_bytes().splitlines()

    assert {"visit", "scenario", "fact", "step", "at_ms"} <= json.loads(lines[0]).keys()
    assert len(lines) == sum(len(visit.observations) for visit in breaching_recording().visits)


def test_a_site_in_memory_can_keep_an_audit(folder: Path) -> None:
    """The store that tests use knows rows about audits too."""
    site = Site.in_memory(LOADED.policy)
    site.store.begin("journal", "production").result(10)

    assert log_bundle(read_manifest(folder), sample_report(), site.store).index == 1
