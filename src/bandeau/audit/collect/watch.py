"""Everything that listens to one browser, and the page that it looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bandeau.audit.collect.chromium import Chromium
from bandeau.audit.collect.clock import Clock, now_ms
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.material import Material, Snapshot
from bandeau.audit.collect.netlog import read
from bandeau.audit.collect.sessions import Conditions, Sessions
from bandeau.audit.collect.setters import Setters
from bandeau.audit.collect.storage import INVENTORY, Item, StorageEvents, items
from bandeau.audit.collect.tab import Pace, Tab
from bandeau.audit.collect.traffic import Traffic


class Watch:
    """One browser under observation. ``tab`` is its page; ``clock`` knows the steps."""

    def __init__(self, browser: Chromium, conditions: Conditions, pace: Pace) -> None:
        self.browser = browser
        self.sessions = Sessions(browser.connection, conditions)
        self.frames = Frames()
        self.traffic = Traffic(self.frames)
        self.setters = Setters(browser.connection)
        self.storage = StorageEvents()
        self.snapshots: list[Snapshot] = []
        self.clock = Clock(now_ms())
        listeners = (self.frames, self.traffic, self.setters, self.storage)
        self.sessions.listeners += [each.hear for each in listeners]
        self.sessions.ended.append(self.traffic.forget)
        self.tab = Tab(browser.connection, self.sessions, self.traffic, self.frames, pace)

    async def start(self) -> None:
        """Listen, and take the browser's window."""
        await self.sessions.start()
        await self.tab.take()

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

    async def finish(self, is_stopped: Callable[[str], bool], salt: bytes) -> Material:
        """Close the browser and return what the visit brought home."""
        closing = now_ms()
        await self.browser.close()
        netlog = await asyncio.to_thread(read, self.browser.netlog)
        netlog.whole = netlog.ends_after(closing)
        return Material(
            clock=self.clock,
            traffic=self.traffic,
            setters=self.setters,
            storage=self.storage,
            netlog=netlog,
            snapshots=self.snapshots,
            is_stopped=is_stopped,
            salt=salt,
        )

    def _items(self, found: list[object]) -> tuple[Item, ...]:
        top = next((str(each["origin"]) for each in found if isinstance(each, dict)), "")
        return tuple(dict.fromkeys(item for each in found for item in items(each, top)))
