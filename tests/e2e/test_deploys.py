"""A new release under a cache: old pages, old addresses of files, older and newer revisions side by side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from bandeau.core.cookie import Key, Keyring
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Policy
from bandeau.ledger.store import Store
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware

from .browser import Wiring, prepare_profile, profile
from .caches import nginx_cache
from .certificates import write_certificate
from .newsroom import PURPOSES, SITE_HOST, Newsroom, furnish, news_policy
from .serving import serve
from .test_choices_matrix import press_button
from .thirdparty import StandIn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

_URL = f"https://{SITE_HOST}"
_SETTLE = 1.2
_PAGES = ("/shared/old", "/private/a", "/shared/new")


class Release:
    """What runs behind the cache; a deployment puts another application in its place."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class OldNames:
    """The same release, as one whose files had other contents: its pages name them by other digests."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def renamed(message: Any) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": _with_old_names(message.get("body", b""))}
            await send(message)

        await self._app(scope, receive, renamed)


def _with_old_names(page: bytes) -> bytes:
    return re.sub(rb"(/bandeau/[a-z.]+\.)([0-9a-f]{8,})(\.(?:js|css|html))", _other_digest, page)


def _other_digest(found: re.Match[bytes]) -> bytes:
    return found[1] + b"0" * len(found[2]) + found[3]


@dataclass(frozen=True)
class Running:
    """Two releases of the newspaper on one store, one of them behind nginx."""

    release: Release
    older: Any
    newer: Any
    third_parties: StandIn
    wiring: Wiring

    def called(self) -> set[str]:
        """Return the third parties that were reached."""
        return {host for host in self.third_parties.called_hosts() if host.endswith(".example")}


def newer_policy() -> Policy:
    """Return the next revision: a service has another host, which asks nobody."""
    policy = news_policy()
    services = tuple(
        replace(service, hosts=(*service.hosts, HostPattern.parse("stats2.example")))
        if service.id == "stats"
        else service
        for service in policy.services
    )
    return replace(policy, revision=policy.revision + 1, services=services, digest="1" * 64)


def _app(policy: Policy, store: Store) -> Any:
    newsroom = Newsroom(allows=lambda scope, purpose: scope["bandeau"].allows(purpose))
    return BandeauMiddleware(newsroom, site=Site(policy, Keyring((Key("deploy", b"d" * 32),)), store))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """The older release is served; every page of it is in the cache once it was asked for."""
    with _both(tmp_path) as found:
        yield found


@contextmanager
def _both(tmp_path: Path) -> Iterator[Running]:
    pem, store = write_certificate(tmp_path), MemoryStore()
    older, newer = OldNames(_app(news_policy(), store)), _app(newer_policy(), store)
    release = Release(older)
    with StandIn(pem, set_cookies=("third",)) as third_parties:
        furnish(third_parties)
        with serve(release) as origin, nginx_cache(tmp_path, origin, pem=pem) as front:
            yield Running(
                release, older, newer, third_parties, Wiring(((SITE_HOST, front),), third_parties.port)
            )


def in_browser(running: Running, directory: Path, steps: Callable[[BrowserContext, Page], Any]) -> None:
    """Run steps in a Chromium with an empty profile."""

    async def run() -> None:
        prepare_profile(directory, resolver_port=running.third_parties.port)
        async with profile(directory, running.wiring, locale="fr-FR") as context:
            await steps(context, context.pages[0])

    asyncio.run(run())


async def read(running: Running, page: Page, path: str) -> tuple[set[str], bool]:
    """Visit a page; return the third parties that were called, and whether the reader was asked."""
    running.third_parties.forget()
    await page.goto(_URL + path)
    await asyncio.sleep(_SETTLE)
    return running.called(), await page.locator("#bd-first").is_visible()


async def fill_the_cache(page: Page) -> None:
    """Have the old page kept by the cache, and leave no trace in the browser."""
    await page.goto(_URL + "/shared/old")
    await page.context.clear_cookies()
    await page.goto("about:blank")


def test_a_choice_on_an_old_page_holds_on_all_and_is_asked_once(running: Running, tmp_path: Path) -> None:
    """The cache keeps a page of the older release, which names files that are no more."""

    async def steps(context: BrowserContext, page: Page) -> None:
        await fill_the_cache(page)
        running.release.app = running.newer
        assert await read(running, page, "/shared/old") == (set(), True)
        assert await page.locator("script[src*='.00000000']").count() >= 1
        await press_button(page, page.locator("#bd-first button[value=accept]"))
        for path in _PAGES:
            called, asked = await read(running, page, path)
            assert not asked, path
            assert {"stats.example", "ads.example", "buttons.example"} <= called, path

    in_browser(running, tmp_path / "profile", steps)


def test_a_refusal_on_a_new_page_holds_on_old_ones(running: Running, tmp_path: Path) -> None:
    """The old page meets a cookie of a newer revision: it asks nobody and lets nothing through."""

    async def steps(context: BrowserContext, page: Page) -> None:
        await fill_the_cache(page)
        running.release.app = running.newer
        assert (await read(running, page, "/private/a"))[1]
        await press_button(page, page.locator("#bd-first button[value=refuse]"))
        for path in _PAGES:
            assert await read(running, page, path) == (set(), False), path

    in_browser(running, tmp_path / "profile", steps)


@pytest.mark.parametrize("button", ["accept", "refuse"])
def test_two_releases_by_turns_ask_once(running: Running, tmp_path: Path, button: str) -> None:
    """A rolling deployment: each request may be answered by the older or the newer release."""

    async def steps(context: BrowserContext, page: Page) -> None:
        running.release.app = running.newer
        await page.goto(_URL + "/private/a")
        await press_button(page, page.locator(f"#bd-first button[value={button}]"))
        for turn, path in enumerate(("/private/b", "/private/c", "/shared/b", "/shared/c")):
            running.release.app = (running.older, running.newer)[turn % 2]
            called, asked = await read(running, page, path)
            assert not asked, path
            assert ("stats.example" in called) == (button == "accept"), path
            assert called if button == "accept" else not called, path

    in_browser(running, tmp_path / "profile", steps)


def test_a_new_purpose_is_asked_on_new_pages_alone_and_once(running: Running, tmp_path: Path) -> None:
    """The control: a revision with something to ask does ask who has answered the older one."""

    async def steps(context: BrowserContext, page: Page) -> None:
        await page.goto(_URL + "/private/a")
        await press_button(page, page.locator("#bd-first button[value=refuse]"))
        running.release.app = _app(_with_one_more_purpose(), MemoryStore())
        assert (await read(running, page, "/private/b"))[1]
        await press_button(page, page.locator("#bd-first button[value=refuse]"))
        assert await read(running, page, "/private/b") == (set(), False)

    in_browser(running, tmp_path / "profile", steps)


def _with_one_more_purpose() -> Policy:
    policy = newer_policy()
    last = policy.purposes[-1]
    words = {"fr": "Essais", "en": "Tests"}
    more = replace(last, id="tests", bit=len(PURPOSES) + 1, title=words, summary=words, since=policy.revision)
    return replace(policy, purposes=(*policy.purposes, more))


#: Where a reader comes back to: pages of either kind, and how they had chosen.
COMING_BACK = [
    ("/private/a", "accept"),
    ("/shared/a", "refuse"),
    pytest.param("/private/a", "", marks=pytest.mark.long),
    pytest.param("/private/a", "refuse", marks=pytest.mark.long),
    pytest.param("/shared/a", "", marks=pytest.mark.long),
    pytest.param("/shared/a", "accept", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("path", "button"), COMING_BACK)
def test_pages_come_back_as_they_were_left(running: Running, tmp_path: Path, path: str, button: str) -> None:
    """Chromium keeps them in its back/forward cache, as it would without Bandeau."""
    running.release.app = running.newer
    assert _is_kept(running, tmp_path / "profile", path, button)


def test_a_page_that_may_not_be_kept_is_seen(running: Running, tmp_path: Path) -> None:
    """The control: with ``no-store`` the same page is loaded anew."""

    class NoStore(OldNames):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def forbidding(message: Any) -> None:
                if message["type"] == "http.response.start":
                    kept = [pair for pair in message["headers"] if pair[0] != b"cache-control"]
                    message = {**message, "headers": [*kept, (b"cache-control", b"no-store")]}
                await send(message)

            await self._app(scope, receive, forbidding)

    running.release.app = NoStore(running.newer)
    assert not _is_kept(running, tmp_path / "profile", "/private/a", "")


def _is_kept(running: Running, directory: Path, path: str, button: str) -> bool:
    found: list[bool] = []

    async def run() -> None:
        prepare_profile(directory, resolver_port=running.third_parties.port)
        # Playwright turns the cache off, and with it what a reader's browser does.
        wanted = ["--disable-back-forward-cache"]
        async with profile(directory, running.wiring, ignore_default_args=wanted) as context:
            page = context.pages[0]
            if button:
                await page.goto(_URL + "/private/z")
                await press_button(page, page.locator(f"#bd-first button[value={button}]"))
            await page.goto(_URL + path)
            await asyncio.sleep(_SETTLE)
            await page.evaluate("addEventListener('pageshow', e => { window.cameBack = e.persisted })")
            await page.evaluate("window.wasHere = true; location.href = '/private/elsewhere'")
            await page.wait_for_url("**/elsewhere")
            await asyncio.sleep(_SETTLE)
            await page.evaluate("history.back()")
            await asyncio.sleep(_SETTLE)
            found.append(await page.evaluate("Boolean(window.wasHere && window.cameBack)"))

    asyncio.run(run())
    return found[0]
