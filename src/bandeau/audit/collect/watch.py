"""Everything that listens to one browser, and the page that it looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from bandeau.audit.collect.cdp import BrowserGone, Refused
from bandeau.audit.collect.chromium import NOWHERE, Chromium
from bandeau.audit.collect.clock import Clock, now_ms
from bandeau.audit.collect.doorman import Doorman
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.material import Material, Snapshot
from bandeau.audit.collect.netlog import ends_with, read
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.sessions import Conditions, Session, Sessions
from bandeau.audit.collect.setters import Setters
from bandeau.audit.collect.storage import INVENTORY, Item, StorageEvents, items
from bandeau.audit.collect.tab import Pace, Tab
from bandeau.audit.collect.traffic import Traffic

_WRITTEN_SECONDS = 5.0
#: The name of a request that leads nowhere, made when everything else is over.
MARK = "over"


class Watch:
    """One browser under observation. ``tab`` is its page; ``clock`` knows the steps."""

    def __init__(self, browser: Chromium, conditions: Conditions, pace: Pace) -> None:
        self.browser = browser
        self.sessions = Sessions(browser.connection, conditions)
        self.frames = Frames()
        self.traffic = Traffic(self.frames)
        self.setters = Setters(browser.connection, self.frames)
        self.storage = StorageEvents()
        self.snapshots: list[Snapshot] = []
        self.clock = Clock(now_ms())
        listeners = (self.frames, self.traffic, self.setters, self.storage)
        self.sessions.listeners += [each.hear for each in listeners]
        self.sessions.ended.append(self.traffic.forget)
        self.sessions.set_up.append(self._plant)
        self.tab = Tab(browser.connection, self.sessions, self.traffic, self.frames, pace)

    async def start(self, options: AuditOptions | None = None) -> None:
        """Listen, and take the browser's window, as a site asks for it that is not public."""
        if options is not None:
            Doorman(self.sessions, options.hosts, options.http_auth, options.headers).start()
        await self.sessions.start()
        await self.tab.take()

    def _plant(self, session: Session) -> None:
        """Ask a page for its frames: a window may be there, and have some, before anybody can listen."""
        if session.is_page:
            self.sessions.ask(
                session, "Page.getFrameTree", lambda found: self.frames.plant(found["frameTree"])
            )

    def begin(self, step: str) -> None:
        """Begin a step: what happens from now on happens in it."""
        self.clock.begin(step, now_ms())

    async def snapshot(self) -> Snapshot:
        """Note what the browser and the page's frames hold, as the end of the step."""
        cookies, found = await asyncio.gather(
            self.browser.connection.call("Storage.getCookies"),
            self.tab.run_on(self.tab.each_frame(INVENTORY)),
        )
        step = self.clock.marks[-1][1]
        taken = Snapshot(step, now_ms(), tuple(cookies["cookies"]), self._items(found))
        self.snapshots.append(taken)
        return taken

    async def finish(
        self,
        is_stopped: Callable[[str], bool],
        salt: bytes,
        passed: Sequence[tuple[float, str, int]] = (),
        *,
        datagrams: bool = True,
    ) -> Material:
        """Close the browser and return what the visit brought home."""
        written = await self._write_out()
        await self.browser.close()
        netlog = await asyncio.to_thread(read, self.browser.netlog)
        netlog.whole |= written and not netlog.torn
        return Material(
            clock=self.clock,
            traffic=self.traffic,
            setters=self.setters,
            storage=self.storage,
            netlog=netlog,
            snapshots=self.snapshots,
            is_stopped=is_stopped,
            salt=salt,
            passed=tuple(passed),
            datagrams=datagrams,
        )

    async def _write_out(self) -> bool:
        """Wait until the NetLog holds all that happened; tell whether it does.

        The log is written some events at a time, and a busy machine ends the browser before the last are.
        So requests that lead nowhere are made: once they are in the log, all before them is.
        """
        try:
            async with asyncio.timeout(_WRITTEN_SECONDS):
                await self._ask_nowhere(MARK)
                while not await asyncio.to_thread(ends_with, self.browser.netlog, MARK):
                    await self._ask_nowhere(f"{MARK}-again")
                    await asyncio.sleep(0.01)
        except (TimeoutError, BrowserGone):
            return False
        return True

    async def _ask_nowhere(self, name: str) -> None:
        session = self.tab.session
        with suppress(Refused):
            await self.browser.connection.call(
                "Network.loadNetworkResource",
                session.id,
                frameId=session.frame,
                url=f"{NOWHERE}{name}",
                options={"disableCache": True, "includeCredentials": False},
            )

    def _items(self, found: list[object]) -> tuple[Item, ...]:
        top = next((str(each["origin"]) for each in found if isinstance(each, dict)), "")
        return tuple(dict.fromkeys(item for each in found for item in items(each, top)))
