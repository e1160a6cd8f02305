"""Plays: what a reader does in each scenario, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bandeau.audit.collect.cookies import settable
from bandeau.audit.collect.managers import Manager, Wish
from bandeau.audit.collect.reader import Reader
from bandeau.audit.collect.tab import Arrival
from bandeau.audit.collect.touch import look_around
from bandeau.audit.recording import (
    AFTER_CHOICE,
    ARRIVED,
    BACK,
    BEFORE_CHOICE,
    CHOICE,
    LATER,
    RELOADED,
    SECOND_PAGE,
    WITHDRAWN,
    WITHDRAWN_RELOADED,
)
from bandeau.audit.scenarios import Kind, Scenario

_DAY_SECONDS = 86_400
_CHOOSING = (Kind.REFUSE, Kind.ACCEPT, Kind.ONLY, Kind.ALL_BUT)


@dataclass(frozen=True, slots=True)
class Part:
    """What one visit plays: its scenario, its pages, and by whose hand the choice is made.

    ``carried`` are the cookies of an earlier visit's choice, which then is not made again.
    """

    scenario: Scenario
    pages: tuple[str, ...]
    how: Literal["click", "key"] = "click"
    carried: tuple[dict[str, Any], ...] = ()
    manager: Manager | None = None


def wish_of(scenario: Scenario, switches: Sequence[str], how: Literal["click", "key"]) -> Wish | None:
    """Return the choice that a scenario begins with, ``None`` when it makes none.

    >>> wish_of(Scenario(Kind.ONLY, "ads"), ("audience", "ads"), "key")
    Wish(action='save', granted=frozenset({'ads'}), how='key')
    """
    if scenario.kind in (Kind.ONLY, Kind.ALL_BUT):
        return Wish("save", scenario.granted(switches), how)
    if scenario.kind in (Kind.REFUSE, Kind.NO_JS):
        return Wish("refuse", how=how)
    if scenario.kind in (Kind.ACCEPT, Kind.WITHDRAW, Kind.BFCACHE, Kind.EXPIRED):
        return Wish("accept", how=how)
    return None


async def play(reader: Reader, part: Part) -> None:
    """Play a part to its end."""
    if part.carried and part.manager is not None:
        await _carried_on(reader, part)
    else:
        await _PLAYS.get(part.scenario.kind, _nothing_chosen)(reader, part)
    await reader.leave()


async def _carried_on(reader: Reader, part: Part) -> None:
    wish = wish_of(part.scenario, reader.options.switches, part.how)
    if wish is not None and part.manager is not None:
        reader.carries(wish, ARRIVED, part.manager)
    first, *others = part.pages
    arrival = await reader.arrive(first, ARRIVED)
    await reader.explore()
    await reader.note(arrival)
    await reader.read_on(others, referrer=first)


async def _nothing_chosen(reader: Reader, part: Part) -> None:
    """Carry on browsing: looking, scrolling, Escape and going to another page are no choice (EU-07)."""
    first, *others = part.pages
    await reader.note(await reader.arrive(first, ARRIVED))
    reader.watch.begin(BEFORE_CHOICE)
    await look_around(reader.tab)
    await reader.follow(others)
    await reader.tab.press("Escape")
    quiet = await reader.tab.settle()
    await reader.note(Arrival(reader.tab.url, None, quiet=quiet))
    await _reload(reader)
    await reader.read_on(others, referrer=first)


async def _chosen(reader: Reader, part: Part) -> None:
    first, *others = part.pages
    await _choose_first(reader, part)
    await _reload(reader, others)
    await reader.read_on(others, referrer=first)


async def _without_scripts(reader: Reader, part: Part) -> None:
    """Refuse by the form alone; where nothing asks, nothing is chosen."""
    first, *others = part.pages
    step = await reader.note(await reader.arrive(first, ARRIVED))
    if step.panel_shown:
        await reader.choose(Wish("refuse", how=part.how), CHOICE, after=AFTER_CHOICE)
    await _reload(reader)
    await reader.read_on(others, referrer=first)


async def _withdrawn(reader: Reader, part: Part) -> None:
    first, *others = part.pages
    await _choose_first(reader, part)
    arrival = await reader.reload(RELOADED)
    await look_around(reader.tab)
    await reader.note(arrival)
    await reader.choose(Wish("withdraw", how=part.how), WITHDRAWN)
    arrival = await reader.reload(WITHDRAWN_RELOADED)
    await reader.explore()
    await reader.note(arrival)
    await reader.read_on(others[:1], referrer=first)


async def _brought_back(reader: Reader, part: Part) -> None:
    """Accept on one page, withdraw on the next, go back: the first page may come back as it was left."""
    first, *others = part.pages
    await _choose_first(reader, part)
    await look_around(reader.tab)
    arrival = await reader.arrive(others[0] if others else first, SECOND_PAGE, referrer=first)
    await reader.note(arrival)
    await reader.choose(Wish("withdraw", how=part.how), WITHDRAWN)
    arrival = await reader.back(BACK)
    await reader.explore()
    await reader.note(arrival)


async def _expired(reader: Reader, part: Part) -> None:
    """Accept, then come back a day after the choice has ended."""
    first, *others = part.pages
    days = reader.options.remember_days + 1
    await _choose_first(reader, part)
    await _reload(reader)
    await reader.tab.leave()
    await _pass_days(reader, days)
    arrival = await reader.arrive(first, LATER)
    await reader.explore()
    await reader.note(arrival)
    await reader.read_on(others[:1], referrer=first)


async def _choose_first(reader: Reader, part: Part) -> None:
    await reader.note(await reader.arrive(part.pages[0], ARRIVED))
    wish = wish_of(part.scenario, reader.options.switches, part.how)
    if wish is not None:
        await reader.choose(wish, CHOICE, after=AFTER_CHOICE)


async def _reload(reader: Reader, others: Sequence[str] = ()) -> None:
    arrival = await reader.reload(RELOADED)
    await reader.follow(others)
    await reader.explore()
    await reader.note(arrival)


async def _pass_days(reader: Reader, days: int) -> None:
    """Let time pass: cookies end as they would, and the clocks of pages and of the site move."""
    seconds = days * _DAY_SECONDS
    now = reader.watch.clock.now_seconds()
    kept = [cookie for cookie in await reader.tab.cookies() if cookie["expires"] > now + seconds]
    connection = reader.watch.browser.connection
    await connection.call("Storage.clearCookies")
    if kept:
        await connection.call("Storage.setCookies", cookies=[settable(cookie) for cookie in kept])
    reader.watch.sessions.move_clock(seconds * 1000)
    if reader.options.move_server_clock is not None:
        await asyncio.to_thread(reader.options.move_server_clock, days)


_PLAYS: dict[Kind, Callable[[Reader, Part], Awaitable[None]]] = {
    **dict.fromkeys(_CHOOSING, _chosen),
    Kind.NO_JS: _without_scripts,
    Kind.WITHDRAW: _withdrawn,
    Kind.BFCACHE: _brought_back,
    Kind.EXPIRED: _expired,
}
