"""A log in a folder of files, as an auditor gets it (``ledger.folder`` says which files)."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bandeau.core.record import ConsentRecord
from bandeau.errors import LedgerError, MalformedEvidence, StoreMissing
from bandeau.ledger.base64text import decode_base64
from bandeau.ledger.bodies import KINDS, read_body
from bandeau.ledger.checkpoint import Checkpoint, parse_checkpoint
from bandeau.ledger.folder import ROWS_NAME
from bandeau.ledger.note import MAX_NOTE_SIZE, parse_note
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.store import Kept, LogHead
from bandeau.ledger.tiles import TILE_WIDTH, entries_path, parse_entry_bundle, tile_path, tile_width
from bandeau.ledger.tree import Frontier, leaf_hash


class LogFolders:
    """Logs as files, for ``verify_logs``. What cannot be read is absent, and so a finding there."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders: dict[str, _LogFolder] = {}
        for folder in folders:
            log = _LogFolder(folder)
            if log.checkpoint.origin in self._folders:
                raise MalformedEvidence(f"{folder} is a second copy of the log {log.checkpoint.origin}")
            self._folders[log.checkpoint.origin] = log

    def logs(self) -> list[LogHead]:
        """Return the heads of the logs, as their checkpoints say them."""
        return sorted((log.head() for log in self._folders.values()), key=lambda head: head.origin)

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return the hashes of a tile."""
        log = self._folders.get(origin)
        return log.tile(level, number) if log else b""

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return leaf data."""
        log = self._folders.get(origin)
        return log.leaves(start, stop) if log else []

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield the rows of a log that are kept."""
        log = self._folders.get(origin)
        return log.rows(start, stop) if log else iter(())

    def unreadable(self) -> list[str]:
        """Return which lines are no rows, each with its file and number."""
        return [line for log in self._folders.values() for line in log.unreadable()]


class _LogFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._note = _read(folder / "checkpoint", MAX_NOTE_SIZE)
        if not self._note:
            inside = sorted(str(found.parent) for found in folder.glob("*/checkpoint"))
            hint = f"; give the folders of its logs: {' '.join(inside)}" if inside else ""
            raise StoreMissing(f"{folder} holds no log: there is no file `checkpoint` in it{hint}")
        self.checkpoint: Checkpoint = parse_checkpoint(parse_note(self._note).text)
        self._rows = _RowFile(folder / ROWS_NAME)

    def head(self) -> LogHead:
        """Return the head; its frontier comes from the leaves, its date from the last row."""
        origin, size = self.checkpoint.origin, self.checkpoint.size
        *_, site_id, environment, year = ["", "", *origin.split("/")]
        frontier = Frontier.empty()
        for start in range(0, size, TILE_WIDTH):
            frontier = frontier.extend(map(leaf_hash, self.leaves(start, min(start + TILE_WIDTH, size))))
        number = int(year) if year.isascii() and year.isdigit() else 0
        at = self._rows.last_at()
        return LogHead(origin, site_id, environment, number, at, frontier, frontier.root(), self._note)

    def tile(self, level: int, number: int) -> bytes:
        width = tile_width(level, number, self.checkpoint.size)
        return _read(self._folder / tile_path(level, number, width)) if width else b""

    def leaves(self, start: int, stop: int) -> list[bytes]:
        found: list[bytes] = []
        for number in range(start // TILE_WIDTH, -(-stop // TILE_WIDTH)):
            width = tile_width(0, number, self.checkpoint.size)
            if not width:
                break
            try:
                found += parse_entry_bundle(_read(self._folder / entries_path(number, width)), width)
            except MalformedEvidence:
                break  # what comes behind would stand in the wrong places
        first = start // TILE_WIDTH * TILE_WIDTH
        return found[start - first : stop - first]

    def rows(self, start: int, stop: int | None) -> Iterator[Kept]:
        return self._rows.between(self.checkpoint.origin, start, stop)

    def unreadable(self) -> list[str]:
        return self._rows.unreadable


class _RowFile:
    """The rows of a log, found by their index; only where they stand is kept in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise StoreMissing(f"{path} is not there: without the records a log cannot be verified")
        #: The lines that are no rows: findings, which keep no other from being found.
        self.unreadable: list[str] = []
        places = []
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, 1):
                index = _index(line)
                if index is None:
                    self.unreadable.append(f"{path}:{number}: this is no row of a log.")
                else:
                    places.append((index, offset))
                offset += len(line)
        places.sort()
        self._indices = array("Q", (index for index, _ in places))
        self._offsets = array("Q", (offset for _, offset in places))

    def between(self, origin: str, start: int, stop: int | None) -> Iterator[Kept]:
        first = bisect_left(self._indices, start)
        last = len(self._indices) if stop is None else bisect_left(self._indices, stop)
        with self._path.open("rb") as file:
            for offset in self._offsets[first:last]:
                file.seek(offset)
                yield _row(origin, json.loads(file.readline()))

    def last_at(self) -> str:
        if not self._indices:
            return ""
        (row,) = self.between("", self._indices[-1], None)
        try:
            return read_body(row.body).at
        except MalformedEvidence:
            return ""


def _index(line: bytes) -> int | None:
    try:
        members = json.loads(line)
        index = members["index"]
        decode_base64(members["salt"])
        if type(index) is int and 0 <= index < 2**63 and isinstance(members["body"], str):
            return index
    except (ValueError, KeyError, TypeError, AttributeError, LedgerError):
        pass
    return None


def _row(origin: str, members: dict[str, Any]) -> Kept:
    """Return a row; the columns of a store that are not in the file follow from the body."""
    body, kind, code, subject_id = members["body"].encode(), "", "", ""
    try:
        said = read_body(body)
    except MalformedEvidence:
        pass  # verified all the same, and told
    else:
        kind = KINDS[json.loads(body)["schema"]]
        if isinstance(said, ConsentRecord):
            code, subject_id = receipt_code(said.record_id), said.subject_id
    salt = decode_base64(members["salt"])
    return Kept(origin, members["index"], kind, code, code, subject_id, salt, body)


def _read(path: Path, limit: int = 2**20) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""
