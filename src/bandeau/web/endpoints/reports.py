"""Reports of browsers and of the guard: counted, logged once each, never kept with a person.

A report says which page of the site tried to reach which host, and which host's script it was;
queries, fragments and paths of these addresses, and everything else a browser sends along, are
dropped before anything is counted. Of the page its path is kept, without what may be a person's.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from logging import Logger

import can_ada
import msgspec

from bandeau.core.request import RequestHead, Response
from bandeau.web.endpoints.answers import nothing, problem
from bandeau.web.stops import Stop
from bandeau.web.tallies import Tallies

#: The most bytes of one post of reports.
REPORT_BYTES = 16 * 1024
#: The most posts that are read per second, after a burst of as many.
MOST_PER_SECOND = 50
_MOST_ITEMS = 50
_TYPES = frozenset({"application/csp-report", "application/reports+json", "application/json"})
_DIRECTIVE = re.compile(r"[a-z-]{1,40}")
_KEYWORD = re.compile(r"[a-z-]{1,20}")
_STORAGE = {"c": "cookie", "l": "local", "s": "session", "i": "indexeddb", "k": "cache"}
# CSP2 §4.4 and CSP3 §5.3 name the same four things: directive, what was blocked, by whom, on which page.
_OLD_NAMES = ("effective-directive", "blocked-uri", "source-file", "document-uri")
_NEW_NAMES = ("effectiveDirective", "blockedURL", "sourceFile", "documentURL")

#: What was stopped, and the path of the page.
Item = tuple[Stop, str]


class Reports:
    """Counts what was stopped."""

    def __init__(self, log: Logger, now: Callable[[], datetime], tallies: Tallies) -> None:
        self._log = log
        self._now = now
        self._tallies = tallies
        self._lock = threading.Lock()  # guards everything below
        self._allowance = float(MOST_PER_SECOND)
        self._filled_at = 0.0

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

    def lost(self) -> Response:
        """Count a page whose guard did not come."""
        if self._is_welcome():
            self._tallies.failed("a guard did not come")
        return nothing()

    def _count(self, items: list[Item]) -> None:
        for stop, page in items:
            if self._tallies.stopped(stop, page, _kind(stop)):
                tail = f", called by {stop.initiator}" if stop.initiator else ""
                self._log.warning("stopped in a browser: %s (%s%s)", stop.what, stop.by, tail)

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
        return list(_violation(_mapping(_mapping(value).get("csp-report")), _OLD_NAMES))
    if content_type == "application/reports+json":
        return [item for report in _listed(value) for item in _reported(_mapping(report))]
    page = _mapping(value).get("page")
    path = page if isinstance(page, str) else ""
    return [(stop, path) for row in _listed(_mapping(value).get("items")) for stop in _guarded(row)]


def _reported(report: dict[str, object]) -> Iterator[Item]:
    if report.get("type") == "csp-violation":
        yield from _violation(_mapping(report.get("body")), _NEW_NAMES)


def _violation(fields: dict[str, object], names: tuple[str, str, str, str]) -> Iterator[Item]:
    directive, blocked, source, document = (fields.get(name) for name in names)
    initiator = _host(source) if isinstance(source, str) else ""
    page = _path(document) if isinstance(document, str) else ""
    for stop in _stopped(directive or fields.get("violated-directive"), blocked, initiator):
        yield stop, page


def _guarded(row: object) -> Iterator[Stop]:
    """Read an item of the guard: ["csp", directive, address, source] or [letter of the storage, name]."""
    parts = [part for part in row if isinstance(part, str)] if isinstance(row, list) else []
    if len(parts) in (3, 4) and parts[0] == "csp":
        yield from _stopped(parts[1], parts[2], _host(parts[3]) if len(parts) == 4 else "")
    elif len(parts) == 2 and parts[0] in _STORAGE:
        yield Stop(_plain_name(parts[1]), _STORAGE[parts[0]])


def _stopped(directive: object, blocked: object, initiator: str = "") -> Iterator[Stop]:
    if not isinstance(directive, str) or not isinstance(blocked, str):
        return
    name = directive.partition(" ")[0]
    host = _host(blocked)
    if host and _DIRECTIVE.fullmatch(name):
        yield Stop(host, name, initiator)


def _kind(stop: Stop) -> str:
    if stop.by in _STORAGE.values():
        return "storage"
    return "host" if "." in stop.what or ":" in stop.what else "inline"


def _host(blocked: str) -> str:
    """Return the host of an address, or a keyword such as ``inline``; a path may tell of a person."""
    if _KEYWORD.fullmatch(blocked):
        return blocked
    try:
        parsed = can_ada.parse(blocked[:2048])
    except ValueError:
        return ""
    return str(parsed.hostname)[:253] or str(parsed.protocol)


def _path(page: str) -> str:
    """Return the path of the page that a browser names."""
    try:
        return str(can_ada.parse(page[:2048]).pathname)
    except ValueError:
        return ""


def _plain_name(name: str) -> str:
    """Return the name of a deposit without what may be a person's: long numbers, control characters."""
    shown = "".join(c if c.isascii() and c.isprintable() else "?" for c in name[:64])
    return re.sub(r"[0-9A-Fa-f]{8,}|[0-9]{4,}", "#", re.sub(r"\S+@\S+", "#", shown))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    return value[:_MOST_ITEMS] if isinstance(value, list) else []
