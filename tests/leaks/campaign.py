"""Run every vector in a real browser and say which of them leaked.

One campaign is one stand-in, one site and one start of Chromium. Each vector gets a browser context of its
own (its own network context: sockets, caches, workers, stores) and a host name of its own, so that neither
a socket nor a worker of another vector can hide or cause its leak; the control, run in the same way, shows
for each vector that reuse hides nothing. Vectors marked `own_profile` (preconnect, dns-prefetch, manifest:
Chromium does none of them in such a context) share the profile that Chromium was started with. With
`fresh_profiles` each vector gets a start of Chromium and an empty profile directory of its own: slow, and
the stricter proof.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from tests.e2e.browser import Wiring, prepare_profile, profile
from tests.e2e.certificates import write_certificate
from tests.e2e.serving import serve
from tests.e2e.thirdparty import StandIn

from .site import SITE_HOST, VECTORS, LeakSite
from .vectors import Evidence, Vector

Wrap = Callable[[Any], Any]
Route = Callable[[BrowserContext], Any]
Evidences = Mapping[str, tuple[str, ...]]

_AT_ONCE = 5
_BROWSERS_AT_ONCE = 3
_STORED_SCRIPT = """async () => [
  ...document.cookie.split("; ").filter(c => c.startsWith("_leak")).map(c => "cookie " + c),
  ...Object.keys(localStorage).filter(k => k.startsWith("_leak")).map(k => "local " + k),
  ...Object.keys(sessionStorage).filter(k => k.startsWith("_leak")).map(k => "session " + k),
  ...(await indexedDB.databases()).filter(d => d.name.startsWith("_leak")).map(d => "indexeddb " + d.name),
  ...(await caches.keys()).filter(k => k.startsWith("_leak")).map(k => "cache " + k),
]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What to run and before which pages."""

    directory: Path
    domain: str
    pages: str = "private"
    protect: Wrap = lambda app: app
    cookies: tuple[tuple[str, str], ...] = ()
    prepare: Route | None = None
    vectors: tuple[Vector, ...] = VECTORS
    fresh_profiles: bool = False
    until_leaked: bool = False

    def run(self) -> Evidences:
        """Return, per vector, what shows that it leaked; nothing where it did not."""
        # A thread of its own: another test's Playwright may own this thread's event loop.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self._run()).result()

    async def _run(self) -> Evidences:
        hosts = [v.host(self.domain) for v in self.vectors if v.evidence is Evidence.DATAGRAMS]
        pem = write_certificate(self.directory)
        with StandIn(pem, datagram_hosts=tuple(hosts)) as third_parties:
            _furnish(third_parties)
            site = LeakSite(self.domain, third_parties.udp_ports)
            with serve(self.protect(site), pem=pem) as port:
                local = ((SITE_HOST, port), *third_parties.udp_ports.items())
                wiring = Wiring(local, third_parties.port)
                stored = await self._visit_all(wiring, third_parties)
            return {v.id: self._evidence(v, third_parties, stored) for v in self.vectors}

    def _evidence(
        self, vector: Vector, third_parties: StandIn, stored: Mapping[str, list[str]]
    ) -> tuple[str, ...]:
        if vector.evidence is Evidence.STORED:
            return tuple(stored.get(vector.id, ()))
        calls = third_parties.calls(vector.host(self.domain))
        found = [f"request {line}" for line in calls.requests]
        found += [f"{calls.connections} connections"] if calls.connections else []
        found += [f"{calls.lookups} lookups"] if calls.lookups else []
        found += [f"{calls.datagrams} datagrams"] if calls.datagrams else []
        return tuple(found)

    async def _visit_all(self, wiring: Wiring, third_parties: StandIn) -> dict[str, list[str]]:
        stored: dict[str, list[str]] = {}
        if self.fresh_profiles:
            await self._visit_in_profiles(self.vectors, wiring, stored, third_parties)
            if self.until_leaked:
                silent = [v for v in self.vectors if not self._evidence(v, third_parties, stored)]
                await self._visit_in_profiles(silent, wiring, stored, third_parties)
            return stored
        async with self._browser(self.directory / "profile", wiring) as first:
            await self._visit_in_contexts(self.vectors, first, stored, third_parties)
            if self.until_leaked:
                # On a busy machine Chromium skips a hint now and then; the control may look twice.
                silent = [v for v in self.vectors if not self._evidence(v, third_parties, stored)]
                await self._visit_in_contexts(silent, first, stored, third_parties)
            # What leaves late (beacons, keep-alive fetches) still has the browser's network to leave by.
            await asyncio.sleep(1.5)
        return stored

    @asynccontextmanager
    async def _browser(
        self, directory: Path, wiring: Wiring, **options: bool
    ) -> AsyncIterator[BrowserContext]:
        prepare_profile(directory, resolver_port=wiring.others)
        async with profile(directory, wiring, **options) as context:
            yield context

    async def _visit_in_profiles(
        self,
        vectors: Iterable[Vector],
        wiring: Wiring,
        stored: dict[str, list[str]],
        third_parties: StandIn,
    ) -> None:
        room = asyncio.Semaphore(_BROWSERS_AT_ONCE)

        async def one(vector: Vector) -> None:
            directory = Path(tempfile.mkdtemp(dir=self.directory))
            scripts = not vector.scripts_off
            async with room, self._browser(directory, wiring, java_script_enabled=scripts) as context:
                stored[vector.id] = await self._visit(context, vector, third_parties)
                await asyncio.sleep(0.3)

        await asyncio.gather(*map(one, vectors))

    async def _visit_in_contexts(
        self,
        vectors: Iterable[Vector],
        first: BrowserContext,
        stored: dict[str, list[str]],
        third_parties: StandIn,
    ) -> None:
        browser = first.browser
        assert browser is not None
        room = asyncio.Semaphore(_AT_ONCE)
        alone = asyncio.Lock()

        async def one(vector: Vector) -> None:
            if vector.own_profile:
                async with alone:
                    stored[vector.id] = await self._visit(first, vector, third_parties)
                return
            async with room:
                context = await browser.new_context(
                    ignore_https_errors=True, java_script_enabled=not vector.scripts_off
                )
                try:
                    stored[vector.id] = await self._visit(context, vector, third_parties)
                finally:
                    await _finish(context.close())

        await asyncio.gather(*(one(vector) for vector in vectors))

    async def _dwell(self, vector: Vector, third_parties: StandIn) -> None:
        """Wait as long as the vector may need; the control need not wait once it has leaked."""
        steps = round(vector.dwell / 0.1)
        for _ in range(steps):
            await asyncio.sleep(0.1)
            if self.until_leaked and third_parties.calls(vector.host(self.domain)):
                return

    async def _visit(self, context: BrowserContext, vector: Vector, third_parties: StandIn) -> list[str]:
        if self.prepare is not None:
            await self.prepare(context)
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": f"https://{SITE_HOST}/", "secure": True}
                for name, value in self.cookies
            ]
        )
        page = await context.new_page()
        await _open(page, f"https://{SITE_HOST}/{self.pages}/{vector.id}")
        if vector.click:
            await page.evaluate("0")
            await asyncio.sleep(0.1)
            await page.click("#act", timeout=5000)
        await self._dwell(vector, third_parties)
        found = await _stored(page) if vector.evidence is Evidence.STORED else []
        if vector.leave:
            await _open(page, "about:blank")
            await asyncio.sleep(0.3)
        await _finish(page.close())
        return found


async def _finish(closing: Coroutine[None, None, None]) -> None:
    # Chromium's PDF viewer sometimes never says that it has closed; what it did is logged already.
    with suppress(TimeoutError, Error):
        await asyncio.wait_for(closing, 10)


async def _open(page: Page, address: str) -> None:
    # A page that navigates away while it loads is a vector at work, not a failure of the visit.
    with suppress(Error):
        await page.goto(address, wait_until="load", timeout=15_000)


async def _stored(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_STORED_SCRIPT)
    jar = await page.context.cookies()
    return found + [f"jar {c['name']}" for c in jar if c["name"].startswith("_leak")]


def _furnish(third_parties: StandIn) -> None:
    inside = (
        b"<!doctype html><title>inside</title><script>"
        b"new Image().src='https://'+new URLSearchParams(location.search).get('h')+'/i.gif'</script>"
    )
    third_parties.answer("frame.allowed.example", "text/html", inside)


def leaked(evidences: Evidences, vectors: Iterable[Vector] = VECTORS) -> dict[str, tuple[str, ...]]:
    """Return the vectors that leaked, with the evidence."""
    return {v.id: evidences[v.id] for v in vectors if evidences[v.id]}
