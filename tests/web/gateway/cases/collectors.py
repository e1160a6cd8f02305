"""Requests to first-party collectors."""

from __future__ import annotations

from tests.web.gateway.case import Case
from tests.web.gateway.cases.common import AUDIENCE, HELD

COLLECTORS = [
    *(
        Case(
            f"a refused collector gets nothing: {method} {host}{path}",
            method=method,
            path=path,
            host=host,
            reaches=False,
            csp="none",
            body="empty",
            answer=204,
            out={"cache-control": ["no-store"], "x-bandeau": ["held"]},
        )
        for method, host, path in (
            ("GET", "paper.example", "/metrics/hit"),
            ("POST", "paper.example", "/metrics/hit?u=1"),
            ("OPTIONS", "paper.example", "/metrics/"),
            ("HEAD", "paper.example", "/pixel.gif"),
            ("GET", "paper.example", "//metrics/hit"),
            ("GET", "paper.example", "/x/../metrics/h"),
            ("GET", "stats.paper.example", "/"),
            ("PUT", "STATS.paper.example:443", "/any/thing"),
        )
    ),
    Case(
        "an allowed collector is reached",
        cookie=AUDIENCE,
        path="/metrics/hit",
        type="text/plain",
        body="same",
        csp="refuse-all",
    ),
    Case(
        "an application cannot say that Bandeau answered in its place",
        cookie=AUDIENCE,
        path="/metrics/hit",
        type="text/plain",
        headers=(("X-Bandeau", "held"),),
        body="same",
        csp="refuse-all",
        out={"x-bandeau": []},
    ),
    Case("a path beside it is reached", path="/metric", has=HELD),
    Case(
        "a forged choice reaches nothing",
        cookie="__Host-bd=bad",
        path="/metrics/hit",
        reaches=False,
        body="empty",
        csp="none",
        answer=204,
    ),
]
