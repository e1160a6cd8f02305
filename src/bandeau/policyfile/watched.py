"""A file that may change while a process runs."""

from __future__ import annotations

import threading
from pathlib import Path

#: How often a changed policy file is looked for, in seconds.
WATCH_SECONDS = 1.0


class WatchedFile:
    """Tells once that a file has changed; looks at most once per WATCH_SECONDS."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._read_stamp()
        self._next_look = 0.0
        self._lock = threading.Lock()  # guards _stamp and _next_look

    def changed(self, now: float) -> Path | None:
        """Return the path when the file is another than at the last look."""
        if now < self._next_look or not self._lock.acquire(blocking=False):
            return None
        try:
            self._next_look = now + WATCH_SECONDS
            stamp = self._read_stamp()
            if stamp == self._stamp:
                return None
            self._stamp = stamp
            return self._path
        finally:
            self._lock.release()

    def _read_stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
