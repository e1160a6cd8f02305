"""What an audit that was interrupted has left: its visits, one to a line, for a run that goes on."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import fields
from pathlib import Path

import msgspec

from bandeau.audit.collect import AuditOptions
from bandeau.audit.recording import Visit

NAME = "visits.part"
#: They say how a run is made, and not what it would see.
_PASSING = frozenset(
    {"done", "salt", "jobs", "evidence", "policy", "axe", "server_side", "move_server_clock", "executable"}
)

_decode = msgspec.json.Decoder(Visit).decode


class Partial:
    """The file of visits beside a report that is not there yet."""

    def __init__(self, folder: Path, options: AuditOptions) -> None:
        self._path = folder / NAME
        self._key = _key(options)
        #: What values are hashed with: the same for a run that goes on, so that equal ones stay equal.
        self.salt = secrets.token_bytes(16)

    def visits(self) -> tuple[Visit, ...]:
        """Return the visits of an earlier run with the same options; none when it was another."""
        try:
            key, *lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return ()
        found, _, salt = key.decode("ascii", "replace").partition(" ")
        if found != self._key:
            return ()
        self.salt = bytes.fromhex(salt)
        visits = []
        for line in lines:
            try:
                visits.append(_decode(line))
            except msgspec.DecodeError:
                # The last line of a run that was killed while it wrote.
                continue
        return tuple(visit for visit in visits if visit.outcome == "ok")

    def begin(self, visits: tuple[Visit, ...]) -> None:
        """Write the file anew, with what is there already."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(f"{self._key} {self.salt.hex()}\n".encode())
        for visit in visits:
            self.add(visit)

    def add(self, visit: Visit) -> None:
        """Keep one more visit."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(visit) + b"\n")

    def end(self) -> None:
        """Remove the file: the whole recording is written."""
        self._path.unlink(missing_ok=True)


def _key(options: AuditOptions) -> str:
    """Return a name for everything that changes what would be seen."""
    told = [
        f"{each.name}={getattr(options, each.name)!r}"
        for each in fields(options)
        if each.name not in _PASSING
    ]
    told.append(options.policy.digest if options.policy else "")
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()
