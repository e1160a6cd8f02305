"""Chromium's NetLog: what its network stack did, whoever asked for it.

The log is written by the network stack itself, below everything that a page or the debugging protocol can
change: beacons that a closing page sends, and frames that nobody could attach to in time, are in it. It is
the check of completeness, and what only it saw is evidence.

One event a line; times are milliseconds of the machine's monotonic clock, which ``timeTickOffset`` turns
into wall time. Values of cookies are in it: it is read, reduced to lengths and hashes, and deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bandeau.audit.collect.chromium import NOWHERE
from bandeau.audit.collect.netlines import headers, host_and_port, status

_LOAD_PREFETCH = 1 << 9
_SENDS = frozenset(
    {
        "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
        "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS",
        "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS",
    }
)
#: Where Chromium fetches a dictionary as soon as the keyboard is in a field; nothing turns that off.
DICTIONARIES = "gvt1.com"
_NO_ORIGIN = "not an origin"


@dataclass(slots=True)
class CookieNote:
    """What became of a cookie that a request carried or an answer set."""

    name: str
    domain: str
    path: str
    included: bool
    status: str
    partition: str
    wall_ms: float


@dataclass(slots=True)
class Leg:
    """One request, or one leg of a redirected one, in the network stack."""

    source: int
    wall_ms: float
    url: str
    method: str
    initiator: str
    isolation: str
    kind: str
    load_flags: int
    #: Whether its headers went out; else a cache answered, or nothing did.
    sent: bool = False
    request_headers: list[tuple[str, str]] = field(default_factory=list)
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""
    address: str = ""
    port: int = 0
    ended_ms: float | None = None
    redirected_from: str = ""
    cookies_sent: list[CookieNote] = field(default_factory=list)
    cookies_set: list[CookieNote] = field(default_factory=list)

    @property
    def is_prefetch(self) -> bool:
        """Whether the page asked for it ahead of its use."""
        return bool(self.load_flags & _LOAD_PREFETCH)

    @property
    def top_site(self) -> str:
        """The site of the page that it was for."""
        return self.isolation.partition(" ")[0]

    @property
    def is_the_browsers(self) -> bool:
        """Whether the browser, or the audit, asked for itself: no page, no frame, no origin behind it."""
        if self.url.startswith(NOWHERE):
            return True
        if self.initiator != _NO_ORIGIN or self.kind != "other":
            return False
        host = urlsplit(self.url).hostname or ""
        return self.top_site in ("", "null") or f".{host}".endswith(f".{DICTIONARIES}")

    @property
    def asked_a_cache(self) -> bool:
        """Whether only the cache was asked, in vain: what follows it is the request."""
        return not self.sent and self.error == "ERR_CACHE_MISS"

    def header(self, name: str) -> str:
        """Return a header that was sent, ``""`` when it was not."""
        return next((value for key, value in self.request_headers if key == name), "")


@dataclass(slots=True)
class CookieChange:
    """A cookie that came into the store or left it."""

    wall_ms: float
    added: bool
    name: str
    domain: str
    path: str
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    persistent: bool = False
    value: str = ""
    #: Why it left: ``overwrite``, ``explicit``, ``expired``, ….
    cause: str = ""


@dataclass(slots=True)
class Contact:
    """A lookup, a connection in advance or apart from requests, or a datagram: it shows an address.

    ``kind`` is ``lookup``, ``preconnect``, ``apart`` (a connection that the pools of requests know nothing
    of: of a WebSocket or of WebRTC) or ``udp``.
    """

    wall_ms: float
    kind: str
    host: str
    port: int


@dataclass(slots=True)
class NetLog:
    """What one run of the browser did in the network."""

    legs: list[Leg] = field(default_factory=list)
    changes: list[CookieChange] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    #: False when the log ends before its end, or is missing.
    whole: bool = True
    #: Whether something before its end could not be read.
    torn: bool = False


class _Source(msgspec.Struct):
    id: int
    type: int


class _Event(msgspec.Struct):
    time: str
    type: int
    phase: int
    source: _Source
    params: msgspec.Raw = msgspec.Raw(b"null")


class _Constants(msgspec.Struct):
    events: dict[str, int] = msgspec.field(name="logEventTypes")
    sources: dict[str, int] = msgspec.field(name="logSourceType")
    errors: dict[str, int] = msgspec.field(name="netError")
    offset: int | float | str = msgspec.field(name="timeTickOffset")


class _File(msgspec.Struct):
    constants: _Constants
    events: list[_Event]
    torn: bool = False


_WHOLE = msgspec.json.Decoder(_File)
_EVENT = msgspec.json.Decoder(_Event)
_BEGIN, _END = 1, 2
_TAIL_BYTES = 1 << 16


def read(path: Path) -> NetLog:
    """Read a NetLog; one that is cut off is read as far as it goes, and says so."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return NetLog(whole=False)
    try:
        file, whole = _WHOLE.decode(data), True
    except msgspec.DecodeError:
        found, whole = _cut_off(data), False
        if found is None:
            return NetLog(whole=False)
        file = found
    reader = _Reader(file.constants)
    reader.take(file.events)
    reader.log.whole, reader.log.torn = whole, file.torn
    return reader.log


def ends_with(path: Path, name: str) -> bool:
    """Tell whether the end of a log that is being written holds a request to an address of ``NOWHERE``."""
    try:
        with path.open("rb") as file:
            file.seek(-min(_TAIL_BYTES, path.stat().st_size), 2)
            return f"{NOWHERE}{name}".encode() in file.read()
    except OSError:
        return False


def _cut_off(data: bytes) -> _File | None:
    """Read the events of a log that ends anywhere, one a line; ``None`` without constants."""
    head, _, rest = data.partition(b',\n"events": [\n')
    try:
        found = msgspec.json.decode(head + b"}", type=dict[str, msgspec.Raw])
        file = _File(msgspec.json.decode(found["constants"], type=_Constants), [])
    except (msgspec.DecodeError, KeyError):
        return None
    missed = False
    for line in rest.splitlines():
        try:
            file.events.append(_EVENT.decode(line.removesuffix(b",")))
            file.torn |= missed
        except msgspec.DecodeError:
            missed = True
    return file


class _Reader:
    def __init__(self, constants: _Constants) -> None:
        self.log = NetLog()
        self._offset = float(constants.offset)
        self._errors = {number: name for name, number in constants.errors.items()}
        self._sources = {number: name for name, number in constants.sources.items()}
        self._legs: dict[int, Leg] = {}
        #: Jobs that connect for requests, and the job that each socket was opened by.
        self._pooled: set[int] = set()
        self._jobs: dict[int, int] = {}
        self._handlers = {
            constants.events[name]: handler for name, handler in _HANDLERS.items() if name in constants.events
        }

    def take(self, events: Iterable[_Event]) -> None:
        handlers = self._handlers
        for event in events:
            handler = handlers.get(event.type)
            if handler is not None:
                params: Any = msgspec.json.decode(event.params) if event.params else None
                handler(self, event, params or {})

    def _wall(self, event: _Event) -> float:
        return float(event.time) + self._offset

    def _start(self, event: _Event, params: Mapping[str, Any]) -> None:
        if event.phase == _END:
            self._finish(event, params)
        if event.phase != _BEGIN or "url" not in params:
            return
        before = self._legs.get(event.source.id)
        leg = Leg(
            source=event.source.id,
            wall_ms=self._wall(event),
            url=params["url"],
            method=params.get("method", "GET"),
            initiator=params.get("initiator", ""),
            isolation=params.get("network_isolation_key", ""),
            kind=params.get("request_type", ""),
            load_flags=params.get("load_flags", 0),
            redirected_from=before.url if before is not None and before.status is not None else "",
        )
        self._legs[event.source.id] = leg
        self.log.legs.append(leg)

    def _finish(self, event: _Event, params: Mapping[str, Any]) -> None:
        leg = self._legs.get(event.source.id)
        if leg is not None:
            leg.ended_ms = self._wall(event)
            if params.get("net_error"):
                leg.error = self._errors.get(
                    -abs(params["net_error"]), self._errors.get(params["net_error"], "")
                )

    def _sends(self, event: _Event, params: Mapping[str, Any]) -> None:
        if leg := self._legs.get(event.source.id):
            leg.sent = True
            leg.request_headers = headers(params.get("headers", []))

    def _answers(self, event: _Event, params: Mapping[str, Any]) -> None:
        leg = self._legs.get(event.source.id)
        lines = params.get("headers", [])
        if leg is None or not isinstance(lines, list) or not lines:
            return
        leg.status = status(lines[0])
        leg.headers = headers(lines[1:])

    def _reaches(self, event: _Event, params: Mapping[str, Any]) -> None:
        if leg := self._legs.get(event.source.id):
            _, _, rest = params.get("transport_info", "").partition("endpoint = ")
            leg.address, leg.port = host_and_port(rest.partition(",")[0])

    def _cookie(self, event: _Event, params: Mapping[str, Any]) -> None:
        leg = self._legs.get(event.source.id)
        if leg is None or "name" not in params:
            return
        partition = params.get("partition_key", "")
        status = params.get("status", "")
        note = CookieNote(
            name=params["name"],
            domain=params.get("domain", ""),
            path=params.get("path", "/"),
            included=status.startswith("INCLUDE"),
            status=status.partition(",")[0],
            partition="" if partition == "(none)" else partition.partition(",")[0],
            wall_ms=self._wall(event),
        )
        (leg.cookies_set if params.get("operation") == "store" else leg.cookies_sent).append(note)

    def _change(self, event: _Event, params: Mapping[str, Any], *, added: bool) -> None:
        if "name" not in params:
            return
        self.log.changes.append(
            CookieChange(
                wall_ms=self._wall(event),
                added=added,
                name=params["name"],
                domain=params["domain"],
                path=params["path"],
                secure=params.get("secure", False),
                http_only=params.get("httponly", False),
                same_site=params.get("same_site", ""),
                persistent=params.get("is_persistent", False),
                value=params.get("value", ""),
                cause=params.get("deletion_cause", ""),
            )
        )

    def _added(self, event: _Event, params: Mapping[str, Any]) -> None:
        self._change(event, params, added=True)

    def _deleted(self, event: _Event, params: Mapping[str, Any]) -> None:
        self._change(event, params, added=False)

    def _looks_up(self, event: _Event, params: Mapping[str, Any]) -> None:
        # Lookups of connections show with these; only those for their own sake are noted.
        own = self._sources.get(event.source.type) == "NETWORK_SERVICE_HOST_RESOLVER"
        if event.phase == _BEGIN and own and "host" in params:
            self._contact(event, "lookup", params["host"])

    def _connects_early(self, event: _Event, params: Mapping[str, Any]) -> None:
        if event.phase == _BEGIN and params.get("is_preconnect"):
            self._contact(event, "preconnect", params["url"])

    def _datagram(self, event: _Event, params: Mapping[str, Any]) -> None:
        # Sockets of QUIC and DNS are bound to one address, and do not name it again with every datagram.
        if "address" in params:
            self._contact(event, "udp", params["address"])

    def _pools(self, event: _Event, params: Mapping[str, Any]) -> None:
        self._pooled.add(event.source.id)

    def _opens(self, event: _Event, params: Mapping[str, Any]) -> None:
        job = params.get("source_dependency", {})
        if event.phase == _BEGIN and self._sources.get(job.get("type"), "").endswith("_CONNECT_JOB"):
            self._jobs[event.source.id] = job["id"]

    def _connects(self, event: _Event, params: Mapping[str, Any]) -> None:
        job = self._jobs.get(event.source.id)
        if "address" in params and job is not None and job not in self._pooled:
            self._contact(event, "apart", params["address"])

    def _contact(self, event: _Event, kind: str, where: str) -> None:
        host, port = host_and_port(where)
        self.log.contacts.append(Contact(self._wall(event), kind, host, port))


_Handler = Callable[[_Reader, _Event, Mapping[str, Any]], None]
_HANDLERS: dict[str, _Handler] = {
    "URL_REQUEST_START_JOB": _Reader._start,
    **dict.fromkeys(_SENDS, _Reader._sends),
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS": _Reader._answers,
    "LOCAL_NETWORK_ACCESS_CHECK": _Reader._reaches,
    "COOKIE_INCLUSION_STATUS": _Reader._cookie,
    "COOKIE_STORE_COOKIE_ADDED": _Reader._added,
    "COOKIE_STORE_COOKIE_DELETED": _Reader._deleted,
    "HOST_RESOLVER_MANAGER_REQUEST": _Reader._looks_up,
    "HTTP_STREAM_JOB_CONTROLLER": _Reader._connects_early,
    "UDP_BYTES_SENT": _Reader._datagram,
    "SOCKET_POOL_CONNECT_JOB_CREATED": _Reader._pools,
    "SOCKET_ALIVE": _Reader._opens,
    "TCP_CONNECT_ATTEMPT": _Reader._connects,
}
