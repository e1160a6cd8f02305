"""The archive keeps what readers were shown, and says when it was changed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bandeau.core.canonical import digest
from bandeau.errors import StoreDamaged, StoreMissing, StoreUnavailable
from bandeau.storage import archive as module
from bandeau.storage.archive import Archive, Manifest

TEXT = b"Vos choix"
POLICY_DIGEST = digest(b"policy")


def a_manifest(archive: Archive, **files: bytes) -> Manifest:
    """Keep files and their manifest."""
    names = {name.replace("__", "/"): archive.keep(data) for name, data in files.items()}
    manifest = Manifest("gazette", "test", 3, POLICY_DIGEST, digest(b"widget"), names)
    archive.keep_manifest(manifest)
    return manifest


def files_of(folder: Path) -> dict[Path, bytes]:
    """Return every file of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_found_by_its_digest(tmp_path: Path) -> None:
    """Its name is its content's, and nobody else can read it."""
    archive = Archive(tmp_path / "a" / "archive")
    name = archive.keep(TEXT)
    assert name == digest(TEXT)
    assert archive.read(name) == TEXT
    path = archive.path(name)
    assert path.relative_to(archive.folder).parts == ("sha256", name[7:9], name[9:])
    assert (path.stat().st_mode & 0o777, archive.folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_keeping_twice_writes_once(tmp_path: Path) -> None:
    """The first file stays the very same file."""
    archive = Archive(tmp_path)
    path = archive.path(archive.keep(TEXT))
    before = path.stat()
    archive.keep(TEXT)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    """A changed file is reported, by reading and by keeping, and is left for the investigation."""
    archive = Archive(tmp_path)
    name = archive.keep(TEXT)
    archive.path(name).write_bytes(b"Vos droits")
    for use in (lambda: archive.read(name), lambda: archive.keep(TEXT)):
        with pytest.raises(StoreDamaged, match="not what its name says"):
            use()
    assert archive.path(name).read_bytes() == b"Vos droits"


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes keep the same bytes at once: one file, no error, nothing unfinished left."""
    archive, other = Archive(tmp_path), Archive(tmp_path)
    link = module.os.link

    def late(source: str, target: Path) -> None:
        monkeypatch.setattr(module.os, "link", link)
        other.keep(TEXT)
        link(source, target)

    monkeypatch.setattr(module.os, "link", late)
    archive.keep(TEXT)
    assert list(files_of(tmp_path).values()) == [TEXT]


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A full disk: the error names the file, and no half of one stands under its name."""
    archive = Archive(tmp_path)
    archive.keep(b"so that the folders are there")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, call, fail)
    with pytest.raises(StoreUnavailable, match="No space left"):
        archive.keep(TEXT)
    monkeypatch.undo()
    assert list(files_of(tmp_path).values()) == [b"so that the folders are there"]
    assert archive.read(archive.keep(TEXT)) == TEXT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_keeps_belongs_to_the_site(tmp_path: Path) -> None:
    """`bandeau archive` as root must not lock the site out of its own archive."""
    os.chown(tmp_path, 1234, 1234)
    archive = Archive(tmp_path / "archive")
    a_manifest(archive, a=TEXT)
    assert {path.stat().st_uid for path in (archive.folder, *archive.folder.rglob("*"))} == {1234}


@pytest.mark.parametrize(
    "name",
    ["", "sha256:", "sha256:../../etc/passwd", "sha256:" + "0" * 63, "sha256:" + "A" * 64, "md5:" + "0" * 64],
)
def test_what_is_no_digest_leads_nowhere(tmp_path: Path, name: str) -> None:
    """A digest comes from a record, and a record may come from anybody."""
    with pytest.raises(StoreMissing, match="no digest"):
        Archive(tmp_path).read(name)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """By its digest, with the folder's name."""
    with pytest.raises(StoreMissing, match=str(tmp_path)):
        Archive(tmp_path).read(digest(TEXT))


def test_a_manifest_is_kept_under_its_own_digest(tmp_path: Path) -> None:
    """It comes back as it was, and its name is the digest of its canonical bytes."""
    archive = Archive(tmp_path)
    manifest = a_manifest(archive, policy=b"p", fr__first=TEXT)
    (path,) = (tmp_path / "manifests").iterdir()
    assert path.stem == manifest.digest.removeprefix("sha256:")
    assert digest(path.read_bytes()) == manifest.digest
    assert Archive(tmp_path).manifests() == (manifest,)
    assert archive.holds(manifest)
    assert manifest.names(digest(TEXT)) == ("fr/first",)


def test_a_manifest_names_only_what_is_kept(tmp_path: Path) -> None:
    """Whoever finds a manifest finds its files."""
    manifest = Manifest("gazette", "test", 3, POLICY_DIGEST, "", {"first": digest(TEXT)})
    with pytest.raises(StoreMissing):
        Archive(tmp_path).keep_manifest(manifest)
    assert files_of(tmp_path) == {}


def test_a_changed_manifest_is_reported_and_hides_no_other(tmp_path: Path) -> None:
    """Listing fails with its name; the files of the others are still found."""
    archive = Archive(tmp_path)
    bad = a_manifest(archive, a=b"1")
    a_manifest(archive, b=b"2")
    path = tmp_path / "manifests" / (bad.digest[7:] + ".json")
    path.write_bytes(path.read_bytes().replace(b"gazette", b"Gazette"))
    fresh = Archive(tmp_path)
    assert fresh.names(digest(b"2")) == {"b"}
    with pytest.raises(StoreDamaged, match=path.name):
        fresh.manifests()


def test_what_another_process_kept_is_found_within_a_second(tmp_path: Path) -> None:
    """And digests that nobody knows do not make a look at the disk each."""
    now = [0.0]
    archive = Archive(tmp_path, clock=lambda: now[0])
    assert archive.names(digest(TEXT)) == frozenset()
    a_manifest(Archive(tmp_path), fr__first=TEXT)
    assert archive.names(digest(TEXT)) == frozenset()
    now[0] = module.LOOK_SECONDS
    assert archive.names(digest(TEXT)) == {"fr/first"}


def test_many_threads_keep_the_same_files(tmp_path: Path) -> None:
    """As the workers of a server do when they start."""
    errors: list[BaseException] = []

    def keep() -> None:
        try:
            a_manifest(Archive(tmp_path), **{f"f{number}": b"%d" % number for number in range(20)})
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(files_of(tmp_path)) == 21
    assert len(Archive(tmp_path).manifests()) == 1
