"""What a file looks like from outside: another stamp means another content."""

from __future__ import annotations

from pathlib import Path

#: Time of change in nanoseconds, size, and number of the file.
Stamp = tuple[int, int, int]


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file by one ``stat``; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
