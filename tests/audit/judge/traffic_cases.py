"""Calls, channels and connections: each rule with a breach, and a twin that comes near and is none."""

from __future__ import annotations

from typing import Any

from bandeau.audit.observation import Request
from bandeau.audit.recording import Visit

from .case import AUDIENCE, FAR, HOUSE, METER, TUBE, case, connection, socket, withdrawn
from .made import PAGE, SITE, call, visit


def _tagged(*tags: str) -> list[Visit]:
    """Return readers who each get one ETag for the logo and send it back."""
    visits = []
    for number, tag in enumerate(tags, 1):
        first = call(f"{SITE}/logo.png", type="image", validator_hash=tag)
        again = call(
            f"{SITE}/logo.png", "second-page", type="image", sent_validator_hash=tag, validator_hash=tag
        )
        visits.append(visit("none", first, again, number=number))
    return visits


def _logo(step: str, tag: str, sent: str = "") -> Request:
    return call(f"{SITE}/logo.png", step, type="image", validator_hash=tag, sent_validator_hash=sent)


_TWICE = (_logo("arrived", "c3"), _logo("reloaded", "c3", "c3"), _logo("second-page", "d4"))
_CHANGED = (_logo("arrived", "a1"), _logo("reloaded", "c3", "a1"), _logo("second-page", "d4"))
_BEACON = Request(step="left", at_ms=9000, url="https://meter.example/b", method="POST", source="netlog")
_ALIASES = ("edge.meter.example",)
_REPORTS = (("Report-To", '{"endpoints":[{"url":"https://r.example/"}]}'),)
_INSIDE: dict[str, Any] = {"frame_url": TUBE, "frame_chain": (TUBE, PAGE), "initiator_chain": ()}

TRAFFIC_CASES = (
    case(
        "BND501",
        "script",
        visit("none", call(METER)),
        visit("accept", call(METER, "after-choice")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "before-accepting",
        visit("accept", call(METER, "arrived")),
        visit("accept", call(METER, "choice")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "beacon-on-leaving",
        visit("none", _BEACON),
        visit("none", call("https://meter.example/b", "left", type="ping", blocked_by="csp")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "redirect",
        visit("none", call(METER, redirected_from=f"{SITE}/go")),
        visit("none", call(f"{SITE}/go")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "collector-by-path",
        visit("none", call(f"{SITE}/metrics/hit", type="ping")),
        visit("none", call(f"{SITE}/metrical/hit", type="ping")),
        "audience",
        "own",
    ),
    case(
        "BND501",
        "websocket",
        visit("none", socket("wss://meter.example/live", "arrived")),
        visit("none", socket("wss://www.journal.example/live", "arrived")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "relay",
        visit("none", socket("stun:meter.example:3478", "arrived", "webrtc")),
        visit("accept", socket("stun:meter.example:3478", "reloaded", "webrtc")),
        *AUDIENCE,
    ),
    case(
        "BND501",
        "stopped-by-the-audit",
        visit("none", call(HOUSE, stopped=True)),
        visit("accept", call(HOUSE, "reloaded", stopped=True)),
        "ads",
        "adhouse",
    ),
    case(
        "BND503",
        "the-choice-has-ended",
        visit("expired", call(METER, "later")),
        visit("expired", call(METER, "second-page")),
        *AUDIENCE,
    ),
    case(
        "BND502",
        "script",
        visit("refuse", call(METER, "reloaded")),
        visit("only:audience", call(METER, "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND502",
        "another-purpose-was-allowed",
        visit("only:social", call(METER, "second-page")),
        visit("all-but:social", call(METER, "second-page")),
        *AUDIENCE,
    ),
    case(
        "BND502",
        "runs-from-the-cache",
        visit("refuse", call(METER, "reloaded", from_cache="http")),
        visit("refuse", call(METER, "reloaded", from_cache="http", type="image")),
        *AUDIENCE,
    ),
    case(
        "BND502",
        "objection",
        visit("refuse", call(f"{SITE}/counter/hit", "reloaded", type="ping")),
        visit("none", call(f"{SITE}/counter/hit", type="ping")),
        "audience",
        "counter",
    ),
    case(
        "BND503",
        "after-the-reload",
        withdrawn(call(METER, "withdrawn-reloaded")),
        withdrawn(call(METER, "second-page")),
        *AUDIENCE,
    ),
    case(
        "BND503",
        "revived-by-going-back",
        visit("bfcache", call(METER, "back")),
        visit("bfcache", call(METER, "second-page")),
        *AUDIENCE,
    ),
    case(
        "BND511",
        "preconnect",
        visit("none", connection("meter.example")),
        visit("none", connection("www.journal.example")),
        *AUDIENCE,
    ),
    case(
        "BND511",
        "before-the-allowed-call",
        visit("accept", connection("meter.example"), call(METER, "reloaded")),
        visit("accept", connection("meter.example", "reloaded"), call(METER, "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND512",
        "lookup",
        visit("refuse", connection("meter.example", "reloaded", "lookup")),
        visit("only:audience", connection("meter.example", "reloaded", "lookup")),
        *AUDIENCE,
    ),
    case(
        "BND513",
        "preconnect",
        withdrawn(connection("meter.example", "withdrawn-reloaded")),
        withdrawn(connection("meter.example", "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND514",
        "call",
        visit("gpc", call(HOUSE)),
        visit("gpc", call(HOUSE, blocked_by="csp")),
        "ads",
        "adhouse",
    ),
    case("BND515", "one-for-each-reader", _tagged("a1", "b2", "c3"), _tagged("a1", "a1", "c3")),
    case(
        "BND515",
        "a-new-one-for-each-first-call",
        [*_tagged("a1", "b2"), visit("none", *_TWICE, number=3)],
        [*_tagged("a1", "b2"), visit("none", *_CHANGED, number=3)],
    ),
    case(
        "BND516",
        "cloaked",
        visit("none", connection("www.journal.example", "arrived", "lookup", aliases=_ALIASES)),
        visit("accept", connection("www.journal.example", "reloaded", "lookup", aliases=_ALIASES)),
        *AUDIENCE,
    ),
    case(
        "BND518",
        "report-to",
        visit("none", call(f"{SITE}/a.js", headers=_REPORTS)),
        visit("none", call(f"{SITE}/a.js", headers=(("Reporting-Endpoints", 'x="/bandeau/reports"'),))),
    ),
    case("BND520", "script", visit("none", call(FAR)), visit("none", call(f"{SITE}/x.js"))),
    case(
        "BND520",
        "by-the-site-beside-open-reach",
        visit("accept", call(FAR, "reloaded")),
        visit("accept", call(FAR, "reloaded", initiator_chain=(f"{HOUSE}:1:2", PAGE))),
    ),
    case(
        "BND520",
        "over-http-under-open-reach",
        visit("accept", call("http://far.example/", "reloaded", initiator_chain=(f"{HOUSE}:1:2", PAGE))),
        visit("accept", call("https://far.example/", "reloaded", initiator_chain=(f"{HOUSE}:1:2", PAGE))),
    ),
    case(
        "BND520",
        "beside-a-frame",
        visit("only:social", call(TUBE, "reloaded", type="document"), call(FAR, "reloaded")),
        visit("only:social", call(TUBE, "reloaded", type="document"), call(FAR, "reloaded", **_INSIDE)),
    ),
    case(
        "BND523", "preconnect", visit("none", connection("far.example")), visit("none", call(f"{SITE}/x.js"))
    ),
)
