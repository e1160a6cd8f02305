"""One page of a visit, used as a reader would: opened, waited for, scrolled, clicked, left."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bandeau.audit.collect.ahead import Clocks
from bandeau.audit.collect.cdp import Connection, Message, Refused
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.sessions import Session, Sessions
from bandeau.audit.collect.traffic import Asked, Traffic

T = TypeVar("T")

_WORLD = "bandeau"
_ERROR_PAGE = "chrome-error:"
_IDLE = "new Promise(done => requestIdleCallback(() => done(1), { timeout: 500 }))"
#: Idle callbacks of frames out of sight are put off, so there only what is queued already is waited for.
_TURN = """new Promise(done => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => { port1.close(); done(1); };
  port2.postMessage(0);
})"""
_RESTLESS_SECONDS = 2.0
#: The Control key among the modifiers of an event (Input domain of the protocol).
_CONTROL = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a page is waited for."""

    #: Nothing asked for during this long, and an idle main thread: the page has come to rest.
    quiet_seconds: float = 0.25
    #: A page that does not come to rest is stopped, and judged by what it did.
    page_seconds: float = 10.0
    #: How far the clock of a page at rest is advanced, to see what it does later; 0: not at all.
    ahead_seconds: float = 35.0
    #: What advancing may take in real time.
    ahead_cap_seconds: float = 2.0
    #: A real wait besides, for timers of workers, which cannot be advanced.
    dwell_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of opening an address."""

    url: str
    status: int | None
    error: str = ""
    quiet: bool = True


class Hung(Exception):
    """The page no longer answers."""


class Tab:
    """The page that a visit looks at."""

    def __init__(
        self, connection: Connection, sessions: Sessions, traffic: Traffic, frames: Frames, pace: Pace
    ) -> None:
        self.session = Session("", "page", "", "", "")
        self.pace = pace
        self.dialogs = 0
        self._connection = connection
        self._sessions = sessions
        self._traffic = traffic
        self._frames = frames
        self._loaded = asyncio.Event()
        self._clocks = Clocks(connection, sessions, pace.ahead_cap_seconds)
        self._restless = False
        #: Whether the page was stopped before it had loaded.
        self.cut = False
        sessions.listeners.append(self._hear)

    async def take(self) -> None:
        """Take the window that the browser opened with."""
        found = await self._connection.call("Target.getTargets")
        target = next(t for t in found["targetInfos"] if t["type"] == "page")
        self.session = await self._sessions.page(target["targetId"])
        # This page was not paused: a navigation must not overtake what was sent to set it up.
        await self.call("Runtime.evaluate", expression="0")

    @property
    def url(self) -> str:
        """The address of the page's document."""
        return self._frames.url(self.session.frame)

    async def open(self, url: str, *, referrer: str = "", first: str = "") -> Arrival:
        """Open an address and wait until the page is at rest; ``first`` is a script that it begins with."""
        if not first:
            return await self._go("Page.navigate", url=url, referrer=referrer)
        added = await self.call("Page.addScriptToEvaluateOnNewDocument", source=first)
        arrival = await self._go("Page.navigate", url=url, referrer=referrer)
        await self.call("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])
        return arrival

    async def reload(self) -> Arrival:
        """Load the page again."""
        return await self._go("Page.reload")

    async def back(self) -> Arrival:
        """Go back, as with the browser's button: Chromium may bring the page back as it was left."""
        history = await self.call("Page.getNavigationHistory")
        before = history["entries"][history["currentIndex"] - 1]
        return await self._go("Page.navigateToHistoryEntry", entryId=before["id"])

    async def leave(self) -> None:
        """Leave the page for an empty one."""
        self._clocks.release()
        await self._go("Page.navigate", url="about:blank")

    async def close(self) -> None:
        """Close the page; what it sends as it goes has been handed to the network before it is gone."""
        await self._connection.call("Target.createTarget", url="about:blank", background=True)
        closing = self._session_end()
        await self._connection.call("Target.closeTarget", targetId=self.session.target)
        async with asyncio.timeout(5):
            await closing.wait()

    async def call(self, method: str, /, **params: Any) -> Message:
        """Send a command to the page."""
        return await self._connection.call(method, self.session.id, **params)

    async def call_in(self, session: Session, method: str, /, **params: Any) -> Message:
        """Send a command to the page, or to a frame inside it that has a session of its own."""
        return await self._connection.call(method, session.id, **params)

    def within(self) -> list[Session]:
        """Return the sessions of the page and of the frames inside it, outer ones first."""
        return self._sessions.within(self.session)

    async def cookies(self) -> list[Message]:
        """Return every cookie that the browser holds."""
        return list((await self._connection.call("Storage.getCookies"))["cookies"])

    async def settle(self) -> bool:
        """Wait until the page has come to rest; tell whether it did before the time was over."""
        try:
            async with asyncio.timeout(self._cap()):
                while True:
                    await self._still()
                    before = (self._traffic.count, self._frames.navigations)
                    await self._idle()
                    if before == (self._traffic.count, self._frames.navigations) and self._rests():
                        return True
        except TimeoutError:
            # A page that has loaded and still asks for something will do so again; one that loads slowly
            # is given its time each time.
            self.cut = not self._loaded.is_set() or self._traffic.awaits_code()
            self._restless = not self.cut
            self._sessions.send(self.session, "Page.stopLoading")
            return False

    def _cap(self) -> float:
        """Return how long the page is waited for: once it never came to rest, not for long again."""
        return min(self.pace.page_seconds, _RESTLESS_SECONDS) if self._restless else self.pace.page_seconds

    async def look_ahead(self) -> None:
        """Advance the clocks of the page and its frames: what was to come later comes now.

        The clocks stand still afterwards, until ``run_on`` or until the page is left.
        """
        if self.pace.dwell_seconds:
            await asyncio.sleep(self.pace.dwell_seconds)
        if not self.pace.ahead_seconds or not self._sessions.conditions.scripts:
            return
        endless = bool(self._traffic.endless or self._traffic.pending)
        sessions = self._sessions.within(self.session)
        await self._clocks.advance(sessions, self.pace.ahead_seconds, waits=not endless)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self._cap(), self.pace.ahead_cap_seconds)):
                await self._still()

    async def run_on(self, work: Awaitable[T]) -> T:
        """Let clocks that stand still run on for as long as some work takes, which needs the page."""
        return await self._clocks.run_on(work)

    def windows(self) -> list[Session]:
        """Return the sessions of the pages that are open, this one and those that it opened."""
        return [session for session in self._sessions.pages() if session.kind == "page"]

    async def shut(self, session: Session) -> None:
        """Close a page that this one opened."""
        with suppress(Refused):
            await self._connection.call("Target.closeTarget", targetId=session.target)

    async def evaluate(self, expression: str, *, seconds: float = 5.0, frame: str = "") -> Any:
        """Return the value of an expression, read in a world of its own.

        Raises:
            Hung: the page does not answer.
        """
        return await self.evaluate_in(self.session, frame or self.session.frame, expression, seconds=seconds)

    async def evaluate_in(
        self, session: Session, frame: str, expression: str, *, seconds: float = 5.0
    ) -> Any:
        """Return the value of an expression in a frame; ``None`` when the frame is gone."""
        try:
            async with asyncio.timeout(seconds):
                world = await self._connection.call(
                    "Page.createIsolatedWorld", session.id, frameId=frame, worldName=_WORLD
                )
                answer = await self._connection.call(
                    "Runtime.evaluate",
                    session.id,
                    expression=expression,
                    contextId=world["executionContextId"],
                    awaitPromise=True,
                    returnByValue=True,
                    userGesture=False,
                )
        except Refused:
            return None
        except TimeoutError:
            raise Hung(f"the page did not answer within {seconds:g} s") from None
        return answer["result"].get("value")

    async def each_frame(self, expression: str, *, seconds: float = 5.0) -> list[Any]:
        """Return the values of an expression in every frame of the page, one per session and origin."""
        asked = []
        for session in self._sessions.within(self.session):
            try:
                tree = (await self._connection.call("Page.getFrameTree", session.id, seconds=seconds))[
                    "frameTree"
                ]
            except (Refused, TimeoutError):
                continue
            asked += [self._or_none(session, frame, expression, seconds) for frame in _one_per_origin(tree)]
        return list(await asyncio.gather(*asked))

    async def _or_none(self, session: Session, frame: str, expression: str, seconds: float) -> Any:
        try:
            return await self.evaluate_in(session, frame, expression, seconds=seconds)
        except Hung:
            return None

    async def click(self, x: float, y: float, *, aside: bool = False) -> None:
        """Press and release the mouse at a place of the viewport; ``aside`` opens links in another tab."""
        at = {"x": x, "y": y, "button": "left", "clickCount": 1, "modifiers": _CONTROL if aside else 0}
        self._sessions.send(self.session, "Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self._sessions.send(self.session, "Input.dispatchMouseEvent", type="mousePressed", buttons=1, **at)
        await self.call("Input.dispatchMouseEvent", type="mouseReleased", **at)

    async def press(self, key: str) -> None:
        """Press and release a key: ``Tab``, ``Enter``, ``Escape``, ``Space`` or ``ArrowDown``."""
        code, number, text = _KEYS[key]
        pressed = {"key": " " if key == "Space" else key, "code": code, "windowsVirtualKeyCode": number}
        kind = "keyDown" if text else "rawKeyDown"
        more = {"text": text} if text else {}
        self._sessions.send(self.session, "Input.dispatchKeyEvent", type=kind, **pressed, **more)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    async def screenshot(self) -> bytes:
        """Return a picture (PNG) of what the reader sees."""
        answer = await self.call("Page.captureScreenshot", format="png", optimizeForSpeed=True)
        return base64.b64decode(answer["data"])

    async def _go(self, method: str, /, **params: Any) -> Arrival:
        self._loaded.clear()
        self.cut = False
        try:
            answer = await self._connection.call(
                method, self.session.id, seconds=self.pace.page_seconds, **params
            )
        except TimeoutError:
            self._sessions.send(self.session, "Page.stopLoading")
            return Arrival(self.url, None, "no answer in time", quiet=False)
        if answer.get("errorText"):
            return Arrival(self.url, None, answer["errorText"])
        quiet = await self.settle()
        if self.url.startswith(_ERROR_PAGE):
            return Arrival(self.url, None, self._failure(), quiet=quiet)
        return Arrival(self.url, self._status(), quiet=quiet)

    def _status(self) -> int | None:
        documents = self._documents()
        return documents[-1].status if documents else None

    def _failure(self) -> str:
        """Return why Chromium shows a page of its own in place of the one that was asked for."""
        return next((a.error for a in reversed(self._documents()) if a.error), "") or "no page came"

    def _documents(self) -> list[Asked]:
        asked = self._traffic.asked
        return [a for a in asked if a.type == "document" and not a.frame_chain and not a.prerender]

    def _rests(self) -> bool:
        return self._loaded.is_set() and not self._traffic.pending

    async def _still(self) -> None:
        """Wait until everything has loaded and nothing was asked for during a while."""
        await self._loaded.wait()
        while True:
            self._traffic.changed.clear()
            try:
                async with asyncio.timeout(self.pace.quiet_seconds):
                    await self._traffic.changed.wait()
            except TimeoutError:
                if self._rests():
                    return
                await asyncio.sleep(0.01)
                await self._loaded.wait()

    async def _idle(self) -> None:
        """Wait until the main threads of the page and its frames have nothing to do."""
        if not self._sessions.conditions.scripts:
            return
        page, *inside = self._sessions.within(self.session)
        asked = [self._or_none(session, session.frame, _TURN, 2.0) for session in inside]
        await asyncio.gather(self._or_none(page, page.frame, _IDLE, 2.0), *asked)

    def _session_end(self) -> asyncio.Event:
        ended = asyncio.Event()
        session = self.session
        self._sessions.ended.append(lambda gone: ended.set() if gone is session else None)
        return ended

    def _hear(self, session: Session, method: str, params: Message) -> None:
        if session is not self.session:
            return
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Page.frameNavigated" and "parentId" not in params["frame"]:
            self._traffic.leave(session, params["frame"].get("loaderId", ""))
            if params.get("type") == "BackForwardCacheRestore":
                self._loaded.set()
        elif method == "Page.frameStartedLoading" and params["frameId"] == session.frame:
            self._loaded.clear()
        elif method == "Page.frameStoppedLoading" and params["frameId"] == session.frame:
            self._loaded.set()
        elif method == "Page.javascriptDialogOpening":
            self.dialogs += 1


def _one_per_origin(tree: Message) -> list[str]:
    """Return a frame of each origin of a tree; the storage of frames of one origin is the same."""
    found: dict[str, str] = {}
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found.setdefault(node["frame"].get("securityOrigin", ""), node["frame"]["id"])
        waiting += node.get("childFrames", [])
    return list(found.values())


_KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    "Space": ("Space", 32, " "),
    "ArrowDown": ("ArrowDown", 40, ""),
}
