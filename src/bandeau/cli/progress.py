"""Progress of long work: one line on stderr that writes over itself, for somebody at a terminal."""

from __future__ import annotations

import sys
import time

from bandeau.cli.settings import Settings

_SECONDS = 0.2


class Progress:
    """Counts; shows nothing where nobody looks, or when it is over at once."""

    def __init__(self, settings: Settings, verb: str, what: str) -> None:
        self._shown = sys.stderr.isatty() and not settings.quiet
        self._verb, self._what = verb, what
        self._count = 0
        self._next = time.monotonic() + _SECONDS
        self._wrote = False

    def add(self, count: int) -> None:
        """Say that so many more are done."""
        self._count += count
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS
            self._wrote = True
            sys.stderr.write(f"\r{self._verb} {self._count:,} {self._what}")
            sys.stderr.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._wrote:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
