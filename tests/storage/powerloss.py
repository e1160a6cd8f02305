"""Rebuilds a store's files as a loss of power may leave them, from a record of system calls.

``strace`` writes down what a writing process did to its files. At any later moment the disk holds
what was synced; of what was written since, each piece may be there or not. The state before
each system call is rebuilt twice: without any unsynced write, and with a random half of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_UNFINISHED = re.compile(r"^(?P<pid>\d+) +(?P<start>\w+\(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)$")
_FILE = re.compile(r"^\d+<(?P<path>[^>]*)>")
_BYTES = re.compile(r'"(?P<bytes>(?:\\x[0-9a-f]{2})*)"')

#: The calls that are followed.
CALLS = "pwrite64,write,ftruncate,fdatasync,fsync,unlink"


@dataclass(frozen=True, slots=True)
class Step:
    """One call: what it did to which file; an ``ack`` is what the process printed."""

    kind: str
    path: str
    offset: int = 0
    data: bytes = b""


@dataclass
class Disk:
    """What is safe, and what was done since, by file."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    loose: dict[str, list[Step]] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Follow one call."""
        if step.kind == "sync":
            for earlier in self.loose.pop(step.path, []):
                _apply(self.safe.setdefault(step.path, bytearray()), earlier)
        elif step.kind == "failed sync":
            # Linux then takes the pages for clean: unless they are written again they never reach the disk.
            self.loose.pop(step.path, None)
        elif step.kind == "unlink":
            self.safe.pop(step.path, None)
            self.loose.pop(step.path, None)
        elif step.kind in ("write", "truncate"):
            self.loose.setdefault(step.path, []).append(step)

    def after_power_loss(self, chance: random.Random, share: float) -> dict[str, bytes]:
        """Return the files as they may be found: each unsynced step is there with a probability."""
        files = {}
        for path in {*self.safe, *self.loose}:
            content = bytearray(self.safe.get(path, b""))
            for step in self.loose.get(path, []):
                if chance.random() < share:
                    _apply(content, step)
            files[path] = bytes(content)
        return files


def read_steps(log: Path, folder: Path) -> Iterator[Step]:
    """Read the calls that touched files of a folder, in the order in which they were finished."""
    waiting: dict[str, str] = {}
    for line in log.read_text("ascii", "replace").splitlines():
        if found := _UNFINISHED.match(line):
            waiting[found["pid"]] = f"{found['pid']} {found['start']}"
            continue
        if found := _RESUMED.match(line):
            line = waiting.pop(found["pid"]) + found["rest"]
        if found := _CALL.match(line):
            yield from _step(found["name"], found["arguments"], int(found["result"]), folder)


def _step(name: str, arguments: str, result: int, folder: Path) -> Iterator[Step]:
    if result < 0 and name not in ("fsync", "fdatasync"):
        return
    if name == "unlink":
        path = _text(arguments)
        if path.startswith(str(folder)):
            yield Step("unlink", Path(path).name)
        return
    where = _FILE.match(arguments)
    path = bytes.fromhex(where["path"].replace("\\x", "")).decode() if where else ""
    if name == "write":
        if "ack" in _text(arguments):
            yield Step("ack", "", data=_data(arguments))
        elif path.startswith(str(folder)):
            raise AssertionError("a file of the store was written without an offset")
    elif not path.startswith(str(folder)):
        return
    elif name == "pwrite64":
        yield Step("write", Path(path).name, int(arguments.rpartition(",")[2]), _data(arguments)[:result])
    elif name == "ftruncate":
        yield Step("truncate", Path(path).name, int(arguments.rpartition(",")[2]))
    else:
        yield Step("sync" if result == 0 else "failed sync", Path(path).name)


def _data(arguments: str) -> bytes:
    found = _BYTES.search(arguments)
    assert found is not None, arguments[:80]
    return bytes.fromhex(found["bytes"].replace("\\x", ""))


def _text(arguments: str) -> str:
    found = _BYTES.search(arguments)
    return (
        "" if found is None else bytes.fromhex(found["bytes"].replace("\\x", "")).decode("utf-8", "replace")
    )


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "truncate":
        del content[step.offset :]
        content.extend(bytes(step.offset - len(content)))
        return
    content.extend(bytes(max(0, step.offset - len(content))))
    content[step.offset : step.offset + len(step.data)] = step.data
