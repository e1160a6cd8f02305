"""A reader with an empty profile: what it does step by step, and what each page was then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from bandeau.audit.collect.cdp import Message, Refused
from bandeau.audit.collect.cookies import settable
from bandeau.audit.collect.doorman import kept_items
from bandeau.audit.collect.evidence import keep
from bandeau.audit.collect.managers import Manager, Wish
from bandeau.audit.collect.options import AuditOptions, How
from bandeau.audit.collect.tab import Arrival, Hung
from bandeau.audit.collect.touch import follow, look_around
from bandeau.audit.collect.watch import Watch
from bandeau.audit.recording import ARRIVED, LEFT, SECOND_PAGE, ChoiceMade, EvidenceFile, Outcome, Step

_TAKES_SECONDS = 6.0
#: What a page sends while it is being left has left by then: Chromium gives it half a second.
_LEAVING_SECONDS = 0.6
_FACTS = """(() => {
  const root = document.documentElement, body = document.body, seen = innerWidth * innerHeight;
  let covered = false;
  for (let at = document.elementFromPoint(innerWidth / 2, innerHeight / 2); at; at = at.parentElement) {
    const { width, height } = at.getBoundingClientRect();
    const above = getComputedStyle(at).position === "fixed" || (at.localName === "dialog" && at.open);
    covered ||= above && width * height > seen * 0.4;
  }
  return { title: document.title.slice(0, 300), language: root.lang, text: body ? body.innerText.length : 0,
    covered };
})()"""
_CHALLENGES = re.compile(
    r"just a moment|attention required|access denied|are you (a )?(human|robot)|captcha|verify you are"
    r"|security check|pardon our interruption|request unsuccessful|bot detection",
    re.IGNORECASE,
)


class Stopped(Exception):
    """The visit cannot go on; ``outcome`` and the text say why."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        self.outcome = outcome
        super().__init__(reason)


class Reader:
    """Goes through the steps of a visit, and keeps what they were."""

    def __init__(self, watch: Watch, options: AuditOptions, managers: Sequence[Manager], label: str) -> None:
        self.watch = watch
        self.tab = watch.tab
        self.options = options
        self.steps: list[Step] = []
        self.choices: list[ChoiceMade] = []
        self.files: list[EvidenceFile] = []
        self.manager: Manager | None = None
        self.asked = False
        #: A script that puts Web Storage back, until the first page has run it.
        self._items = ""
        self._managers = managers
        self.label = label

    async def begin_with(self, carried: Sequence[Message] = ()) -> None:
        """Fill the empty profile: with a session to begin with, and the cookies of an earlier choice."""
        state = self.options.storage_state or {}
        given = state.get("cookies", ())
        cookies = [*(given if isinstance(given, list) else ()), *carried]
        if cookies:
            settled = [settable(cookie) for cookie in cookies]
            await self.watch.browser.connection.call("Storage.setCookies", cookies=settled)
        origins = state.get("origins", ())
        self._items = kept_items(origins if isinstance(origins, list) else ())

    async def arrive(self, url: str, step: str, *, referrer: str = "") -> Arrival:
        """Open a page as a step of its own.

        Raises:
            Stopped: no page came, or one against robots.
        """
        self.watch.begin(step)
        arrival = await self.tab.open(url, referrer=referrer, first=self._items)
        # Once: what the site takes away later stays away.
        self._items = ""
        return _came(arrival)

    async def reload(self, step: str) -> Arrival:
        """Load the page again as a step of its own.

        Raises:
            Stopped: it does not come again.
        """
        self.watch.begin(step)
        return _came(await self.tab.reload())

    async def back(self, step: str) -> Arrival:
        """Go back as a step of its own.

        Raises:
            Stopped: no page came.
        """
        self.watch.begin(step)
        return _came(await self.tab.back())

    async def explore(self) -> None:
        """Look around on the page, then ahead: the last that is done on it."""
        await look_around(self.tab)
        await self.tab.look_ahead()

    async def follow(self, pages: Sequence[str]) -> None:
        """Follow a link to one of some pages aside, where that page meets what this one does.

        A window asks for its page before anybody can listen: without the signal, without the headers of a
        staging site, and past what is held back by its path.
        """
        met, options = self.watch.sessions.conditions, self.options
        if not (met.gpc or met.blocked or options.headers or options.http_auth):
            await follow(self.tab, pages)

    async def note(self, arrival: Arrival) -> Step:
        """End a step: note what the page is, and what the browser holds."""
        facts = await self.tab.run_on(self.tab.evaluate(_FACTS)) or {}
        snapshot = await self.watch.snapshot()
        began = next(wall for wall, name in reversed(self.watch.clock.marks) if name == snapshot.step)
        step = Step(
            name=snapshot.step,
            at_ms=self.watch.clock.at(began),
            url=arrival.url,
            status=arrival.status,
            title=str(facts.get("title", "")),
            language=str(facts.get("language", "")),
            text_length=int(facts.get("text", 0)),
            panel_shown=await self._panel_shown(),
            covered=bool(facts.get("covered", False)),
            gpc=await self._gpc() if self.watch.sessions.conditions.gpc else None,
            entry=await self._entry(),
            quiet=arrival.quiet,
            cut=self.tab.cut,
        )
        self.steps.append(step)
        if len(self.steps) == 1:
            await self._picture(ARRIVED, "page")
            _check_first(arrival, step)
        return step

    async def choose(self, wish: Wish, step: str, *, after: str = "") -> None:
        """Make a choice as a step of its own, wait until it has taken, and note what it leaves.

        With ``after``, what it leaves is a step of its own, too.

        Raises:
            Stopped: there is no panel, or nothing shows that the choice took.
        """
        manager = await self._present()
        if manager is None:
            raise Stopped("panel-not-found", f"no consent panel was found on {self.tab.url}")
        await self._picture(step, "before")
        self.watch.begin(step)
        if after:
            began = self.watch.clock.marks[-1][0]
            self.steps.append(Step(name=step, at_ms=self.watch.clock.at(began), url=self.tab.url))
        # Noted before it is pressed: the site may hear of it, and the visit end before it is confirmed.
        self.choices.append(self._made(wish, step, wish.how, manager, confirmed=False))
        there = await manager.choose(self.tab, wish)
        confirmed = there and await self._takes(manager, wish)
        self.choices[-1] = self._made(wish, step, wish.how, manager, confirmed=confirmed)
        if after:
            self.watch.begin(after)
        quiet = await self.tab.settle()
        await self._picture(step, "after")
        await self.note(Arrival(self.tab.url, None, quiet=quiet))
        if not there:
            raise Stopped("panel-not-found", f"nothing to press for {wish.action!r} on {self.tab.url}")
        if not confirmed:
            raise Stopped(
                "choice-not-taken",
                f"{wish.action!r} was pressed by {wish.how}, nothing shows that it took",
            )

    def carries(self, wish: Wish, step: str, manager: Manager) -> None:
        """Note a choice that a cookie of an earlier visit carries."""
        self.manager = manager
        self.choices.append(self._made(wish, step, "cookie", manager, confirmed=True))

    def _made(self, wish: Wish, step: str, how: How, manager: Manager, *, confirmed: bool) -> ChoiceMade:
        return ChoiceMade(
            action=wish.action,
            how=how,
            step=step,
            granted=tuple(sorted(self._granted(wish))),
            confirmed=confirmed,
            cookie=next(iter(manager.cookies), ""),
        )

    async def read_on(self, pages: Sequence[str], *, referrer: str) -> None:
        """Visit further pages, each to its end."""
        for index, url in enumerate(pages):
            await self.tab.leave()
            name = SECOND_PAGE if index == 0 else f"page-{index + 2}"
            arrival = await self.arrive(url, name, referrer=referrer)
            await self.explore()
            await self.note(arrival)

    async def leave(self) -> None:
        """Leave the last page, and hear it out."""
        self.watch.begin(LEFT)
        await self.tab.leave()
        await asyncio.sleep(_LEAVING_SECONDS)
        await self.note(Arrival("", None))

    async def _panel_shown(self) -> bool | None:
        found = [manager for manager in self._known() if await self.tab.run_on(manager.is_asking(self.tab))]
        if found:
            self.manager, self.asked = found[0], True
        return bool(found) if self.manager else None

    async def _entry(self) -> Any:
        for manager in self._known():
            entry = await self.tab.run_on(manager.entry(self.tab))
            if entry is not None:
                self.manager = manager
                return entry
        return None

    async def _present(self) -> Manager | None:
        if self.manager is None:
            await self._panel_shown()
        if self.manager is None:
            await self._entry()
        return self.manager

    def _known(self) -> Sequence[Manager]:
        return (self.manager,) if self.manager else self._managers

    async def _gpc(self) -> bool | None:
        # In the page's own world: that is where the property was put.
        try:
            found = await self.tab.call(
                "Runtime.evaluate", expression="navigator.globalPrivacyControl", returnByValue=True, seconds=2
            )
        except (Refused, TimeoutError):
            return None
        value = found["result"].get("value")
        return value if isinstance(value, bool) else None

    async def _takes(self, manager: Manager, wish: Wish) -> bool:
        try:
            async with asyncio.timeout(_TAKES_SECONDS):
                while True:
                    try:
                        if await manager.has_taken(self.tab, wish):
                            return True
                    except Hung:
                        pass
                    await asyncio.sleep(0.04)
        except TimeoutError:
            return False

    def _granted(self, wish: Wish) -> frozenset[str]:
        return frozenset(self.options.switches) if wish.action == "accept" else wish.granted

    async def _picture(self, step: str, when: str) -> None:
        if self.options.evidence is not None:
            data = await self.tab.screenshot()
            self.files.append(keep(self.options.evidence, f"{self.label}-{step}-{when}.png", data, step))


def _came(arrival: Arrival) -> Arrival:
    if arrival.error:
        raise Stopped(*_failure(arrival))
    return arrival


def _failure(arrival: Arrival) -> tuple[Outcome, str]:
    if not arrival.quiet:
        return "timeout", arrival.error
    if "AUTH_CREDENTIALS" in arrival.error:
        return "unreachable", f"it asks for a name and a password ({arrival.error}); --http-auth gives them"
    return "unreachable", arrival.error


def _check_first(arrival: Arrival, step: Step) -> None:
    if arrival.status is None or arrival.status < 400:
        short = step.text_length < 1500
        if short and _CHALLENGES.search(step.title):
            raise Stopped("challenge", f"a page against robots came: {step.title!r}")
        return
    if arrival.status in (401, 403, 429, 503) and _CHALLENGES.search(step.title):
        raise Stopped("challenge", f"a page against robots came: {arrival.status}, {step.title!r}")
    raise Stopped("unreachable", f"{arrival.url} answers {arrival.status}")
