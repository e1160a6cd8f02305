"""One visit: a browser with an empty profile, a part to play, and what it brought home as a ``Visit``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bandeau.audit.collect.assembling import assemble
from bandeau.audit.collect.cdp import BrowserGone, Refused
from bandeau.audit.collect.chromium import Chromium, Launch, chromium
from bandeau.audit.collect.evidence import keep_netlog
from bandeau.audit.collect.gate import Gate, open_gate
from bandeau.audit.collect.guardian import guard
from bandeau.audit.collect.managers import Manager
from bandeau.audit.collect.masking import mask_of
from bandeau.audit.collect.netlog import DICTIONARIES
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.plays import Part, play
from bandeau.audit.collect.reader import Reader, Stopped
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Hung
from bandeau.audit.collect.watch import Watch
from bandeau.audit.observation import Observation
from bandeau.audit.recording import Completeness, Outcome, Panel, Visit
from bandeau.audit.scenarios import Kind
from bandeau.core.hostpattern import HostPattern

#: What a visit of two pages may take, and each page more; a page that hinders it ends well before.
_VISIT_SECONDS, _PAGE_SECONDS = 50.0, 12.0
_GRANTING = frozenset({Kind.ACCEPT, Kind.ONLY, Kind.ALL_BUT, Kind.WITHDRAW, Kind.BFCACHE, Kind.EXPIRED})
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(slots=True)
class Equipment:
    """What all visits of an audit share."""

    options: AuditOptions
    executable: str
    arguments: tuple[str, ...]
    salt: bytes
    managers: Callable[[], Sequence[Manager]]


@dataclass(slots=True)
class Visited:
    """A visit, and the cookies with which a later one can carry its choice on."""

    visit: Visit
    carried: tuple[dict[str, Any], ...] = ()
    manager: Manager | None = None
    #: Names and values of the cookies at the end of each step: for the site's own server alone.
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)


async def make_visit(gear: Equipment, part: Part, *, number: int, repeat: int) -> Visited:
    """Make a visit. Whatever the page does, a verdict can be given: the outcome says how it ended."""
    options, stopped = gear.options, _stopped_hosts(gear.options, part)
    async with gate_for(
        options, is_stopped=lambda host: any(p.matches(host, None, "/") for p in stopped)
    ) as gate:
        launch = Launch(
            executable=gear.executable,
            arguments=(*gear.arguments, *name_rules(options, stopped), *(gate.arguments if gate else ())),
            languages=languages(options),
            datagrams=options.allow_private,
        )
        return await _in_browser(gear, launch, part, gate, number=number, repeat=repeat)


async def _in_browser(
    gear: Equipment, launch: Launch, part: Part, gate: Gate | None, *, number: int, repeat: int
) -> Visited:
    async with chromium(launch) as browser:
        watch = Watch(browser, _conditions(gear.options, part), gear.options.pace)
        reader = Reader(watch, gear.options, gear.managers(), f"{part.scenario.name}-{number}")
        outcome, reason = await _attempt(reader, part)
        outcome, reason = explained(outcome, reason, gate)
        passed = gate.passed if gate else ()
        return await _home(gear, browser, reader, part, outcome, reason, passed, number=number, repeat=repeat)


async def _attempt(reader: Reader, part: Part) -> tuple[Outcome, str]:
    """Play the part under guard, and return how it ended."""
    options = reader.options
    seconds = _VISIT_SECONDS + _PAGE_SECONDS * max(0, len(part.pages) - 2)
    playing = asyncio.ensure_future(_played(reader, part))
    guarding = asyncio.ensure_future(
        guard(reader.watch, max_memory_mb=options.max_memory_mb, max_received_mb=options.max_received_mb)
    )
    try:
        async with asyncio.timeout(seconds):
            await asyncio.wait((playing, guarding), return_when=asyncio.FIRST_COMPLETED)
            for task in (guarding, playing):
                if task.done():
                    task.result()
    except Stopped as stopped:
        return stopped.outcome, str(stopped)
    except Hung as hung:
        return "hostile", str(hung)
    except BrowserGone:
        return "crashed", "the browser ended by itself"
    except Refused as refused:
        return "crashed", f"the page is gone: {refused}"
    except TimeoutError:
        return "timeout", f"the visit was not over after {seconds:g} s"
    finally:
        for task in (playing, guarding):
            task.cancel()
        await asyncio.gather(playing, guarding, return_exceptions=True)
    return "ok", ""


async def _played(reader: Reader, part: Part) -> None:
    await reader.watch.start(reader.options)
    await reader.begin_with(part.carried)
    await play(reader, part)


async def _home(
    gear: Equipment,
    browser: Chromium,
    reader: Reader,
    part: Part,
    outcome: Outcome,
    reason: str,
    passed: Sequence[tuple[float, str, int]],
    *,
    number: int,
    repeat: int,
) -> Visited:
    watch = reader.watch
    if not watch.clock.marks:
        watch.begin("arrived")
    cookies: tuple[dict[str, Any], ...] = ()
    if outcome == "ok" and reader.manager is not None:
        kept = watch.snapshots[-1].cookies if watch.snapshots else ()
        cookies = tuple(cookie for cookie in kept if cookie["name"] in reader.manager.cookies)
    material = await watch.finish(
        _is_stopped(gear.options, part), gear.salt, passed, datagrams=gear.options.allow_private
    )
    mask = mask_of(material, (*part.pages, *(step.url for step in reader.steps)))
    if gear.options.evidence is not None:
        secret = frozenset(name for name, _ in gear.options.headers)
        log = keep_netlog(
            gear.options.evidence, f"{reader.label}-netlog.json.gz", browser.netlog, secret, mask
        )
        reader.files += [log] if log else []
    observations, completeness = await asyncio.to_thread(assemble, material, mask)
    visit = _visit(reader, part, outcome, reason, observations, completeness, number=number, repeat=repeat)
    held = {s.step: {cookie["name"]: cookie["value"] for cookie in s.cookies} for s in watch.snapshots}
    return Visited(visit, cookies, reader.manager, held)


def _visit(
    reader: Reader,
    part: Part,
    outcome: Outcome,
    reason: str,
    observations: tuple[Observation, ...],
    completeness: Completeness,
    *,
    number: int,
    repeat: int,
) -> Visit:
    first = reader.steps[0] if reader.steps else None
    return Visit(
        scenario=part.scenario.name,
        number=number,
        url=part.pages[0],
        outcome=outcome,
        final_url=first.url if first else "",
        status=first.status if first else None,
        reason=reason,
        repeat=repeat,
        steps=tuple(reader.steps),
        choices=tuple(reader.choices),
        panel=Panel(found=reader.asked, manager=reader.manager.name if reader.manager else ""),
        files=tuple(reader.files),
        completeness=completeness,
        observations=observations,
    )


def _conditions(options: AuditOptions, part: Part) -> Conditions:
    kind = part.scenario.kind
    blocked: tuple[str, ...] = ()
    if kind is Kind.GUARD_BLOCKED:
        blocked = (f"*://*:*{options.prefix}/g.*",)
    if kind in _GRANTING:
        blocked += tuple(f"*://{text}" for text in options.advertising() if "/" in text)
    return Conditions(
        gpc=kind is Kind.GPC,
        scripts=kind is not Kind.NO_JS,
        blocked=blocked,
        timezone=options.timezone,
        viewport=options.viewport,
    )


@asynccontextmanager
async def gate_for(
    options: AuditOptions,
    allowed: Iterable[tuple[str, int]] = (),
    *,
    is_stopped: Callable[[str], bool] = lambda host: False,
) -> AsyncIterator[Gate | None]:
    """Open the gate that a browser of this audit goes out by; ``None`` where it may go anywhere."""
    if options.allow_private:
        yield None
        return
    async with open_gate(
        Gate(resolve=options.resolve, allowed=frozenset(allowed), is_stopped=is_stopped)
    ) as gate:
        yield gate


def name_rules(options: AuditOptions, stopped: Iterable[HostPattern] = ()) -> tuple[str, ...]:
    """Return Chromium's rules for names; what is stopped has no address in this browser."""
    rules = [f"MAP {host} ~NOTFOUND" for host in (f"*.{DICTIONARIES}", *(each.host for each in stopped))]
    rules += [options.resolver_rules] if options.resolver_rules else []
    return (f"--host-resolver-rules={', '.join(rules)}",)


def _stopped_hosts(options: AuditOptions, part: Part) -> list[HostPattern]:
    if part.scenario.kind not in _GRANTING:
        return []
    patterns = map(HostPattern.parse, options.advertising())
    return [pattern for pattern in patterns if not pattern.path]


def explained(outcome: Outcome, reason: str, gate: Gate | None) -> tuple[Outcome, str]:
    """Return an outcome and its reason; where the gate was in the way it says so."""
    if gate is None or not gate.refused or "ERR_SOCKS" not in reason:
        return outcome, reason
    host, address = next(iter(gate.refused.items()))
    leads = "" if address == host else f"leads to {address}, which "
    return (
        "refused-address",
        f"{host} {leads}is not public; --allow-private lets the audit go there",
    )


def _is_stopped(options: AuditOptions, part: Part) -> Callable[[str], bool]:
    if part.scenario.kind not in _GRANTING:
        return lambda url: False
    patterns = [HostPattern.parse(text) for text in options.advertising()]

    def stopped(url: str) -> bool:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
        return any(pattern.matches(parts.hostname or "", port, parts.path or "/") for pattern in patterns)

    return stopped


def languages(options: AuditOptions) -> str:
    """Return the language in which pages are asked for, ``""`` for the browser's own."""
    wanted = options.language or (options.policy.site.default_language if options.policy else "")
    return wanted if re.fullmatch(r"[A-Za-z0-9-]+", wanted) else ""
