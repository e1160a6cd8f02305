"""A tunnel: after `101 Switching Protocols` bytes go to and fro as they are (RFC 9110 §7.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class End(asyncio.Protocol):
    """One end: what comes in here goes out at the other."""

    other: End

    def __init__(self, transport: asyncio.Transport, on_lost: Callable[[Exception | None], None]) -> None:
        self.transport, self._on_lost = transport, on_lost
        #: Whether anything came since the watch last looked.
        self.moved = False

    def data_received(self, data: bytes) -> None:
        """Hand on."""
        self.moved = True
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        """Take nothing more at the other end while this one is full."""
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Take again."""
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end too."""
        self.other.transport.close()
        self._on_lost(exc)


async def watch(ends: tuple[End, End], closed: asyncio.Future[None], quiet_seconds: float) -> None:
    """Return when the tunnel is closed; close one through which nothing went for so long."""
    while not closed.done():
        await asyncio.wait([closed], timeout=quiet_seconds)
        if not any(end.moved for end in ends):
            ends[0].transport.close()
        for end in ends:
            end.moved = False
