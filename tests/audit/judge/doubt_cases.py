"""What proves nothing: each doubt, and a twin without any."""

from __future__ import annotations

import msgspec

from bandeau.audit.observation import Request
from bandeau.audit.recording import Canary, Completeness

from .case import FAR, METER, TUBE, case, socket
from .made import PAGE, SITE, call, choices, recording, steps, visit

_CLEAN = visit("none")
_GUARD = f"{SITE}/bandeau/g.0123456789abcdef.js"
_UNCONFIRMED = tuple(msgspec.structs.replace(choice, confirmed=False) for choice in choices("refuse"))
_ONE_PAGE = tuple(step for step in steps("none") if step.name != "second-page")
_FRAME = call(TUBE, "reloaded", type="document")
_INSIDE = call("https://player.tube.example/i.js", "reloaded", frame_url=TUBE, frame_chain=(TUBE, PAGE))
_LOOSE = Request(step="reloaded", at_ms=50, url=FAR, source="netlog")
_REFERRED = msgspec.structs.replace(_LOOSE, referrer=TUBE)

DOUBT_CASES = (
    case("BND590", "dead", visit("none", outcome="unreachable", reason="connection refused"), _CLEAN),
    case("BND590", "404", visit("none", steps=steps("none", second_page={"status": 404})), _CLEAN),
    case("BND591", "robots", visit("none", outcome="challenge"), _CLEAN),
    case("BND592", "no-panel", visit("refuse", outcome="panel-not-found"), visit("refuse")),
    case("BND592", "unconfirmed", visit("refuse", choices=_UNCONFIRMED), visit("refuse")),
    case("BND593", "slow", visit("none", outcome="timeout"), _CLEAN),
    case("BND593", "cut", visit("none", steps=steps("none", arrived={"cut": True})), _CLEAN),
    case("BND594", "hostile", visit("none", outcome="hostile"), _CLEAN),
    case("BND595", "torn", visit("none", completeness=Completeness(netlog=3, events=3, whole=False)), _CLEAN),
    case("BND596", "mute", recording(_CLEAN, canary=Canary()), _CLEAN),
    case(
        "BND596",
        "blind",
        recording(_CLEAN, canary=Canary(cross_site_cookie=False, unload_beacon=True)),
        recording(_CLEAN, canary=Canary(cross_site_cookie=True, unload_beacon=True)),
    ),
    case(
        "BND597",
        "no-reload",
        visit("refuse", steps=tuple(step for step in steps("refuse") if step.name != "reloaded")),
        visit("refuse"),
    ),
    case(
        "BND597",
        "one-page",
        visit("none", steps=_ONE_PAGE),
        recording(visit("none", steps=_ONE_PAGE), pages=(PAGE,)),
    ),
    case(
        "BND597",
        "asked-and-not-tried",
        recording(_CLEAN, options={"scenarios": ["none", "refuse"]}),
        recording(_CLEAN, options={"scenarios": ["none"]}),
    ),
    case(
        "BND597",
        "guard-not-blocked",
        visit("guard-blocked", call(_GUARD)),
        visit("guard-blocked", call(_GUARD, stopped=True)),
    ),
    case(
        "BND597", "signal-not-sent", visit("gpc", observations=(call(PAGE, type="document"),)), visit("gpc")
    ),
    case(
        "BND598",
        "without-a-trace",
        visit("only:social", _FRAME, _INSIDE, _LOOSE),
        visit("only:social", _FRAME, _INSIDE, _REFERRED),
    ),
    case(
        "BND598",
        "channel-that-could-not-leave",
        visit("none", socket("", "arrived", "webrtc", stopped=True)),
        visit("none", socket("", "arrived", "webrtc")),
    ),
    case(
        "BND598",
        "channel-of-nobody-allowed",
        visit("refuse", socket("", "reloaded", "webrtc", stopped=True)),
        visit(
            "accept",
            call(METER, "reloaded"),
            socket("", "reloaded", "webrtc", stopped=True, initiator_chain=(f"{METER}:1:1",)),
        ),
    ),
)
