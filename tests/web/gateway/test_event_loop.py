"""No body holds an event loop: what takes long is rewritten in a thread, what is remembered is not rewritten."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from typing import Any

import pytest

from bandeau.enforcement.html import Rewriter
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.gateway import outgoing
from tests.e2e.newsroom import SITE_HOST, news_policy

_DOCUMENT = b"<!doctype html><html><head></head><body>"
_GZIP = ((b"content-encoding", b"gzip"),)


def middleware(*pieces: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Any:
    """Return an application that sends these pieces, behind Bandeau."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent = [(b"content-type", b"text/html; charset=utf-8"), *headers]
        await send({"type": "http.response.start", "status": 200, "headers": sent})
        for number, piece in enumerate(pieces, 1):
            more = number < len(pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    return BandeauMiddleware(app, site=Site.in_memory(news_policy(f"http://{SITE_HOST}")))


async def ask(app: Any) -> int:
    """Ask for the page; return how many bytes came."""
    came = 0

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        nonlocal came
        came += len(message.get("body", b""))

    await app({"type": "http", "path": "/", "headers": [(b"host", SITE_HOST.encode())]}, receive, send)
    return came


@pytest.fixture
def on_the_loop(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the pieces that were rewritten on the event loop's own thread."""
    sizes: list[int] = []
    feed = Rewriter.feed

    def noted(self: Rewriter, chunk: bytes) -> bytes:
        if threading.current_thread() is threading.main_thread():
            sizes.append(len(chunk))
        return feed(self, chunk)

    monkeypatch.setattr(Rewriter, "feed", noted)
    return sizes


LARGE = _DOCUMENT + b"<svg><style>" * 4_000
BODIES: dict[str, Any] = {
    "a large page": middleware(LARGE),
    "large pieces": middleware(LARGE, LARGE[:9_000], LARGE[:70_000]),
    "a little compressed page that is large": middleware(gzip.compress(LARGE, mtime=0), headers=_GZIP),
    "a page too large to be remembered": middleware(LARGE * 12),
}


@pytest.mark.parametrize("app", BODIES.values(), ids=BODIES)
def test_large_bodies_are_rewritten_in_a_thread(app: Any, on_the_loop: list[int]) -> None:
    """Whatever is in them, as far as it takes long."""
    assert asyncio.run(ask(app)) > 3_000
    assert sum(on_the_loop) == 0


def test_small_pages_are_rewritten_at_once(on_the_loop: list[int]) -> None:
    """A thread would cost more than they do."""
    app = middleware(_DOCUMENT + b"<p>short")
    assert asyncio.run(ask(app)) > 0
    assert 0 < sum(on_the_loop) <= outgoing.LIGHT_BYTES


def test_a_remembered_page_needs_no_thread(on_the_loop: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up, not rewritten."""
    app, hops = middleware(LARGE), []
    to_thread = asyncio.to_thread

    async def counted(*args: Any, **named: Any) -> Any:
        hops.append(args)
        return await to_thread(*args, **named)

    monkeypatch.setattr(asyncio, "to_thread", counted)
    sizes = [asyncio.run(ask(app)) for _ in range(3)]
    assert len(set(sizes)) == 1
    assert (len(hops), sum(on_the_loop)) == (1, 0)


@pytest.mark.long
@pytest.mark.parametrize("threaded", [True, False], ids=["as it is", "without the thread: the control"])
def test_hostile_bodies_hold_no_loop(threaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on every few milliseconds while 256 kB of the dearest markup are rewritten."""
    if not threaded:
        monkeypatch.setattr(outgoing, "LIGHT_BYTES", 1 << 30)
    longest = min(asyncio.run(_longest_pause(middleware(LARGE * 5))) for _ in range(5))
    print(f"the loop's longest pause: {longest * 1000:.1f} ms")
    # The interpreter hands over after 5 ms; the timer and what it takes to wake up come on top.
    assert (longest < 0.020) == threaded


async def _longest_pause(app: Any) -> float:
    pauses: list[float] = []

    async def tick() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            pauses.append(time.perf_counter() - start - 0.001)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    pauses.clear()
    await ask(app)
    await asyncio.sleep(0.002)
    ticking.cancel()
    return max(pauses)
