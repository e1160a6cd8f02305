"""What the browser's events tell of requests and sockets: who asked, from which frame, by which scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.clock import now_ms
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.sessions import Session, Worker

#: Requests that stay open as long as the page does: nobody waits for their end.
_ENDLESS = frozenset({"eventsource", "media", "prefetch"})
#: What goes on to do something once it is there.
_CODE = frozenset({"document", "script"})
_BLOCKED = {"csp": "csp", "mixed-content": "mixed-content", "subresource-filter": "subresource-filter"}
_LONGEST = 24


@dataclass(slots=True)
class Asked:
    """One request, or one leg of a redirected one, as the events told it."""

    key: str
    wall_ms: float
    url: str
    method: str
    type: str
    frame_chain: tuple[str, ...]
    initiator_type: str
    #: ``url:line:column`` of the scripts on the stack, the nearest first.
    stack: tuple[str, ...]
    #: The document that the parser or the browser found it in.
    found_in: str
    worker: Worker
    worker_url: str
    prerender: bool
    preload: bool
    referrer: str
    redirected_from: str = ""
    status: int | None = None
    content_type: str = ""
    error: str = ""
    blocked_by: str = ""
    from_cache: str = ""
    address: str = ""
    ended_ms: float | None = None
    #: A socket that is no request: ``websocket`` or ``webtransport``.
    socket: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Traffic:
    """Listens to the Network domain of every session."""

    frames: Frames
    asked: list[Asked] = field(default_factory=list)
    #: Requests whose end has not come, by session.
    pending: dict[str, str] = field(default_factory=dict)
    #: Requests that stay open as long as the page does, by session.
    endless: dict[str, str] = field(default_factory=dict)
    #: How often anything was asked for: what is waited on to stand still.
    count: int = 0
    received_bytes: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[str, Asked] = field(default_factory=dict)

    def hear(self, session: Session, method: str, params: Message) -> None:
        """Take an event."""
        domain, _, name = method.partition(".")
        if domain == "Network" and (handler := _HANDLERS.get(name)):
            handler(self, session, params)

    def forget(self, session: Session) -> None:
        """A session ended: what it waited for never ends."""
        self._end_all(session, "")

    def leave(self, session: Session, loader: str) -> None:
        """A page went to another document: what the one before waited for never ends."""
        self._end_all(session, loader)

    def awaits_code(self) -> bool:
        """Tell whether a script or a document that was asked for has not come yet."""
        return any(self._open[key].type in _CODE for key in self.pending)

    def chain(self, asked: Asked) -> tuple[str, ...]:
        """Return the scripts that led to a request, and what led to those."""
        found = list(dict.fromkeys(asked.stack))
        seen = {asked.url}
        step: Asked | None = asked
        while step is not None and len(found) < _LONGEST:
            script = _address(step.stack[-1]) if step.stack else ""
            if step.found_in and not step.stack:
                found.append(step.found_in)
            step = self._loading(script) if script and script not in seen else None
            seen.add(script)
            found += [place for place in (step.stack if step else ()) if place not in found]
        return tuple(found[:_LONGEST])

    def script_chain(self, stack: Iterable[str]) -> tuple[str, ...]:
        """Return the chain of something that scripts did: of a cookie, for instance."""
        places = tuple(stack)
        found = list(places)
        loading = self._loading(_address(places[-1])) if places else None
        if loading is not None:
            found += [place for place in self.chain(loading) if place not in found]
        return tuple(found[:_LONGEST])

    def _loading(self, script: str) -> Asked | None:
        """Return the request that brought a script; inline scripts came with their document."""
        return next((a for a in self.asked if a.url == script and a.type != "document"), None)

    def _will_be_sent(self, session: Session, params: Message) -> None:
        key, request = params["requestId"], params["request"]
        # The event's own times are the page's, whose clock is advanced now and then: ours is not.
        wall = now_ms()
        previous = self._open.get(key)
        if previous is not None:
            if "redirectResponse" not in params:
                return  # the same request, told by a second session
            if previous.url == request["url"] and previous.redirected_from:
                return
            self._take_response(previous, params["redirectResponse"])
            previous.ended_ms = wall
        if request["url"].startswith("data:"):
            return
        asked = self._asked(session, params, wall)
        if previous is not None:
            asked.redirected_from, asked.stack = previous.url, previous.stack
            asked.initiator_type, asked.found_in = previous.initiator_type, previous.found_in
            asked.frame_chain = previous.frame_chain
        self._open[key] = asked
        self._add(session, key, asked)

    def _asked(self, session: Session, params: Message, wall: float) -> Asked:
        request, initiator = params["request"], params.get("initiator", {})
        kind = params.get("type", "Other").lower()
        return Asked(
            key=params["requestId"],
            wall_ms=wall,
            url=request["url"] + request.get("urlFragment", ""),
            method=request["method"],
            type=kind,
            frame_chain=self._chain(session, params.get("frameId", ""), kind),
            initiator_type=initiator.get("type", "").lower(),
            stack=stack(initiator.get("stack")),
            found_in=_place(initiator.get("url", ""), initiator),
            worker=session.worker,
            worker_url=session.url if session.worker else "",
            prerender=session.prerender,
            preload=request.get("isLinkPreload", False),
            referrer=_header(request, "referer"),
        )

    def _chain(self, session: Session, frame: str, kind: str) -> tuple[str, ...]:
        # A frame's own document is asked for by the document around it.
        if kind == "document":
            return self.frames.chain(self.frames.parent(frame))
        return self.frames.chain(frame or session.frame)

    def _add(self, session: Session, key: str, asked: Asked) -> None:
        self.asked.append(asked)
        self.count += 1
        if not asked.socket:
            (self.endless if asked.type in _ENDLESS else self.pending)[key] = session.id
        self.changed.set()

    def _end(self, key: str) -> None:
        self.pending.pop(key, None)
        self.endless.pop(key, None)
        self.changed.set()

    def _end_all(self, session: Session, loader: str) -> None:
        for waiting in (self.pending, self.endless):
            for key in [key for key, owner in waiting.items() if owner == session.id and key != loader]:
                self._end(key)

    def _response(self, session: Session, params: Message) -> None:
        asked = self._open.get(params["requestId"])
        if asked is None:
            return
        self._take_response(asked, params["response"])
        if asked.type == "other":
            asked.type = params.get("type", "Other").lower()
        if asked.type in _ENDLESS and (session_id := self.pending.pop(asked.key, "")):
            self.endless[asked.key] = session_id
            self.changed.set()

    def _take_response(self, asked: Asked, response: Message) -> None:
        asked.status = response["status"] or None
        asked.content_type = response.get("mimeType", "")
        asked.address = response.get("remoteIPAddress", "")
        asked.headers = tuple((name.lower(), value) for name, value in response.get("headers", {}).items())
        if response.get("fromServiceWorker"):
            asked.from_cache = "service-worker"
        elif response.get("fromPrefetchCache"):
            asked.from_cache = "prefetch"
        elif response.get("fromDiskCache"):
            asked.from_cache = "http"

    def _cached(self, session: Session, params: Message) -> None:
        if asked := self._open.get(params["requestId"]):
            asked.from_cache = "http"

    def _data(self, session: Session, params: Message) -> None:
        self.received_bytes += params["dataLength"]

    def _finished(self, session: Session, params: Message) -> None:
        self._end(params["requestId"])
        if asked := self._open.get(params["requestId"]):
            asked.ended_ms = now_ms()

    def _failed(self, session: Session, params: Message) -> None:
        self._finished(session, params)
        if asked := self._open.get(params["requestId"]):
            asked.error = params.get("errorText", "")
            reason = params.get("blockedReason", "")
            asked.blocked_by = _BLOCKED.get(reason, "other") if reason else ""
            if reason == "inspector":
                asked.blocked_by = "audit"

    def _socket(self, session: Session, params: Message) -> None:
        kind = "websocket" if "requestId" in params else "webtransport"
        initiator = params.get("initiator") or {}
        asked = Asked(
            key=params.get("requestId") or params["transportId"],
            wall_ms=now_ms(),
            url=params["url"],
            method="GET",
            type=kind,
            frame_chain=self.frames.chain(session.frame),
            initiator_type=initiator.get("type", ""),
            stack=stack(initiator.get("stack")),
            found_in=initiator.get("url", ""),
            worker=session.worker,
            worker_url=session.url if session.worker else "",
            prerender=session.prerender,
            preload=False,
            referrer="",
            socket=kind,
        )
        self._open[asked.key] = asked
        self._add(session, asked.key, asked)


def stack(trace: Any) -> tuple[str, ...]:
    """Return ``url:line:column`` of each frame of a stack, and of those that it was begun by."""
    found: list[str] = []
    while trace and len(found) < _LONGEST:
        for frame in trace["callFrames"]:
            if frame["url"]:
                found.append(f"{frame['url']}:{frame['lineNumber'] + 1}:{frame['columnNumber'] + 1}")
        trace = trace.get("parent")
    return tuple(dict.fromkeys(found[:_LONGEST]))


def _address(place: str) -> str:
    return place.rsplit(":", 2)[0]


def _place(url: str, initiator: Message) -> str:
    if not url or "lineNumber" not in initiator:
        return url
    return f"{url}:{int(initiator['lineNumber']) + 1}:{int(initiator.get('columnNumber', 0)) + 1}"


def _header(request: Message, wanted: str) -> str:
    return next((str(v) for name, v in request["headers"].items() if name.lower() == wanted), "")


_HANDLERS = {
    "requestWillBeSent": Traffic._will_be_sent,
    "responseReceived": Traffic._response,
    "requestServedFromCache": Traffic._cached,
    "dataReceived": Traffic._data,
    "loadingFinished": Traffic._finished,
    "loadingFailed": Traffic._failed,
    "webSocketCreated": Traffic._socket,
    "webTransportCreated": Traffic._socket,
}
