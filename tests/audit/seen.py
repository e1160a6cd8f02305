"""A recording of a site that nobody protects, made by hand: what a scan reads."""

from __future__ import annotations

from typing import Any

from bandeau.audit.observation import CookieSet, Observation, Request, StorageItem
from bandeau.audit.recording import Recording, Step, Tool, Visit

SITE = "https://www.paper.example"
PAGE = f"{SITE}/a"
DAY = 86_400


def call(url: str, kind: str = "script", *, by: str = PAGE, **more: Any) -> Request:
    """A request that left the page; ``by`` is the script or document that led to it."""
    chain = (f"{by}:1:1",) if by != PAGE else ()
    given = {"frame_url": PAGE, "frame_chain": (PAGE,), "initiator_chain": chain, **more}
    return Request(step="arrived", at_ms=5, url=url, type=kind, **given)


def cookie(name: str, domain: str = "www.paper.example", **more: Any) -> CookieSet:
    """A cookie that was kept."""
    given = {"max_age_seconds": 395 * DAY, "host_only": True, "setter": f"script:{PAGE}:1:1", **more}
    return CookieSet(step="arrived", at_ms=9, name=name, domain=domain, **given)


def item(kind: Any, key: str, origin: str = SITE) -> StorageItem:
    """Something in a storage area."""
    return StorageItem(step="arrived", at_ms=9, origin=origin, kind=kind, key=key)


def recording(*facts: Observation, outcome: Any = "ok", url: str = PAGE) -> Recording:
    """One visit to one page."""
    visit = Visit(
        scenario="none",
        number=1,
        url=url,
        final_url=url,
        outcome=outcome,
        reason="" if outcome == "ok" else "nobody answered",
        steps=(Step(name="arrived", at_ms=0, url=url),),
        observations=facts,
    )
    return Recording(
        tool=Tool(browser="Chromium", browser_version="156.0"),
        started="2026-11-25T10:00:00Z",
        urls=(url,),
        pages=(url,),
        pages_known=12,
        visits=(visit,),
    )


#: Google Analytics and a film as their makers ship them, an unknown counter, a framework, own storage.
EVERYTHING = recording(
    call("https://www.googletagmanager.com/gtag/js?id=G-1"),
    call(
        "https://region1.google-analytics.com/g/collect",
        "fetch",
        by="https://www.googletagmanager.com/gtag/js",
    ),
    call(
        "https://www.youtube.com/embed/x", "document", frame_chain=("https://www.youtube.com/embed/x", PAGE)
    ),
    call(
        "https://googleads.g.doubleclick.net/pagead/id",
        "xhr",
        frame_chain=("https://www.youtube.com/embed/x", PAGE),
    ),
    call("https://js.counter.example/c.js"),
    call("https://eu.counter.example:8443/hit", "image", by="https://js.counter.example/c.js"),
    call(f"{SITE}/metrics/hit/7", "ping", method="POST"),
    call(f"{SITE}/app.js"),
    cookie("_ga", setter="script:https://www.googletagmanager.com/gtag/js:3:9"),
    cookie("_ga_G1", setter="script:https://www.googletagmanager.com/gtag/js:3:9"),
    cookie("_count", setter="script:https://js.counter.example/c.js:1:1", max_age_seconds=90 * DAY),
    cookie("uid", "counter.example", host_only=False, setter="http:https://eu.counter.example:8443/hit"),
    cookie("YSC", "youtube.com", host_only=False, max_age_seconds=None),
    cookie("sessionid", http_only=True, max_age_seconds=14 * DAY),
    cookie("mystery"),
    item("local", "seen_articles"),
)
