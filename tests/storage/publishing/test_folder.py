"""The folder of checkpoints: added, joined, never replaced by another history."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bandeau.errors import PublishingError
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint
from bandeau.ledger.cosignature import cosign, verify_cosignatures
from bandeau.ledger.note import COSIGNATURE, SigningKey, parse_note
from bandeau.storage.publishing.folder import CheckpointFolder
from tests.storage.publishing.conftest import Log


def test_checkpoints_are_kept_by_log_and_size(tmp_path: Path, log: Log) -> None:
    """The names sort as the log grew; everybody may read them."""
    folder = CheckpointFolder(tmp_path / "published")
    heads = [log.grow(by) for by in (1, 8, 100)]
    paths = [folder.add(head.checkpoint) for head in heads]
    assert paths == sorted(paths) == folder.notes()
    assert folder.sizes(log.origin) == [110, 10, 2]
    assert [folder.read(log.origin, head.size) for head in heads] == [head.checkpoint for head in heads]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o644}
    assert folder.sizes("another.example/log") == []


def test_countersignatures_are_added_and_none_is_lost(tmp_path: Path, log: Log) -> None:
    """Two witnesses that answer at different times stand in one file, whoever comes last."""
    folder = CheckpointFolder(tmp_path)
    head = log.grow(3)
    keys = [SigningKey(f"w{number}.example", bytes([number]) * 32, COSIGNATURE) for number in range(1, 9)]
    text = parse_note(head.checkpoint).text
    notes = [head.checkpoint + cosign(text, key, 5).line().encode() for key in keys]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(folder.add, [*notes, head.checkpoint]))
    kept = parse_note(folder.read(log.origin, head.size))
    assert len(verify_cosignatures(kept, [key.verifier for key in keys])) == 8
    open_checkpoint(kept.to_bytes(), log.verifiers)


def test_another_checkpoint_of_the_same_size_is_refused(tmp_path: Path, log: Log) -> None:
    """It is the trace of a rewritten log, and the first one stays."""
    folder = CheckpointFolder(tmp_path)
    path = folder.add(log.grow(3).checkpoint)
    before = path.read_bytes()
    forged = log.signer.checkpoint(Checkpoint(log.origin, 4, b"x" * 32))
    with pytest.raises(PublishingError, match="rewritten"):
        folder.add(forged)
    assert path.read_bytes() == before


def test_damaged_checkpoint_is_told_and_not_written_over(tmp_path: Path, log: Log) -> None:
    """A file that is no checkpoint any more must be restored, not forgotten."""
    folder = CheckpointFolder(tmp_path)
    head = log.grow(1)
    path = folder.add(head.checkpoint)
    path.write_bytes(b"damaged")
    with pytest.raises(PublishingError, match="restore"):
        folder.add(head.checkpoint)
    with pytest.raises(PublishingError, match=path.name):
        folder.read(log.origin, head.size)


def test_checkpoint_under_another_name_is_not_taken(tmp_path: Path, log: Log) -> None:
    """Who copies an old checkpoint over a new one is found out."""
    folder = CheckpointFolder(tmp_path)
    first, second = (folder.add(log.grow(by).checkpoint) for by in (1, 5))
    second.write_bytes(first.read_bytes())
    with pytest.raises(PublishingError, match="a checkpoint of 2 leaves"):
        folder.read(log.origin, 7)


@pytest.mark.parametrize(
    "origin", ["../outside", "/absolute", "a//b", "a/./b", "a\x00b", "é/b", "a/" + "b" * 300]
)
def test_origin_leads_nowhere_outside(tmp_path: Path, log: Log, origin: str) -> None:
    """The name of a log never becomes a path of somebody else."""
    with pytest.raises(PublishingError, match="no folder can have"):
        CheckpointFolder(tmp_path / "published").sizes(origin)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, log: Log) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "published").write_text("")
    with pytest.raises(PublishingError, match="published"):
        CheckpointFolder(tmp_path / "published").add(log.grow(1).checkpoint)
