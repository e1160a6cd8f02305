"""Who sets a cookie by script: the callers of ``document.cookie``, without a trace in the page.

No event tells which script wrote a cookie. So Chromium is asked to pause as the browser's own setter is
called, which no page can see or undo; the stack is taken, and the page goes on at once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from bandeau.audit.collect.cdp import BrowserGone, Connection, Message, Refused
from bandeau.audit.collect.clock import now_ms
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.sessions import WATCHED, Session

_MOST_FRAMES = 12
#: The NetLog's clock counts milliseconds, and cookies are stored a little after they are set.
_APART_SECONDS = 0.006


@dataclass(slots=True)
class Call:
    """A call of a watched function; ``chain`` leads from the document of the frame out to the page's."""

    what: str
    wall_ms: float
    stack: tuple[str, ...]
    chain: tuple[str, ...]


@dataclass(slots=True)
class Setters:
    """Takes the stack at each pause, and lets the page go on."""

    connection: Connection
    frames: Frames
    calls: list[Call] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def hear(self, session: Session, method: str, params: Message) -> None:
        """Take an event."""
        if method != "Debugger.paused":
            return
        hit = params.get("hitBreakpoints", [])
        if params["reason"] != "debugCommand" or not hit:
            # A ``debugger`` statement, for instance: some pages stop those who look at them in this way.
            self.connection.send("Debugger.resume", session.id)
            return
        task = asyncio.create_task(self._take(session, params, str(hit[0])))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, session: Session, params: Message, hit: str) -> None:
        number = hit.rpartition(":")[2]
        what = WATCHED[(int(number) - 1) % len(WATCHED)] if number.isdigit() else WATCHED[0]
        call = Call(what, 0.0, _stack(session, params), self.frames.chain(session.frame))
        # The cookie of the call before is in the store once this is answered: their times keep apart.
        with suppress(Refused, TimeoutError, BrowserGone):
            await self.connection.call(
                "Network.getCookies", session.id, urls=["http://127.0.0.1/"], seconds=2
            )
        await asyncio.sleep(_APART_SECONDS)
        call.wall_ms = now_ms()
        self.calls.append(call)
        self.connection.send("Debugger.resume", session.id)


def _stack(session: Session, params: Message) -> tuple[str, ...]:
    found = [
        _place(session, frame["location"], frame.get("url", ""))
        for frame in params["callFrames"][:_MOST_FRAMES]
    ]
    trace = params.get("asyncStackTrace")
    while trace and len(found) < _MOST_FRAMES:
        found += [_place(session, frame, frame["url"]) for frame in trace["callFrames"]]
        trace = trace.get("parent")
    return tuple(dict.fromkeys(place for place in found if not place.startswith(":")))[:_MOST_FRAMES]


def _place(session: Session, location: Message, url: str) -> str:
    url = url or session.scripts.get(location["scriptId"], "")
    return f"{url}:{location['lineNumber'] + 1}:{location.get('columnNumber', 0) + 1}"
