"""Single visits to a stage, and what they recorded beside what its servers saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bandeau.audit.collect.chromium import find
from bandeau.audit.collect.managers import Manager
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.ownpanel import OwnPanel
from bandeau.audit.collect.plays import Part
from bandeau.audit.collect.visiting import Equipment, make_visit
from bandeau.audit.observation import Request, Socket
from bandeau.audit.recording import Visit
from bandeau.audit.scenarios import Kind, Scenario

from .stage import Stage

NONE = Scenario(Kind.NONE)


def options_for(stage: Stage, *pages: str, **more: Any) -> AuditOptions:
    """Return options under which every name leads to the stage."""
    given = {"allow_private": True, "insecure": True, "resolver_rules": stage.resolver_rules, **more}
    return AuditOptions(urls=pages, **given)


def visit(options: AuditOptions, scenario: Scenario = NONE, pages: Sequence[str] = ()) -> Visit:
    """Make one visit, without canary and scout, in a thread of its own."""
    own: Callable[[], Sequence[Manager]] = lambda: [OwnPanel(options.policy)]  # noqa: E731
    arguments = ("--ignore-certificate-errors",) if options.insecure else ()
    gear = Equipment(options, find(), arguments, b"salt", own)
    part = Part(scenario, tuple(pages) or options.urls)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, make_visit(gear, part, number=1, repeat=0)).result().visit


def recorded(visit: Visit) -> Counter[str]:
    """Return what the recording says left the browser: method and address, and how often."""
    found = Counter(
        f"{fact.method} {fact.url.partition('#')[0]}"
        for fact in visit.observations
        if isinstance(fact, Request) and not fact.blocked_by and not fact.from_cache and not fact.stopped
    )
    return found + Counter(
        f"GET {fact.url}"
        for fact in visit.observations
        if isinstance(fact, Socket) and fact.kind == "websocket" and not fact.blocked_by
    )


def requests(visit: Visit, part: str) -> list[Request]:
    """Return the requests whose address holds some text."""
    return [fact for fact in visit.observations if isinstance(fact, Request) and part in fact.url]
