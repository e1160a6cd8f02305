"""Observation: one fact that an audit saw in the browser, without an opinion.

Observations are tagged structs (``fact`` in JSON); each says in which ``step`` of its visit it was made,
and when: ``at_ms`` counts milliseconds since the visit began. Values of cookies and stored items are never
kept: their length and a hash, salted once per recording, are enough to see that two of them are equal.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["cdp", "netlog", "both"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plain value: members that have their default are left out of the JSON."""


class _Fact(Value, frozen=True, kw_only=True, omit_defaults=True, tag_field="fact"):
    step: str
    at_ms: int


class SentCookie(Value, frozen=True, kw_only=True):
    """A cookie that a request carried: a tracker that was read."""

    name: str
    domain: str = ""
    value_hash: str = ""


class Request(_Fact, frozen=True, kw_only=True, tag="request"):
    """One request, sent or attempted.

    ``type`` is Chromium's resource type in lower case (document, script, image, ping, fetch, …).
    ``frame_chain`` leads from the frame that asked to the page: its first is ``frame_url``.
    ``initiator_chain`` holds ``url:line:column`` of each script that led here, the nearest first, and
    ends with the document for what the parser met. ``blocked_by`` is ``""`` for what went out; else who
    stopped it before it left: ``csp``, ``mixed-content``, ``subresource-filter``, or ``other`` (the
    browser gave it up, because the page was left, for instance).
    ``stopped`` tells that the audit itself recorded the request and did not let it out.
    ``from_cache`` is ``""``, ``http``, ``prefetch`` or ``service-worker``: nothing went out then.
    ``speculative`` is ``""``, ``prefetch``, ``prerender``, ``preload`` or ``preconnect``.
    ``validator_hash`` and ``sent_validator_hash`` are those of the ETag that came and of the
    If-None-Match that went: an identifier can hide there.
    A request that only the NetLog holds (``source``) has no frame and no initiator; it is evidence
    all the same, in the step in which it left.
    """

    url: str
    method: str = "GET"
    type: str = "other"
    frame_url: str = ""
    frame_chain: tuple[str, ...] = ()
    initiator_type: str = ""
    initiator_chain: tuple[str, ...] = ()
    redirected_from: str = ""
    blocked_by: str = ""
    stopped: bool = False
    status: int | None = None
    error: str = ""
    from_cache: str = ""
    from_worker: Literal["", "worker", "shared-worker", "service-worker", "worklet"] = ""
    worker_url: str = ""
    speculative: Literal["", "prefetch", "prerender", "preload", "preconnect"] = ""
    source: Source = "cdp"
    referrer: str = ""
    gpc_sent: bool = False
    cookies_sent: tuple[SentCookie, ...] = ()
    sent_validator_hash: str = ""
    validator_hash: str = ""
    request_bytes: int = 0
    content_type: str = ""
    #: The answer's headers that a judgement needs: CSP, Link, Report-To, NEL, Clear-Site-Data, ….
    headers: tuple[tuple[str, str], ...] = ()
    address: str = ""
    ended_ms: int | None = None


class Connection(_Fact, frozen=True, kw_only=True, tag="connection"):
    """A lookup of a name or a connection, with or without a request: it shows the reader's address.

    ``aliases`` are the names that the lookup went through (CNAME).
    """

    host: str
    port: int = 0
    kind: Literal["lookup", "tcp", "tls", "quic", "udp"] = "tcp"
    aliases: tuple[str, ...] = ()
    address: str = ""


class CookieSet(_Fact, frozen=True, kw_only=True, tag="cookie-set"):
    """A cookie that was set, or that somebody tried to set.

    ``setter`` is ``http:<url>``, ``script:<url>`` or ``unknown``. ``max_age_seconds`` is ``None`` for a
    session cookie. ``lived_ms`` is ``None`` when it was still there at the end of the visit.
    ``partition`` is the top-level site of a partitioned cookie. ``block_reason`` is Chromium's, when it
    was not stored. A cookie that is written again is a further observation.
    """

    name: str
    domain: str
    path: str = "/"
    host_only: bool = False
    secure: bool = False
    http_only: bool = False
    same_site: Literal["", "strict", "lax", "none"] = ""
    partition: str = ""
    max_age_seconds: int | None = None
    setter: str = "unknown"
    initiator_chain: tuple[str, ...] = ()
    page_url: str = ""
    stored: bool = True
    block_reason: str = ""
    lived_ms: int | None = None
    value_hash: str = ""
    value_length: int = 0
    source: Source = "cdp"


class CookieHeld(_Fact, frozen=True, kw_only=True, tag="cookie-held"):
    """A cookie that the browser held at the end of a step."""

    name: str
    domain: str
    path: str = "/"
    host_only: bool = False
    secure: bool = False
    http_only: bool = False
    same_site: Literal["", "strict", "lax", "none"] = ""
    partition: str = ""
    #: From now to its end; ``None`` for a session cookie.
    expires_in_seconds: int | None = None
    value_hash: str = ""
    value_length: int = 0


class StorageItem(_Fact, frozen=True, kw_only=True, tag="storage"):
    """An item that a storage key held at the end of a step, or had held before it was removed.

    ``key`` is the item's: the name in Web Storage, ``database/store`` of IndexedDB, ``cache/url`` of a
    cache, the name of a file in the origin's private file system or of a storage bucket (what a bucket holds
    are items of their own), the scope of a service worker. ``partition`` is the top-level site where that is
    another.
    """

    origin: str
    kind: Literal["local", "session", "indexeddb", "cache", "file", "bucket", "serviceworker"]
    key: str
    partition: str = ""
    removed: bool = False
    value_hash: str = ""
    value_length: int = 0

    @property
    def declared_kind(self) -> str:
        """The kind under which a policy declares it: files and buckets have none of their own."""
        return "indexeddb" if self.kind in ("file", "bucket") else self.kind


class Socket(_Fact, frozen=True, kw_only=True, tag="socket"):
    """A channel that is not a request."""

    url: str
    kind: Literal["websocket", "webrtc", "webtransport"]
    frame_url: str = ""
    frame_chain: tuple[str, ...] = ()
    initiator_chain: tuple[str, ...] = ()
    blocked_by: str = ""
    stopped: bool = False
    source: Source = "cdp"


class ServerFact(_Fact, frozen=True, kw_only=True, tag="server"):
    """What the site's own server says it did: a ``record`` in its ledger, a ``profile`` it made."""

    kind: Literal["record", "profile"]
    facts: dict[str, str] = msgspec.field(default_factory=dict)


Observation = Request | Connection | CookieSet | CookieHeld | StorageItem | Socket | ServerFact
