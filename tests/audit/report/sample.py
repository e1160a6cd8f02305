"""A report with something in every part of it."""

from __future__ import annotations

from typing import Any

import msgspec

from bandeau.audit.observation import Socket
from bandeau.audit.recording import Canary, Completeness, EvidenceFile, Recording
from bandeau.audit.report.report import Report, make_report
from tests.audit.judge.case import FAR, HOUSE, METER, TUBE
from tests.audit.judge.made import (
    DAY,
    LOADED,
    PAGE,
    SITE,
    call,
    cookie,
    held,
    item,
    panel,
    recording,
    steps,
    visit,
)

#: A site that obeys, in every scenario.
EVERY = (
    "none", "refuse", "accept", "only:audience", "only:social", "only:ads", "all-but:audience", "all-but:social",
    "all-but:ads", "gpc", "withdraw", "bfcache", "no-js", "expired", "guard-blocked",
)  # fmt: skip
_FRAMED: dict[str, Any] = {
    "frame_url": TUBE,
    "frame_chain": (TUBE, PAGE),
    "initiator_chain": (f"{TUBE}:3:1",),
}
_BOUGHT: dict[str, Any] = {"initiator_chain": (f"{HOUSE}:9:9", PAGE)}


def clean_recording() -> Recording:
    """Return a recording of a site that keeps its word."""
    return recording(*(visit(name, number=number) for number, name in enumerate(EVERY, 1)))


def _allowed(scenario: str) -> tuple[Any, ...]:
    facts: list[Any] = []
    if scenario in (
        "accept",
        "only:social",
        "withdraw",
        "bfcache",
        "expired",
        "all-but:ads",
        "all-but:audience",
    ):
        facts += [
            call(TUBE, "second-page", type="document"),
            call("https://cdn.tube-static.example/player.js", "second-page", **_FRAMED),
        ]
    if scenario in ("accept", "only:ads", "all-but:social", "all-but:audience"):
        facts += [
            call(HOUSE, "second-page", stopped=True),
            call("https://bid.exchange.example/auction", "second-page", type="fetch", **_BOUGHT),
        ]
    if scenario in ("accept", "only:audience"):
        facts += [call(METER, "reloaded"), cookie("_m", "reloaded", max_age_seconds=182 * DAY)]
    return tuple(facts)


_PLANTED: dict[str, tuple[Any, ...]] = {
    "none": (
        call(METER, initiator_chain=(f"{SITE}/js/app.js:14:9", PAGE), cookies_sent=()),
        call("https://meter.example/hit?u=https%3A%2F%2Fwww.journal.example%2F", "left", type="ping"),
        cookie(
            "_m", setter=f"script:{METER}", initiator_chain=(f"{METER}:1:220",), max_age_seconds=182 * DAY
        ),
        call("https://fonts.gstatic.example/f.woff2", type="font"),
        call("https://player.tube.example/x.js", blocked_by="csp"),
        Socket(step="second-page", at_ms=2600, url="wss://meter.example/live", kind="websocket"),
    ),
    "refuse": (
        call(METER, "reloaded", initiator_chain=(f"{SITE}/js/app.js:14:9", PAGE)),
        item("local", "mk", "second-page", value_length=36),
    ),
    "withdraw": (
        cookie("_m", "after-choice", http_only=True, max_age_seconds=182 * DAY),
        cookie("viewer", "second-page", domain="tube.example", setter=f"http:{TUBE}"),
        held("_m", "left"),
        held("viewer", "left", "tube.example"),
    ),
    "accept": (
        cookie("prefs", "reloaded", max_age_seconds=800 * DAY),
        item("serviceworker", f"{SITE}/", "left"),
    ),
    "gpc": (call(HOUSE),),
}


def breaching_recording() -> Recording:
    """Return a recording of a site that breaks its word in many ways."""
    visits = []
    for number, name in enumerate(EVERY, 1):
        facts = (*_PLANTED.get(name, ()), *_allowed(name))
        files = (
            EvidenceFile(name=f"shots/{number}-arrived.png", kind="screenshot", step="arrived", digest="x"),
        )
        visits.append(visit(name, *facts, number=number, files=files))
    visits[1] = msgspec.structs.replace(
        visits[1],
        panel=panel(refuse={"rect": (10, 10, 96, 30), "font_size": 12.0}),
        steps=steps("refuse", second_page={"panel_shown": True}),
    )
    visits[12] = msgspec.structs.replace(visits[12], outcome="timeout", reason="the page never came to rest")
    whole = Completeness(netlog=612, events=610, ratio=0.9967, missed=("https://meter.example/hit",))
    canary = Canary(cross_site_cookie=True, unload_beacon=True, transient_cookie=True)
    return recording(*visits, completeness=whole, canary=canary)


def sample_report(**more: Any) -> Report:
    """Return the report of the site that breaks its word."""
    return make_report(breaching_recording(), LOADED, **more)


def clean_report(**more: Any) -> Report:
    """Return the report of the site that obeys."""
    return make_report(clean_recording(), LOADED, **more)


__all__ = ["EVERY", "FAR", "breaching_recording", "clean_recording", "clean_report", "sample_report"]
