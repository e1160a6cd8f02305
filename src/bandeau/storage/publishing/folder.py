"""A folder of checkpoints: one file each, added and never taken away.

<origin>/<size>.checkpoint    the signed note, with the countersignatures that it has so far
<origin>/<size>.tsr           an RFC 3161 time stamp of that file's first three lines
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from bandeau.errors import LedgerError, PublishingError
from bandeau.ledger.checkpoint import parse_checkpoint
from bandeau.ledger.note import MAX_NOTE_SIZE, Note, parse_note
from bandeau.storage.durable import folder_locked, replace_file

NOTE_SUFFIX, STAMP_SUFFIX = ".checkpoint", ".tsr"
#: Sizes sort as names do: no log will have a million million entries a year.
_DIGITS = 12
#: They are there to be read by others.
_MODE = 0o644
_NAME = re.compile(rf"([0-9]{{{_DIGITS}}}){re.escape(NOTE_SUFFIX)}")
_YEAR = re.compile("[0-9]{4}", re.ASCII)
_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9._:\[\]-]{1,255}")


class CheckpointFolder:
    """Checkpoints of any number of logs."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def add(self, data: bytes) -> Path:
        """Keep a signed checkpoint; signatures that the kept one lacks are added to it.

        Raises:
            PublishingError: it cannot be written, or another checkpoint of the same size is there:
                then the log was rewritten.
        """
        note = parse_note(data)
        checkpoint = parse_checkpoint(note.text)
        path = self._path(checkpoint.origin, checkpoint.size)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with folder_locked(path.parent):
                kept = self._kept(path)
                if kept is not None:
                    note = _joined(kept, note, path)
                if kept != note:
                    replace_file(path, note.to_bytes(), mode=_MODE)
        except OSError as error:
            raise PublishingError(f"cannot keep a checkpoint in {self.path}: {error.strerror}") from error
        return path

    def add_stamp(self, origin: str, size: int, data: bytes) -> Path:
        """Keep a time stamp of a checkpoint; the first one stays."""
        path = self._path(origin, size).with_suffix(STAMP_SUFFIX)
        try:
            with folder_locked(path.parent):
                if not path.exists():
                    replace_file(path, data, mode=_MODE)
        except OSError as error:
            raise PublishingError(f"cannot keep a time stamp in {self.path}: {error.strerror}") from error
        return path

    def has_stamp(self, origin: str, size: int) -> bool:
        """Tell whether a checkpoint is stamped."""
        return self._path(origin, size).with_suffix(STAMP_SUFFIX).exists()

    def sizes(self, origin: str) -> list[int]:
        """Return the sizes of the checkpoints of a log, the largest first."""
        names = _names(self._log(origin))
        found = (_NAME.fullmatch(name) for name in names)
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def origins(self, series: str) -> list[str]:
        """Return the logs of which there are checkpoints; ``series`` is their name without the year."""
        names = _names(self._log(series))
        return [f"{series}/{name}" for name in sorted(names) if _YEAR.fullmatch(name)]

    def newest_at(self, origin: str) -> float:
        """Return when the newest checkpoint of a log was kept, in seconds since 1970; 0 for none."""
        sizes = self.sizes(origin)
        try:
            return self._path(origin, sizes[0]).stat().st_mtime if sizes else 0.0
        except OSError:
            return 0.0

    def read(self, origin: str, size: int) -> bytes:
        """Return a kept checkpoint.

        Raises:
            PublishingError: it is not there, or no checkpoint of this log and size.
        """
        path = self._path(origin, size)
        try:
            data = _read(path)
            checkpoint = parse_checkpoint(parse_note(data).text)
        except (OSError, LedgerError) as error:
            raise PublishingError(f"{path}: {error}") from error
        if (checkpoint.origin, checkpoint.size) != (origin, size):
            raise PublishingError(
                f"{path} holds a checkpoint of {checkpoint.size} leaves of {checkpoint.origin}"
            )
        return data

    def notes(self) -> list[Path]:
        """Return the files of all checkpoints of all logs."""
        return sorted(path for path in self.path.rglob(f"*{NOTE_SUFFIX}") if _NAME.fullmatch(path.name))

    def _kept(self, path: Path) -> Note | None:
        try:
            return parse_note(_read(path))
        except FileNotFoundError:
            return None
        except LedgerError as error:
            raise PublishingError(f"{path} is no checkpoint any more ({error}); restore it") from error

    def _log(self, origin: str) -> Path:
        parts = origin.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise PublishingError(f"the log {origin!r} has a name that no folder can have")
        return self.path.joinpath(*parts)

    def _path(self, origin: str, size: int) -> Path:
        return self._log(origin) / f"{size:0{_DIGITS}}{NOTE_SUFFIX}"


def _joined(kept: Note, note: Note, path: Path) -> Note:
    if kept.text != note.text:
        raise PublishingError(
            f"{path} holds another checkpoint of the same size: the log was rewritten after it was published"
        )
    added = tuple(each for each in note.signatures if each not in kept.signatures)
    return replace(kept, signatures=kept.signatures + added)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_NOTE_SIZE + 1)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PublishingError(f"cannot read the checkpoints in {folder}: {error.strerror}") from error
