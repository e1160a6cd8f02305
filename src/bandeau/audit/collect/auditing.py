"""One audit: the canary, the scout, then every scenario, as many at the same time as the machine bears."""

from __future__ import annotations

import asyncio
import platform
import re
import secrets
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

import msgspec

from bandeau.audit.collect.aliases import Aliases
from bandeau.audit.collect.canary import FIRST, OTHER, canary_server, sing
from bandeau.audit.collect.chromium import Launch, find
from bandeau.audit.collect.generic import GenericPanel
from bandeau.audit.collect.managers import Manager
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.ownpanel import OwnPanel
from bandeau.audit.collect.plays import Part, wish_of
from bandeau.audit.collect.scout import Scouted, scout
from bandeau.audit.collect.sessions import WINDOW_FRAME
from bandeau.audit.collect.visiting import (
    Equipment,
    Visited,
    explained,
    gate_for,
    languages,
    make_visit,
    name_rules,
)
from bandeau.audit.recording import Canary, Panel, Recording, Tool, Visit, total
from bandeau.audit.scenarios import Kind, Scenario

#: A visit reads so many pages; the rest of a longer sample is read by others, which carry its choice on.
PAGES_AT_ONCE = 4
#: Their plays have an order of their own, and go no further than their second page.
_SHORT = frozenset({Kind.WITHDRAW, Kind.BFCACHE, Kind.EXPIRED})
_SYSTEMS = {"Darwin": "Macintosh; Intel Mac OS X 10_15_7", "Linux": "X11; Linux x86_64"}

OnVisit = Callable[[Visit], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A visit to be made; ``first`` is the number of the one whose choice it carries on."""

    number: int
    repeat: int
    part: Part
    first: int | None = None


def audit_site(options: AuditOptions, *, on_visit: OnVisit | None = None) -> Recording:
    """Visit a site in every scenario, and return what was seen.

    ``on_visit`` is called after each visit, in the order in which they end: to show progress, or to keep
    them for ``AuditOptions.done`` of a run that is resumed.

    Raises:
        BrowserMissing: there is no Chromium, or it does not start.
    """
    executable = find(options.executable)
    # A thread of its own: the caller's may have an event loop already.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _Audit(options, executable, on_visit).run()).result()


class _Audit:
    def __init__(self, options: AuditOptions, executable: str, on_visit: OnVisit | None) -> None:
        self._options = options
        self._on_visit = on_visit or (lambda visit: None)
        self._gear = Equipment(
            options=options,
            executable=executable,
            arguments=_arguments(options, executable),
            salt=options.salt or secrets.token_bytes(16),
            managers=self._managers,
        )
        self._aliases = Aliases(options)
        self._room = asyncio.Semaphore(options.at_once)
        self._made: dict[int, asyncio.Future[Visited]] = {}

    async def run(self) -> Recording:
        started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        singing = asyncio.ensure_future(self._canary())
        scouted = await self._scout()
        visits = await self._visits(scouted)
        return Recording(
            tool=Tool(
                version=version("bandeau"),
                browser="Chromium",
                browser_version=scouted.product.partition("/")[2],
            ),
            started=started,
            urls=self._options.urls,
            visits=tuple(visits),
            canary=await singing,
            completeness=total(visit.completeness for visit in visits),
            policy_digest=self._options.policy.digest if self._options.policy else "",
            pages=scouted.sample.pages,
            pages_known=scouted.sample.known,
            options=_told(self._options),
        )

    def _managers(self) -> Sequence[Manager]:
        own = OwnPanel(self._options.policy)
        return (own, GenericPanel()) if self._options.generic else (own,)

    async def _canary(self) -> Canary:
        async with canary_server() as port, gate_for(self._options, {(FIRST, port), (OTHER, port)}) as gate:
            rules = f"--host-resolver-rules=EXCLUDE {FIRST}, EXCLUDE {OTHER}"
            launch = self._launch((rules, *(gate.arguments if gate else ())))
            return await sing(launch, port, self._gear.salt)

    async def _scout(self) -> Scouted:
        async with gate_for(self._options) as gate:
            launch = self._launch((*name_rules(self._options), *(gate.arguments if gate else ())))
            scouted = await scout(launch, self._options, self._managers())
            outcome, reason = explained(scouted.outcome, scouted.reason, gate)
            return replace(scouted, outcome=outcome, reason=reason)

    def _launch(self, more: tuple[str, ...]) -> Launch:
        return Launch(
            executable=self._gear.executable,
            arguments=(*self._gear.arguments, *more),
            languages=languages(self._options),
            datagrams=self._options.allow_private,
        )

    async def _visits(self, scouted: Scouted) -> list[Visit]:
        plans = plan(self._options, scouted.sample.pages)
        if scouted.outcome != "ok":
            return [_not_made(each, scouted) for each in plans]
        done = {visit.number: visit for visit in self._options.done}
        waiting = [each for each in plans if each.number not in done]
        loop = asyncio.get_running_loop()
        self._made = {each.number: loop.create_future() for each in waiting}
        alone = [each for each in waiting if self._is_alone(each)]
        async with asyncio.TaskGroup() as group:
            for each in waiting:
                if each not in alone:
                    group.create_task(self._one(each, scouted))
        for each in alone:
            await self._one(each, scouted)
        made = {number: future.result().visit for number, future in self._made.items()}
        return [(done | made)[each.number] for each in plans]

    def _is_alone(self, plan: _Plan) -> bool:
        """Tell whether a visit moves the site's clock, which would be every visit's."""
        return plan.part.scenario.kind is Kind.EXPIRED and self._options.move_server_clock is not None

    async def _one(self, plan: _Plan, scouted: Scouted) -> None:
        part = plan.part
        if plan.first is not None and plan.first in self._made:
            before = await asyncio.shield(self._made[plan.first])
            part = replace(part, carried=before.carried, manager=before.manager)
        async with self._room:
            visited = await make_visit(self._gear, part, number=plan.number, repeat=plan.repeat)
            if visited.visit.outcome == "crashed":
                visited = await make_visit(self._gear, part, number=plan.number, repeat=plan.repeat)
        if self._is_alone(plan) and self._options.move_server_clock is not None:
            await asyncio.to_thread(self._options.move_server_clock, 0)
        visited.visit = await self._completed(visited, scouted)
        self._made[plan.number].set_result(visited)
        self._on_visit(visited.visit)

    async def _completed(self, visited: Visited, scouted: Scouted) -> Visit:
        visit = visited.visit
        if scouted.panel is not None and visit.panel is not None and visit.panel.found:
            shown = next((step.at_ms for step in visit.steps if step.panel_shown), None)
            visit = msgspec.structs.replace(visit, panel=msgspec.structs.replace(scouted.panel, at_ms=shown))
        if visit.number == 1:
            visit = msgspec.structs.replace(visit, files=(*scouted.files, *visit.files))
        facts = [*visit.observations, *await self._aliases.of(visit.observations)]
        if self._options.server_side is not None:
            facts += await asyncio.to_thread(self._options.server_side, visited.cookies)
        facts.sort(key=lambda fact: fact.at_ms)
        return msgspec.structs.replace(visit, observations=tuple(facts))


def plan(options: AuditOptions, pages: tuple[str, ...]) -> list[_Plan]:
    """Return the visits of an audit, numbered from 1.

    Hands alternate: one scenario's choice is made by the mouse, the next one's by keys. Where only one
    makes a choice it is made twice, so that both have been tried.
    """
    plans: list[_Plan] = []
    choosing = 0
    for repeat in range(options.repeat):
        for scenario in options.tried:
            chooses = wish_of(scenario, options.switches, "click") is not None
            parts = _parts(scenario, pages, "key" if chooses and choosing % 2 else "click")
            choosing += chooses
            first = len(plans) + 1
            plans += [
                _Plan(first + index, repeat, part, first if index else None)
                for index, part in enumerate(parts)
            ]
    if choosing == 1:
        only = next(p for p in plans if wish_of(p.part.scenario, options.switches, "click") is not None)
        again = replace(only.part, how="key", pages=only.part.pages[:2])
        plans.append(_Plan(len(plans) + 1, only.repeat, again))
    return plans


def _parts(scenario: Scenario, pages: tuple[str, ...], how: str) -> list[Part]:
    # Two pages at least: a site of one page is read twice.
    pages = pages if len(pages) > 1 else (*pages, *pages)
    if scenario.kind in _SHORT:
        return [Part(scenario, pages[:2], how=how)]  # type: ignore[arg-type]
    return [
        Part(scenario, pages[start : start + PAGES_AT_ONCE], how=how)  # type: ignore[arg-type]
        for start in range(0, len(pages), PAGES_AT_ONCE)
    ]


def _not_made(plan: _Plan, scouted: Scouted) -> Visit:
    return Visit(
        scenario=plan.part.scenario.name,
        number=plan.number,
        url=plan.part.pages[0],
        outcome=scouted.outcome,
        reason=scouted.reason,
        repeat=plan.repeat,
        panel=Panel(found=False),
    )


def _arguments(options: AuditOptions, executable: str) -> tuple[str, ...]:
    width, height = options.viewport
    found = [f"--window-size={width},{height + WINDOW_FRAME}"]
    found += [f"--user-agent={_user_agent(executable)}"] if _user_agent(executable) else []
    if options.insecure:
        found.append("--ignore-certificate-errors")
    if languages(options):
        found.append(f"--lang={languages(options)}")
    return tuple(found)


def _user_agent(executable: str) -> str:
    """Return what Chromium says of itself with a window: some sites turn ``HeadlessChrome`` away.

    Of the version it tells the first number alone (User-Agent Reduction), so this is what it would send.
    """
    told = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    found = re.search(r"(\d+)\.\d+\.\d+\.\d+", told.stdout)
    system = _SYSTEMS.get(platform.system())
    if found is None or system is None:
        return ""
    return (
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{found[1]}.0.0.0 Safari/537.36"
    )


def _told(options: AuditOptions) -> dict[str, bool | int | float | str | list[str]]:
    """Return the options that change what is seen, without secrets."""
    return {
        "scenarios": [scenario.name for scenario in options.tried],
        "max_pages": options.max_pages,
        "sitemap": options.sitemap,
        "repeat": options.repeat,
        "advertising_stopped": list(options.advertising()),
        "allow_private": options.allow_private,
        "insecure": options.insecure,
        "generic": options.generic,
        "signed_in": options.storage_state is not None,
        "http_auth": options.http_auth is not None,
        "headers": sorted(name for name, _ in options.headers),
        "language": languages(options),
        "timezone": options.timezone,
        "viewport": f"{options.viewport[0]}x{options.viewport[1]}",
        "quiet_seconds": options.pace.quiet_seconds,
        "page_seconds": options.pace.page_seconds,
        "ahead_seconds": options.pace.ahead_seconds,
        "dwell_seconds": options.pace.dwell_seconds,
    }
