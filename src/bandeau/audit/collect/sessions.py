"""Every target of a browser, listened to from before its first instruction.

Chromium is told to pause each new page, frame, worker and prerendered page; it goes on when everything that
listens is set up. Commands of one session are carried out in their order, so nothing has to be waited for:
what resumes the target is simply sent last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bandeau.audit.collect.cdp import Connection, Message

#: Attached at the browser, once each; elsewhere they would be attached once per page.
_SHARED = ("service_worker", "shared_worker")
_PAGES = ("page", "iframe")
Worker = Literal["", "worker", "shared-worker", "service-worker", "worklet"]
_WORKERS: dict[str, Worker] = {
    "worker": "worker",
    "shared_worker": "shared-worker",
    "service_worker": "service-worker",
    "worklet": "worklet",
    "auction_worklet": "worklet",
    "shared_storage_worklet": "worklet",
}
#: Functions whose callers are worth knowing; Chromium pauses as they are called, and the page sees nothing.
#: Each document calls ``debug`` this often, so the number of a breakpoint tells the function.
WATCHED = ("cookie", "cookie", "webrtc")
_WATCH = """(() => {
  const none = () => 0, { CookieStore: store, RTCPeerConnection: peer } = globalThis;
  debug(Object.getOwnPropertyDescriptor(Document.prototype, "cookie").set);
  debug(store ? store.prototype.set : none);
  debug(peer || none);
})()"""
_GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
_GPC_WORKER = _GPC.replace("Navigator", "WorkerNavigator")
#: What a window has above its page, in CSS pixels.
WINDOW_FRAME = 87
_LATER = """(() => {
  const Real = Date, shift = %d;
  globalThis.Date = new Proxy(Real, {
    apply: (target, self, args) => new Real(Real.now() + shift).toString(),
    construct: (target, args, made) =>
      Reflect.construct(target, args.length ? args : [Real.now() + shift], made),
    get: (target, name) => name === "now" ? () => Real.now() + shift : Reflect.get(target, name),
  });
  Real.prototype.constructor = globalThis.Date;
})()"""


@dataclass(slots=True)
class Conditions:
    """What a visit's pages are to meet. Changes hold for sessions that are attached from then on."""

    gpc: bool = False
    scripts: bool = True
    #: Milliseconds by which the clock of scripts is ahead.
    ahead_ms: int = 0
    #: Patterns of ``Network.setBlockedURLs``.
    blocked: tuple[str, ...] = ()
    timezone: str = ""
    #: Width and height of the page in CSS pixels; ``None``: the window's.
    viewport: tuple[int, int] | None = None
    #: Whether callers of ``document.cookie`` are looked for.
    watch_setters: bool = True


@dataclass(slots=True)
class Session:
    """One target that is listened to."""

    id: str
    kind: str
    target: str
    parent: str
    url: str
    prerender: bool = False
    #: The frame that a page or iframe target is for, or that made a worker.
    frame: str = ""
    scripts: dict[str, str] = field(default_factory=dict)

    @property
    def is_page(self) -> bool:
        """Whether it is a page or a frame in a process of its own."""
        return self.kind in _PAGES

    @property
    def worker(self) -> Worker:
        """The kind of worker that it is, ``""`` when it is none."""
        return _WORKERS.get(self.kind, "")


class Sessions:
    """Attaches to every target, and hands its events on with the session that they are of."""

    def __init__(self, connection: Connection, conditions: Conditions) -> None:
        self.conditions = conditions
        self.known: dict[str, Session] = {}
        #: Told every event of a known session.
        self.listeners: list[Callable[[Session, str, Message], None]] = []
        #: What else a page, frame or worker is set up with.
        self.set_up: list[Callable[[Session], None]] = []
        #: Told every session that ended.
        self.ended: list[Callable[[Session], None]] = []
        #: Told session and method of the events of plain sessions.
        self.plain_listener: Callable[[str, str], None] = lambda session, method: None
        self._connection = connection
        self._attached = asyncio.Event()
        self._plain: set[str] = set()
        connection.listener = self._hear

    async def start(self) -> None:
        """Attach to what is there and to all that will be."""
        kinds: list[Message] = [{"type": kind, "exclude": True} for kind in ("browser", "browser_ui", "page")]
        await self._connection.call("Target.setAutoAttach", filter=[*kinds, {}], **_PAUSING)
        await self._connection.call("Browser.setDownloadBehavior", behavior="deny", eventsEnabled=False)

    async def page(self, target: str, *, seconds: float = 15.0) -> Session:
        """Wait until a page's target is attached, and return its session.

        Raises:
            TimeoutError: it is not attached in time.
        """
        async with asyncio.timeout(seconds):
            while True:
                for session in self.known.values():
                    if session.target == target and session.kind == "page":
                        return session
                self._attached.clear()
                await self._attached.wait()

    def pages(self) -> list[Session]:
        """Return the sessions of pages and of frames with a process of their own."""
        return [session for session in self.known.values() if session.is_page]

    def within(self, page: Session) -> list[Session]:
        """Return a page's session and those of the frames inside it."""
        found = [page]
        for session in self.known.values():
            if session.kind == "iframe" and any(session.parent == outer.id for outer in found):
                found.append(session)
        return found

    async def attach_plainly(self, session: Session) -> str:
        """Attach once more to a target, without listening; return the id of that session."""
        self._plain.add(session.target)
        try:
            attached = await self._connection.call(
                "Target.attachToTarget", targetId=session.target, flatten=True
            )
        finally:
            self._plain.discard(session.target)
        return str(attached["sessionId"])

    def send(self, session: Session, method: str, /, **params: object) -> None:
        """Send a command whose answer nobody needs."""
        self._connection.send(method, session.id, **params)

    def ask(self, session: Session, method: str, told: Callable[[Message], None]) -> None:
        """Send a command that nobody waits for; ``told`` is given the answer, where one comes."""
        answer = self._connection.send(method, session.id)
        answer.add_done_callback(
            lambda done: None if done.cancelled() or done.exception() else told(done.result())
        )

    def set_scripts(self, *, on: bool) -> None:
        """Let scripts run, or not, in pages that are open and in those to come."""
        self.conditions.scripts = on
        for session in self.pages():
            self.send(session, "Emulation.setScriptExecutionDisabled", value=not on)

    def move_clock(self, milliseconds: int) -> None:
        """Let the clock of scripts run ahead, from the next document on."""
        self.conditions.ahead_ms = milliseconds
        for session in self.pages():
            self._add_script(session, _LATER % milliseconds)

    def _hear(self, session_id: str, method: str, params: Message) -> None:
        if method == "Target.attachedToTarget":
            if params["targetInfo"]["targetId"] not in self._plain:
                self._attach(session_id, params)
            return
        if method == "Target.detachedFromTarget":
            self._detach(params["sessionId"])
            return
        session = self.known.get(session_id)
        if session is None:
            self.plain_listener(session_id, method)
            return
        if method == "Debugger.scriptParsed":
            session.scripts[params["scriptId"]] = params["url"]
        elif method == "Page.javascriptDialogOpening":
            # Leaving is always allowed, everything else is dismissed.
            self.send(session, "Page.handleJavaScriptDialog", accept=params["type"] == "beforeunload")
        for listener in self.listeners:
            listener(session, method, params)

    def _attach(self, parent: str, params: Message) -> None:
        info = params["targetInfo"]
        # What a dedicated worker does, the page does that made it.
        frame = self.known[parent].frame if parent in self.known else ""
        session = Session(
            id=params["sessionId"],
            kind=info["type"],
            target=info["targetId"],
            parent=parent,
            url=info["url"],
            prerender=info.get("subtype") == "prerender",
            frame=info["targetId"] if info["type"] in _PAGES else frame,
        )
        self.known[session.id] = session
        self._set_up(session)
        # Windows that a page opens are said not to wait, and do: they hold up the page that opened them.
        if params["waitingForDebugger"] or session.is_page:
            self.send(session, "Runtime.runIfWaitingForDebugger")
        self._attached.set()

    def _detach(self, session_id: str) -> None:
        session = self.known.pop(session_id, None)
        if session is not None:
            for told in self.ended:
                told(session)

    def _set_up(self, session: Session) -> None:
        if session.kind == "tab":
            self.send(session, "Target.setAutoAttach", filter=[{}], **_PAUSING)
            return
        if not session.is_page and not session.worker:
            return
        self.send(session, "Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0)
        elsewhere: list[Message] = [{"type": kind, "exclude": True} for kind in (*_SHARED, "tab", "browser")]
        self.send(session, "Target.setAutoAttach", filter=[*elsewhere, {}], **_PAUSING)
        self._set_conditions(session)
        if session.is_page:
            self._set_up_page(session)
        elif self.conditions.gpc:
            self.send(session, "Runtime.evaluate", expression=_GPC_WORKER)
        for more in self.set_up:
            more(session)

    def _set_up_page(self, session: Session) -> None:
        wanted = self.conditions
        self.send(session, "Page.enable")
        self.send(session, "DOMStorage.enable")
        if wanted.watch_setters and wanted.scripts:
            self.send(session, "Debugger.enable", maxScriptsCacheSize=0)
            # An image that a script makes is loaded in a later turn; without this the parser would be named.
            self.send(session, "Debugger.setAsyncCallStackDepth", maxDepth=8)
            self._add_script(session, _WATCH, includeCommandLineAPI=True)
        if not wanted.scripts:
            self.send(session, "Emulation.setScriptExecutionDisabled", value=True)
        if wanted.viewport and session.kind == "page":
            width, height = wanted.viewport
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            # A window that is smaller than its page, and than its screen, is no reader's.
            size |= {"screenWidth": max(width, 1920), "screenHeight": max(height + WINDOW_FRAME, 1080)}
            self.send(session, "Emulation.setDeviceMetricsOverride", **size)
        if wanted.timezone:
            self.send(session, "Emulation.setTimezoneOverride", timezoneId=wanted.timezone)
        if wanted.gpc:
            self._add_script(session, _GPC)
        if wanted.ahead_ms:
            self._add_script(session, _LATER % wanted.ahead_ms)

    def _set_conditions(self, session: Session) -> None:
        wanted = self.conditions
        if wanted.gpc:
            self.send(session, "Network.setExtraHTTPHeaders", headers={"Sec-GPC": "1"})
        if wanted.blocked:
            # Older Chromium knows the first form alone, and refuses the second without harm.
            self.send(session, "Network.setBlockedURLs", urls=[p.replace(":*/", "/") for p in wanted.blocked])
            patterns = [{"urlPattern": pattern, "block": True} for pattern in wanted.blocked]
            self.send(session, "Network.setBlockedURLs", urlPatterns=patterns)

    def _add_script(self, session: Session, source: str, **more: object) -> None:
        self.send(session, "Page.addScriptToEvaluateOnNewDocument", source=source, **more)


_PAUSING = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
