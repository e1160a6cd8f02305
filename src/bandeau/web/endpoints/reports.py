"""Reports of browsers and of the guard: counted, logged once each, never kept with a person.

A report says which page of the site tried to reach which host; queries, fragments and paths of
the blocked address, and everything else a browser sends along, are dropped before anything is
counted.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from logging import Logger

import can_ada
import msgspec

from bandeau.core.request import RequestHead, Response
from bandeau.web.endpoints.answers import nothing, problem

#: The most bytes of one post of reports.
REPORT_BYTES = 16 * 1024
#: The most distinct reports that are counted; a flood cannot fill the memory or the log.
MOST_DISTINCT = 1_000
#: The most posts that are read per second, after a burst of as many.
MOST_PER_SECOND = 50
_MOST_ITEMS = 50
_TYPES = frozenset({"application/csp-report", "application/reports+json", "application/json"})
_DIRECTIVE = re.compile(r"[a-z-]{1,40}")
_KEYWORD = re.compile(r"[a-z-]{1,20}")
_STORAGE = {"c": "cookie", "l": "local", "s": "session", "i": "indexeddb", "k": "cache"}

#: What was stopped, and what stopped it: a host and a directive, or a name and a kind of storage.
Item = tuple[str, str]


class Reports:
    """Counts what was stopped."""

    def __init__(self, log: Logger, now: Callable[[], datetime]) -> None:
        self._log = log
        self._now = now
        self._lock = threading.Lock()  # guards everything below
        self._counts: Counter[Item] = Counter()
        self._allowance = float(MOST_PER_SECOND)
        self._filled_at = 0.0

    def counts(self) -> dict[Item, int]:
        """Return how often each thing was stopped since the process started."""
        with self._lock:
            return dict(self._counts)

    def take(self, head: RequestHead, body: bytes) -> Response:
        """Count the reports of a post; the sender learns nothing."""
        content_type = head.first("content-type").partition(";")[0].strip().lower()
        if content_type not in _TYPES:
            return problem(
                415, "Unsupported media type", f"Send reports as one of: {', '.join(sorted(_TYPES))}."
            )
        if self._is_welcome():
            self._count(_items(content_type, body))
        return nothing()

    def _count(self, items: list[Item]) -> None:
        fresh = []
        with self._lock:
            for item in items:
                if item not in self._counts:
                    if len(self._counts) >= MOST_DISTINCT:
                        continue
                    fresh.append(item)
                self._counts[item] += 1
        for what, by in fresh:
            self._log.warning("stopped in a browser: %s (%s)", what, by)

    def _is_welcome(self) -> bool:
        now = self._now().timestamp()
        with self._lock:
            passed = max(now - self._filled_at, 0.0)
            self._allowance = min(self._allowance + passed * MOST_PER_SECOND, MOST_PER_SECOND)
            self._filled_at = now
            if self._allowance < 1:
                return False
            self._allowance -= 1
            return True


def _items(content_type: str, body: bytes) -> list[Item]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return []
    if content_type == "application/csp-report":
        found = _violation(_mapping(_mapping(value).get("csp-report")), "effective-directive", "blocked-uri")
        return list(found)
    if content_type == "application/reports+json":
        return [item for report in _listed(value) for item in _reported(_mapping(report))]
    return [item for row in _listed(_mapping(value).get("items")) for item in _guarded(row)]


def _reported(report: dict[str, object]) -> Iterator[Item]:
    if report.get("type") == "csp-violation":
        yield from _violation(_mapping(report.get("body")), "effectiveDirective", "blockedURL")


def _violation(fields: dict[str, object], directive_name: str, blocked_name: str) -> Iterator[Item]:
    directive = fields.get(directive_name) or fields.get("violated-directive")
    yield from _stopped(directive, fields.get(blocked_name))


def _guarded(row: object) -> Iterator[Item]:
    """Read an item of the guard: ["csp", directive, address] or [letter of the storage, name]."""
    parts = [part for part in row if isinstance(part, str)] if isinstance(row, list) else []
    if len(parts) == 3 and parts[0] == "csp":
        yield from _stopped(parts[1], parts[2])
    elif len(parts) == 2 and parts[0] in _STORAGE:
        yield _plain_name(parts[1]), _STORAGE[parts[0]]


def _stopped(directive: object, blocked: object) -> Iterator[Item]:
    if not isinstance(directive, str) or not isinstance(blocked, str):
        return
    name = directive.partition(" ")[0]
    host = _host(blocked)
    if host and _DIRECTIVE.fullmatch(name):
        yield host, name


def _host(blocked: str) -> str:
    """Return the host of an address, or a keyword such as ``inline``; a path may tell of a person."""
    if _KEYWORD.fullmatch(blocked):
        return blocked
    try:
        parsed = can_ada.parse(blocked[:2048])
    except ValueError:
        return ""
    return str(parsed.hostname)[:253] or str(parsed.protocol)


def _plain_name(name: str) -> str:
    """Return the name of a deposit without what may be a person's: long numbers, control characters."""
    shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in name[:64])
    return re.sub(r"[0-9A-Fa-f]{8,}|[0-9]{4,}", "#", re.sub(r"\S+@\S+", "#", shown))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    return value[:_MOST_ITEMS] if isinstance(value, list) else []
