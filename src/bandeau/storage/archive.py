"""The archive: what readers were shown and what ran, by content, so that a digest leads back to it.

    sha256/ab/cd…            a file, under the SHA-256 of its bytes
    manifests/<digest>.json  what belongs together: names and digests of one presentation

Nothing in it is about a reader. Nothing is overwritten: the same bytes have the same name, other
bytes another one.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bandeau.core.canonical import canonical_bytes, digest
from bandeau.errors import StoreDamaged, StoreError, StoreMissing, StoreUnavailable
from bandeau.storage.durable import sync_folder, write_all

SCHEMA = "bandeau-archive-1"
#: How often other processes' manifests are looked for when a digest is not known, in seconds.
LOOK_SECONDS = 1.0
_DIGEST = re.compile(r"sha256:([0-9a-f]{2})([0-9a-f]{62})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One presentation of a policy: the files that belong to it, by name.

    The same policy has another presentation when the browser part changes, or when pictures are
    added.
    """

    site_id: str
    environment: str
    revision: int
    policy_digest: str
    widget_digest: str
    files: Mapping[str, str]
    schema: str = SCHEMA

    def canonical(self) -> bytes:
        """Return the manifest's canonical bytes."""
        return canonical_bytes(
            {
                "schema": self.schema,
                "site_id": self.site_id,
                "environment": self.environment,
                "revision": self.revision,
                "policy_digest": self.policy_digest,
                "widget_digest": self.widget_digest,
                "files": {**self.files},
            }
        )

    @property
    def digest(self) -> str:
        """What names the manifest."""
        return digest(self.canonical())

    def names(self, file_digest: str) -> tuple[str, ...]:
        """Return the names under which a file stands here."""
        return tuple(name for name, each in self.files.items() if each == file_digest)


_decode = msgspec.json.Decoder(Manifest).decode


class Archive:
    """A folder of files by their content. May be used by several threads and processes at once."""

    def __init__(self, folder: str | Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = Path(folder)
        self._clock = clock
        self._lock = threading.Lock()  # guards what follows
        self._known: dict[str, Manifest] = {}
        self._names: dict[str, set[str]] = {}
        self._next_look = float("-inf")

    def keep(self, data: bytes) -> str:
        """Keep a file, durably; return its digest.

        Raises:
            StoreUnavailable: it could not be written.
            StoreDamaged: other bytes stand under its name.
        """
        name = digest(data)
        self._write(self._path(name), data)
        return name

    def keep_manifest(self, manifest: Manifest) -> str:
        """Keep a manifest whose files are kept already; return its digest.

        Raises:
            StoreMissing: a file that it names is not here.
            StoreUnavailable, StoreDamaged: as for a file.
        """
        for file_digest in manifest.files.values():
            if not self._path(file_digest).exists():
                raise StoreMissing(f"{file_digest} is not in the archive {self.folder}")
        self._write(self._manifest_path(manifest.digest), manifest.canonical())
        return manifest.digest

    def read(self, file_digest: str) -> bytes:
        """Return a file, after a look whether it is still what its name says.

        Raises:
            StoreMissing: it is not here, or what names it is no digest.
            StoreDamaged: it was changed.
        """
        return self._checked(self._path(file_digest), file_digest)

    def holds(self, manifest: Manifest) -> bool:
        """Tell whether a manifest is kept."""
        return self._manifest_path(manifest.digest).exists()

    def manifests(self) -> tuple[Manifest, ...]:
        """Return all manifests, by revision.

        Raises:
            StoreDamaged, StoreUnavailable: one of them cannot be trusted or read.
        """
        with self._lock:
            problem = self._look()
            if problem is not None:
                raise problem
            return tuple(sorted(self._known.values(), key=lambda each: (each.revision, each.digest)))

    def names(self, file_digest: str) -> frozenset[str]:
        """Return the names under which a file stands in any manifest that can be trusted.

        What is not known is looked for on the disk once a second at most.
        """
        with self._lock:
            if file_digest not in self._names and self._clock() >= self._next_look:
                self._look()
            return frozenset(self._names.get(file_digest, ()))

    def path(self, file_digest: str) -> Path:
        """Return where a file is.

        Raises:
            StoreMissing: it is not here, or what names it is no digest.
        """
        path = self._path(file_digest)
        if not path.exists():
            raise StoreMissing(f"{file_digest} is not in the archive {self.folder}")
        return path

    def _look(self) -> StoreError | None:
        """Read the manifests that are not known yet; the caller holds the lock."""
        self._next_look = self._clock() + LOOK_SECONDS
        problem: StoreError | None = None
        for path in (self.folder / "manifests").glob("*.json"):
            if path.stem not in self._known:
                try:
                    self._learn(path.stem, _decode(self._checked(path, f"sha256:{path.stem}")))
                except msgspec.MsgspecError as error:
                    problem = StoreDamaged(f"{path} is no manifest: {error}")
                except StoreError as error:
                    problem = error
        return problem

    def _learn(self, stem: str, manifest: Manifest) -> None:
        self._known[stem] = manifest
        for name, file_digest in manifest.files.items():
            self._names.setdefault(file_digest, set()).add(name)

    def _checked(self, path: Path, file_digest: str) -> bytes:
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreMissing(f"{file_digest} is not in the archive {self.folder}") from error
        except OSError as error:
            raise StoreUnavailable(f"cannot read {path}: {error.strerror}") from error
        if digest(data) != file_digest:
            raise StoreDamaged(f"{path} is not what its name says; put it back from a copy of the archive")
        return data

    def _path(self, file_digest: str) -> Path:
        found = _DIGEST.fullmatch(file_digest)
        if found is None:
            raise StoreMissing(f"{file_digest[:80]!r} is no digest (sha256: and 64 hexadecimal digits)")
        return self.folder / "sha256" / found[1] / found[2]

    def _manifest_path(self, manifest_digest: str) -> Path:
        return self.folder / "manifests" / (manifest_digest.removeprefix("sha256:") + ".json")

    def _write(self, path: Path, data: bytes) -> None:
        if path.exists():
            self._checked(path, digest(data))
            return
        try:
            _write_new(path, data)
        except OSError as error:
            raise StoreUnavailable(f"cannot write {path}: {error.strerror}") from error


def _write_new(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; one that appears meanwhile under its name stays."""
    folder = path.parent
    _make_folder(folder)
    descriptor, unfinished = tempfile.mkstemp(prefix=".", suffix=".new", dir=folder)
    try:
        # Root may archive for a site that runs as a user of its own.
        write_all(descriptor, data, mode=0o600, owner_of=folder)
        try:
            # Unlike a rename, a link never takes the place of what is there.
            os.link(unfinished, path)
        except FileExistsError:
            return
    finally:
        os.unlink(unfinished)
    sync_folder(folder)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.parent.stat()
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)
    sync_folder(folder.parent)
