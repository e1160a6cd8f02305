"""A backup that is older than what was published: refused at the start, and what an operator can do then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bandeau.errors import ProofError, StoreDamaged
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.cosignature import cosign
from bandeau.ledger.issue import issue_receipt
from bandeau.ledger.note import COSIGNATURE, SigningKey, parse_note
from bandeau.ledger.receipt import verify_receipt
from bandeau.site import Site
from tests.cli.ledger_site import choose, opened, write_policy
from tests.cli.run import run

Capsys = pytest.CaptureFixture[str]
ORIGIN = "www.lagazette.example/la-gazette/production/2026"
WITNESS = SigningKey("temoin.example/w1", b"w" * 32, COSIGNATURE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> Path:
    """Work in the folder of a site whose log has five entries, a backup of that beside it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.chdir(site)
    write_policy(site)
    assert run(capsys, "ledger", "init").code == 0
    choose(site)
    shutil.copytree(site, tmp_path / "backup")
    return site


def restore(folder: Path) -> None:
    """Put the backup of the store back, and nothing else: as a backup of the database alone does."""
    for path in folder.glob("bandeau.db*"):
        path.unlink()
    for path in (folder.parent / "backup").glob("bandeau.db*"):
        shutil.copy(path, folder)


def test_log_that_is_shorter_than_its_checkpoints_does_not_open(folder: Path, capsys: Capsys) -> None:
    """Neither a server nor a command writes on it; verification reads it and says what is missing."""
    choose(folder, ["D" * 22] * 3, first=10)
    assert run(capsys, "ledger", "publish").code == 0
    restore(folder)
    with pytest.raises(
        StoreDamaged, match="8 entries were published, and there are 5: entries 5 to 7 are missing"
    ):
        Site.open(folder / "bandeau.toml")
    for verb in (["ledger", "publish"], ["ledger", "stats"], ["keys", "rotate"], ["ledger", "init"]):
        result = run(capsys, *verb)
        assert (result.code, "restore a newer backup" in result.err) == (3, True)
    assert run(capsys, "ledger", "verify").code == 1


def test_log_that_grew_anew_past_its_checkpoints_does_not_open(
    folder: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same size and larger, with other entries: it was written to where nobody had its checkpoints."""
    choose(folder, ["D" * 22] * 3, first=10)
    run(capsys, "ledger", "publish")
    restore(folder)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("bandeau.site.check_continued", lambda *_: None)
        for more in (3, 1):
            choose(folder, ["E" * 22] * more, first=20 + more)
            elsewhere.undo()
            with pytest.raises(StoreDamaged, match="its first 8 entries are not those that were published"):
                Site.open(folder / "bandeau.toml")
            elsewhere.setattr("bandeau.site.check_continued", lambda *_: None)


def test_backup_that_holds_all_that_was_published_opens(folder: Path, capsys: Capsys) -> None:
    """The control: nothing is refused because of a restored backup alone."""
    run(capsys, "ledger", "publish")
    choose(folder, ["D" * 22], first=10)
    restore(folder)
    choose(folder, ["E" * 22], first=20)
    assert run(capsys, "ledger", "verify").code == 0


def test_whole_year_that_is_gone_is_missed(folder: Path, capsys: Capsys) -> None:
    """A checkpoint of a log that the store does not have; one that no key of ours signed says nothing."""
    checkpoints = folder / "bandeau-checkpoints" / "www.lagazette.example" / "la-gazette" / "production"
    other = ORIGIN.replace("2026", "2027")
    note = Checkpoint(other, 9, b"r" * 32).signed([SigningKey(other, b"x" * 32)])
    (checkpoints / "2027").mkdir()
    (checkpoints / "2027" / "000000000009.checkpoint").write_bytes(note)
    with opened(folder) as site:
        own = site.signer.checkpoint(Checkpoint(other, 8, b"r" * 32))
    (checkpoints / "2027" / "000000000008.checkpoint").write_bytes(own)
    with pytest.raises(StoreDamaged, match="production/2027: 8 entries were published, and it is not there"):
        Site.open(folder / "bandeau.toml")


def test_receipt_is_never_by_a_checkpoint_that_the_log_does_not_continue(folder: Path) -> None:
    """A countersigned one of another history lies in the folder: the log's own vouches for the entry."""
    key = WITNESS.verifier
    write_policy(folder, f'witnesses = [{{ key = "{key}", url = "https://temoin.example" }}]')
    with opened(folder) as site:
        publisher = site.publisher
        assert publisher
        assert publisher.folder
        for root, size in ((b"r" * 32, 5), (b"r" * 32, 9)):
            note = site.signer.checkpoint(Checkpoint(ORIGIN, size, root))
            signed = note + cosign(parse_note(note).text, WITNESS, 1_795_600_000).line().encode()
            publisher.folder.add(signed)
            row = next(site.store.rows(ORIGIN, 1))
            verdict = verify_receipt(site.receipt(row), site.signer.verifiers(ORIGIN), [key])
            assert verdict.level == "trusted key"
        with pytest.raises(ProofError, match="does not lead to the root of the 5 leaves"):
            issue_receipt(
                row,
                site.signer.checkpoint(Checkpoint(ORIGIN, 5, b"r" * 32)),
                site.store,
                site.signer.verifiers(ORIGIN),
            )


def test_site_goes_on_under_a_new_name_and_the_old_log_stays_as_it_is(folder: Path, capsys: Capsys) -> None:
    """What the guide says to do when no backup holds what was published."""
    choose(folder, ["D" * 22] * 3, first=10)
    run(capsys, "ledger", "publish")
    restore(folder)
    old = folder / "bandeau-2026-broken.toml"
    shutil.copy(folder / "bandeau.toml", old)
    text = old.read_text(encoding="utf-8")
    (folder / "bandeau.toml").write_text(text.replace('"production"', '"production-2"'), encoding="utf-8")
    assert run(capsys, "ledger", "init").code == 0
    choose(folder, ["E" * 22], first=30)
    assert run(capsys, "ledger", "verify").code == 0
    assert "production-2/2026" in run(capsys, "ledger", "checkpoint").out
    said = run(capsys, "--policy", old, "ledger", "verify")
    assert (said.code, "8 leaves of" in said.out) == (1, True)
