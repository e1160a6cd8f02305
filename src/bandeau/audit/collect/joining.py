"""Requests: what the events told and what the NetLog holds, put together; and how much of it agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from bandeau.audit.collect.material import Material
from bandeau.audit.collect.netlog import Leg
from bandeau.audit.collect.traffic import Asked
from bandeau.audit.observation import Request, SentCookie, Socket
from bandeau.audit.recording import Completeness
from bandeau.enforcement.headers import HELD

#: The headers of answers that a judgement looks at.
KEPT = frozenset(
    {
        "attribution-reporting-register-source",
        "attribution-reporting-register-trigger",
        "cache-control",
        "cf-mitigated",
        "clear-site-data",
        "content-language",
        "content-security-policy",
        "content-security-policy-report-only",
        "link",
        "location",
        "nel",
        "permissions-policy",
        "refresh",
        "report-to",
        "reporting-endpoints",
        "vary",
        HELD[0],
    }
)
_LONGEST_HEADER = 4096
_NETWORK = ("http://", "https://", "ws://", "wss://")

Pair = tuple[Asked | None, Leg | None]


def join(material: Material) -> list[Pair]:
    """Pair what the events told with what the NetLog holds, in the order of time.

    Both know method and address; of several alike the first of one is the first of the other. What was
    answered from a cache, or blocked, may have no leg, and is paired last.
    """
    legs: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for leg in reversed(material.netlog.legs):
        if leg.url.startswith(_NETWORK) and not (leg.is_the_browsers or leg.asked_a_cache):
            legs[leg.method, _bare(leg.url)].append(leg)
    pairs: list[Pair] = []
    asked = [each for each in material.traffic.asked if each.url.startswith(_NETWORK)]
    for each in sorted(asked, key=lambda a: (bool(a.blocked_by or a.from_cache), a.wall_ms)):
        alike = legs.get((each.method, _bare(each.url)))
        pairs.append((each, alike.pop() if alike else None))
    pairs += [(None, leg) for alike in legs.values() for leg in alike]
    return sorted(pairs, key=_when)


def completeness(pairs: Iterable[Pair], *, whole: bool) -> Completeness:
    """Count what the NetLog holds, and how much of it the events told."""
    logged = [(asked, leg) for asked, leg in pairs if leg is not None]
    missed = sorted({leg.url for asked, leg in logged if asked is None})
    told = sum(asked is not None for asked, _ in logged)
    return Completeness(
        netlog=len(logged),
        events=told,
        ratio=round(told / len(logged), 4) if logged else 1.0,
        missed=tuple(missed),
        whole=whole,
    )


def observed(material: Material, pair: Pair) -> Request | Socket:
    """Return the observation of a pair."""
    asked, leg = pair
    if asked is not None and asked.socket:
        return _socket(material, asked, leg)
    if asked is None:
        assert leg is not None
        if leg.url.startswith(("ws:", "wss:")):
            return _unseen_socket(material, leg)
        return _only_logged(material, leg)
    return _told(material, asked, leg)


def _told(material: Material, asked: Asked, leg: Leg | None) -> Request:
    stopped = asked.blocked_by == "audit" or _is_stopped(material, asked.url, leg)
    wall = leg.wall_ms if leg else asked.wall_ms
    logged = _of_leg(material, leg) if leg else {}
    common: dict[str, object] = {
        "status": asked.status,
        "content_type": asked.content_type,
        "address": asked.address,
        "headers": _kept(asked.headers),
        "error": asked.error,
        "ended_ms": material.clock.at(asked.ended_ms) if asked.ended_ms else None,
    }
    common |= {name: value for name, value in logged.items() if value not in (None, "", ())}
    return Request(
        step=material.clock.step(wall),
        at_ms=material.clock.at(wall),
        url=asked.url,
        method=asked.method,
        type=asked.type,
        frame_url=asked.frame_chain[0] if asked.frame_chain else "",
        frame_chain=asked.frame_chain,
        initiator_type=asked.initiator_type,
        initiator_chain=material.traffic.chain(asked),
        redirected_from=asked.redirected_from,
        blocked_by="" if stopped else asked.blocked_by or _given_up(material, asked, leg),
        stopped=stopped,
        from_cache=asked.from_cache if not (leg and leg.sent) else "",
        from_worker=asked.worker,
        worker_url=asked.worker_url,
        speculative=_speculative(asked, leg),
        referrer=asked.referrer,
        source="both" if leg else "cdp",
        **common,  # type: ignore[arg-type]
    )


def _only_logged(material: Material, leg: Leg) -> Request:
    origin = leg.initiator if "://" in leg.initiator else ""
    return Request(
        step=material.clock.step(leg.wall_ms),
        at_ms=material.clock.at(leg.wall_ms),
        url=leg.url,
        method=leg.method,
        type="document" if leg.kind in ("main frame", "subframe") else "other",
        frame_url=leg.header("referer") or origin,
        initiator_chain=(origin,) if origin else (),
        redirected_from=leg.redirected_from,
        stopped=_is_stopped(material, leg.url, leg),
        speculative="prefetch" if leg.is_prefetch else "",
        referrer=leg.header("referer"),
        source="netlog",
        **_of_leg(material, leg),  # type: ignore[arg-type]
    )


def _of_leg(material: Material, leg: Leg) -> dict[str, object]:
    """Return what the network stack knows better than anybody."""
    values = dict(_pairs(leg.header("cookie")))
    answered = dict(leg.headers)
    return {
        "status": leg.status,
        "error": leg.error,
        "gpc_sent": leg.header("sec-gpc") == "1",
        "cookies_sent": tuple(
            SentCookie(
                name=note.name, domain=note.domain, value_hash=material.hashed(values.get(note.name, ""))
            )
            for note in leg.cookies_sent
            if note.included and leg.sent
        ),
        "sent_validator_hash": material.hashed(leg.header("if-none-match")),
        "validator_hash": material.hashed(answered.get("etag", "")),
        "content_type": answered.get("content-type", "").partition(";")[0].strip(),
        "headers": _kept(leg.headers),
        "address": leg.address,
        "request_bytes": int(leg.header("content-length") or 0),
        "ended_ms": material.clock.at(leg.ended_ms) if leg.ended_ms else None,
    }


def _socket(material: Material, asked: Asked, leg: Leg | None) -> Socket:
    when = leg.wall_ms if leg else asked.wall_ms
    return Socket(
        step=material.clock.step(when),
        at_ms=material.clock.at(when),
        url=asked.url,
        kind="websocket" if asked.socket == "websocket" else "webtransport",
        frame_url=asked.frame_chain[0] if asked.frame_chain else "",
        frame_chain=asked.frame_chain,
        initiator_chain=material.traffic.chain(asked),
        blocked_by=asked.blocked_by,
        stopped=_is_stopped(material, asked.url, leg),
        source="both" if leg else "cdp",
    )


def _unseen_socket(material: Material, leg: Leg) -> Socket:
    return Socket(
        step=material.clock.step(leg.wall_ms),
        at_ms=material.clock.at(leg.wall_ms),
        url=leg.url,
        kind="websocket",
        frame_url=leg.header("origin"),
        stopped=_is_stopped(material, leg.url, leg),
        source="netlog",
    )


def _is_stopped(material: Material, url: str, leg: Leg | None) -> bool:
    return material.is_stopped(url) and not (leg and leg.status)


def _given_up(material: Material, asked: Asked, leg: Leg | None) -> str:
    """Name the browser itself for what it gave up before anything of it reached the network."""
    never = leg is None and asked.status is None and asked.error and material.netlog.whole
    return "other" if never else ""


def _speculative(asked: Asked, leg: Leg | None) -> Literal["", "prefetch", "prerender", "preload"]:
    if asked.prerender:
        return "prerender"
    if asked.type == "prefetch" or (leg and leg.is_prefetch):
        return "prefetch"
    return "preload" if asked.preload else ""


def _kept(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value[:_LONGEST_HEADER]) for name, value in headers if name in KEPT)


def _pairs(header: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.strip().partition("=") for part in header.split(";"))]


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _when(pair: Pair) -> tuple[float, str]:
    asked, leg = pair
    if leg is not None:
        return leg.wall_ms, leg.url
    return (asked.wall_ms, asked.url) if asked else (0.0, "")
