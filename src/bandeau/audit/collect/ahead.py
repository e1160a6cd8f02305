"""Looking ahead: the clocks of a page and its frames are advanced, so that what comes later comes now.

Chromium calls it virtual time: timers are due as soon as nothing else is to do, so half a minute takes some
milliseconds. It holds for the renderer that has it, and ends only with it: the page has to be left for an
empty one afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TypeVar

from bandeau.audit.collect.cdp import Connection, Refused
from bandeau.audit.collect.sessions import Session, Sessions

T = TypeVar("T")

#: While something is fetched the clock waits for it …
_WAITING = "pauseIfNetworkFetchesPending"
#: … and where something is fetched that never ends, it does not.
_REGARDLESS = "advance"
_SLICES = 7
_BETWEEN_SECONDS = 0.08


class Clocks:
    """The clocks of a page and its frames. They stand still from ``advance`` until ``release``."""

    def __init__(self, connection: Connection, sessions: Sessions, cap_seconds: float) -> None:
        self._connection = connection
        self._sessions = sessions
        self._cap_seconds = cap_seconds
        #: Sessions of their own, so that nothing of it outlasts them.
        self._held: list[str] = []
        self._expired: dict[str, asyncio.Event] = {}
        sessions.plain_listener = self._hear

    async def advance(self, sessions: Iterable[Session], seconds: float, *, waits: bool) -> None:
        """Advance the clocks of some sessions.

        Args:
            waits: answers are waited for on the way; not where an endless one is open.
        """
        for session in sessions:
            with suppress(Refused, TimeoutError):
                self._held.append(await self._sessions.attach_plainly(session))
        if waits and await self._step(_WAITING, seconds):
            return
        for _ in range(_SLICES):
            await self._step(_REGARDLESS, seconds / _SLICES)
            await asyncio.sleep(_BETWEEN_SECONDS)

    async def run_on(self, work: Awaitable[T]) -> T:
        """Let clocks that stand still run on for as long as some work takes, which needs the page."""
        task = asyncio.ensure_future(work)
        while self._held and not task.done():
            await self._step(_REGARDLESS, 0.1)
        return await task

    def release(self) -> None:
        """Let go of the clocks; those of renderers that go on stand still."""
        for each in self._held:
            self._connection.send("Target.detachFromTarget", sessionId=each)
        self._held.clear()

    async def _step(self, policy: str, seconds: float) -> bool:
        """Advance all by some seconds; tell whether they came there in time."""
        self._expired = {each: asyncio.Event() for each in self._held}
        for each in self._held:
            self._connection.send(
                "Emulation.setVirtualTimePolicy",
                each,
                policy=policy,
                budget=seconds * 1000,
                maxVirtualTimeTaskStarvationCount=10_000,
            )
        try:
            async with asyncio.timeout(self._cap_seconds):
                await asyncio.gather(*(event.wait() for event in self._expired.values()))
        except TimeoutError:
            return False
        return True

    def _hear(self, session: str, method: str) -> None:
        if method == "Emulation.virtualTimeBudgetExpired" and session in self._expired:
            self._expired[session].set()
