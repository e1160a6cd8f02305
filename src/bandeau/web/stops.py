"""What was stopped or would have been, and on which page it was first seen; no reader is in it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from urllib.parse import unquote

#: The most things that are told apart; a flood cannot fill the memory.
MOST_DISTINCT = 1_000
_LONGEST_PATH = 200
# What a path may say of a person: an address, a long number, a random id.
_PERSONAL = re.compile(r"[^\s/]+@[^\s/]+|[0-9]{5,}|[0-9A-Fa-f-]{16,}")


@dataclass(frozen=True, slots=True)
class Stop:
    """A host and a directive, or a name and a kind of storage; ``initiator`` is a host, or ``""``."""

    what: str
    by: str
    initiator: str = ""


class Stops:
    """Counts since the process started; several threads may count at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _seen
        self._seen: dict[Stop, tuple[str, int]] = {}

    def add(self, stop: Stop, page: str = "", by: int = 1) -> bool:
        """Count; tell whether it is the first of its kind.

        Args:
            page: the path on which it was seen.
        """
        with self._lock:
            seen = self._seen.get(stop)
            if seen is None and len(self._seen) >= MOST_DISTINCT:
                return False
            first, count = seen or (shown_path(page), 0)
            self._seen[stop] = (first or shown_path(page), count + by)
            return seen is None

    def snapshot(self) -> dict[Stop, tuple[str, int]]:
        """Return the first page of each, and how often it was stopped."""
        with self._lock:
            return dict(self._seen)


def shown_path(path: str) -> str:
    """Return a path without its query and without what in it may be a person's.

    >>> shown_path("/members/jean%40dupont.fr/4711815?tab=1")
    '/members/#/#'
    """
    if not path.startswith("/"):
        return ""
    plain = unquote(re.split(r"[?#]", path, maxsplit=1)[0])[:_LONGEST_PATH]
    return _PERSONAL.sub("#", "".join(c if c.isprintable() else "?" for c in plain))
