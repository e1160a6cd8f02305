"""Files that are replaced whole or not at all, and survive a loss of power."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def replace_file(path: Path, data: bytes, *, mode: int, owner_of: Path | None = None) -> None:
    """Put a file in the place of another, or where none is; the caller has locked the folder.

    Args:
        owner_of: gives the new file its owner: root may replace what a site's own user reads.
    """
    unfinished = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        unfinished.unlink()  # of a run that was cut off: the folder is locked, so nobody writes it
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_all(descriptor, data, mode=mode, owner_of=owner_of)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_all(descriptor: int, data: bytes, *, mode: int, owner_of: Path | None = None) -> None:
    """Write an open file durably, and close it."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if owner_of is not None:
            _give(descriptor, owner_of.stat())
        os.fchmod(descriptor, mode)  # whatever the umask says
        os.fsync(descriptor)


@contextmanager
def folder_locked(folder: Path) -> Iterator[None]:
    """Let one process at a time replace the files of a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give(descriptor: int, owner: os.stat_result) -> None:
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (owner.st_uid, owner.st_gid):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
