"""The guardian of a visit: what a hostile page may not do to it."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from bandeau.audit.collect.reader import Stopped
from bandeau.audit.collect.watch import Watch

_LOOK_SECONDS = 0.5
_MOST_DIALOGS = 20
_MOST_NAVIGATIONS = 60
_MOST_PAGES = 20
_MOST_REQUESTS = 8_000
_MEGABYTE = 1024 * 1024


async def guard(watch: Watch, *, max_memory_mb: int, max_received_mb: int) -> None:
    """Watch over a visit until it is cancelled.

    Raises:
        Stopped: the page hinders the visit: endless dialogs, redirects or windows, too much memory or data.
    """
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if watch.tab.dialogs > _MOST_DIALOGS:
            raise Stopped("hostile", f"the page opened more than {_MOST_DIALOGS} dialogs")
        if watch.frames.navigations > _MOST_NAVIGATIONS:
            raise Stopped("hostile", f"the page went elsewhere more than {_MOST_NAVIGATIONS} times")
        if sum(session.kind == "page" for session in watch.sessions.known.values()) > _MOST_PAGES:
            raise Stopped("hostile", f"the page opened more than {_MOST_PAGES} windows")
        if watch.traffic.count > _MOST_REQUESTS:
            raise Stopped("hostile", f"the page made more than {_MOST_REQUESTS} requests")
        if watch.traffic.received_bytes > max_received_mb * _MEGABYTE:
            raise Stopped("hostile", f"the page loaded more than {max_received_mb} MB")
        if _memory(watch.browser.process) > max_memory_mb * _MEGABYTE:
            raise Stopped("hostile", f"the page took more than {max_memory_mb} MB of memory")


def _memory(group: int) -> int:
    """Return the bytes of anonymous memory of a process group; 0 on systems without ``/proc``."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, StopIteration):
            if os.getpgid(int(folder.name)) == group:
                lines = (folder / "status").read_text().splitlines()
                total += int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) * 1024
    return total
