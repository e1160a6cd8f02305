"""Every combination of the four options, and what each of them brings: no more and no less."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from bandeau.core.cookie import Key, Keyring, subject_of
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware

from .browser import Wiring, prepare_profile, profile
from .certificates import write_certificate
from .newsroom import COOKIES, HOSTS, PURPOSES, SITE_HOST, STORAGE, Newsroom, furnish, news_policy
from .serving import serve
from .thirdparty import StandIn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

COMBINATIONS = [frozenset(chosen) for size in range(5) for chosen in itertools.combinations(PURPOSES, size)]
_SETTLE = 1.2


@dataclass(frozen=True)
class Press:
    """The newspaper, its third parties and its records, all running."""

    newsroom: Newsroom
    site: Site
    third_parties: StandIn
    wiring: Wiring

    def called(self) -> set[str]:
        """Return the third parties that were reached; the browser's own makers do not count."""
        return {host for host in self.third_parties.called_hosts() if host.endswith(".example")}


def _plain(newsroom: Newsroom, site: Site) -> Any:
    return BandeauMiddleware(newsroom, site=site)


@contextmanager
def press(directory: Path, make: Callable[[Newsroom, Site], Any] = _plain) -> Iterator[Press]:
    """Start the newspaper behind Bandeau, and its third parties."""
    pem = write_certificate(directory)
    site = Site(news_policy(), Keyring((Key("matrix", b"m" * 32),)), MemoryStore())
    newsroom = Newsroom(allows=lambda scope, purpose: scope["bandeau"].allows(purpose))
    site.on_withdraw("personalisation")(newsroom.forget_reader)
    with StandIn(pem, set_cookies=("third",)) as third_parties:
        furnish(third_parties)
        with serve(make(newsroom, site), pem=pem) as port:
            yield Press(newsroom, site, third_parties, Wiring(((SITE_HOST, port),), third_parties.port))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    """One newspaper for the module; every test takes a new profile."""
    with press(tmp_path_factory.mktemp("press")) as running:
        yield running


@dataclass(frozen=True)
class Outcome:
    """What one visit of one page left behind."""

    hosts: frozenset[str]
    cookies: frozenset[str]
    third_party_cookies: frozenset[str]
    storage: frozenset[str]
    profile: bool


def expected(granted: Iterable[str], *, private: bool) -> Outcome:
    """Return what exactly the granted purposes bring."""
    chosen = frozenset(granted)
    hosts = frozenset[str]().union(*(HOSTS[name] for name in chosen))
    cookies = frozenset({"sessionid"}).union(*(COOKIES[name] for name in chosen))
    storage = frozenset[str]().union(*(STORAGE[name] for name in chosen))
    keeps = private and "personalisation" in chosen
    return Outcome(hosts, cookies, hosts, storage, keeps)


async def look(paper: Press, context: BrowserContext, page: Page, path: str) -> Outcome:
    """Visit a page and tell what came of it."""
    paper.third_parties.forget()
    read = sum(map(len, paper.newsroom.profiles.values()))
    await page.goto(f"https://{SITE_HOST}{path}")
    await asyncio.sleep(_SETTLE)
    jar = await context.cookies()
    own = {c["name"] for c in jar if c["domain"] == SITE_HOST and not c["name"].startswith("__Host-bd")}
    storage = await page.evaluate("Object.keys(localStorage)")
    third = {c["domain"] for c in jar if c["domain"].endswith(".example")}
    return Outcome(
        frozenset(paper.called()),
        frozenset(own),
        frozenset(third),
        frozenset(key for key in storage if not key.startswith("bd")),
        sum(map(len, paper.newsroom.profiles.values())) > read,
    )


async def choose(page: Page, granted: Iterable[str]) -> None:
    """Open the panel from the link that every page has, set its switches by mouse, and save."""
    wanted = set(granted)
    await page.locator("#bd-foot [data-bd-open]").click()
    panel = page.locator("#bd-panel")
    await panel.wait_for(state="visible")
    for name in PURPOSES:
        switch = panel.locator(f"input[name='p.{name}']")
        if await switch.is_checked() != (name in wanted):
            await panel.locator(f"[data-bd-purpose={name}] > label.bd-switch").click()
    await press_button(page, panel.locator("button[value=save]").first)


async def press_button(page: Page, button: object) -> None:
    """Press a button that sends a choice and wait until the choice is kept."""
    async with page.expect_response(lambda r: r.url.endswith("/bandeau/choices")) as answer:
        await button.click()  # type: ignore[attr-defined]
    assert (await answer.value).status in (200, 303)
    await asyncio.sleep(_SETTLE)


def in_browser(paper: Press, directory: Path, steps: object) -> None:
    """Run `steps(context, page)` in Chromium on this profile directory."""

    async def run() -> None:
        prepare_profile(directory, resolver_port=paper.third_parties.port)
        async with profile(directory, paper.wiring, locale="fr-FR") as context:
            await steps(context, context.pages[0])  # type: ignore[operator]

    asyncio.run(run())


def brings_exactly(paper: Press, directory: Path, granted: frozenset[str]) -> None:
    """Allow some options; calls, cookies, storage, profile and the kept record must equal them."""

    async def steps(context: BrowserContext, page: Page) -> None:
        rows = paper.site.store.count()
        await page.goto(f"https://{SITE_HOST}/private/a")
        await choose(page, granted)
        assert paper.site.store.count() == rows + 1
        assert await look(paper, context, page, "/private/b") == expected(granted, private=True)
        assert await look(paper, context, page, "/shared/b") == expected(granted, private=False)
        assert await last_record(paper, context) == {name: name in granted for name in PURPOSES}

    in_browser(paper, directory, steps)


@pytest.mark.parametrize("granted", COMBINATIONS, ids=lambda c: "+".join(sorted(c)) or "none")
def test_a_choice_brings_exactly_what_it_allows(
    paper: Press, tmp_path: Path, granted: frozenset[str]
) -> None:
    """Calls, cookies, storage, profile and the kept record equal the options that were allowed."""
    brings_exactly(paper, tmp_path / "profile", granted)


@pytest.mark.parametrize("path", ["/private/a", "/shared/a"])
def test_without_a_choice_nothing_comes_and_no_row_is_kept(paper: Press, tmp_path: Path, path: str) -> None:
    """Reading, scrolling, Escape and following links are no choice."""

    async def steps(context: BrowserContext, page: Page) -> None:
        rows = paper.site.store.count()
        assert (await look(paper, context, page, path)).hosts == frozenset()
        await page.mouse.wheel(0, 2000)
        await page.keyboard.press("Escape")
        outcome = await look(paper, context, page, path)
        cookies = frozenset({"sessionid"}) if path.startswith("/private") else frozenset[str]()
        assert outcome == Outcome(frozenset(), cookies, frozenset(), frozenset(), profile=False)
        assert paper.site.store.count() == rows
        assert await page.locator("#bd-first").is_visible()

    in_browser(paper, tmp_path / "profile", steps)


@pytest.mark.parametrize("path", ["/private/a", "/shared/a"])
def test_accepting_then_refusing_takes_everything_back(paper: Press, tmp_path: Path, path: str) -> None:
    """After the refusal nothing is called, and what was stored for the refused options is gone."""
    private = path.startswith("/private")
    paper.newsroom.profiles.clear()

    async def steps(context: BrowserContext, page: Page) -> None:
        await page.goto(f"https://{SITE_HOST}{path}")
        await press_button(page, page.locator("#bd-first button[value=accept]"))
        everything = await look(paper, context, page, "/private/b")
        assert everything == expected(PURPOSES, private=True)
        assert paper.newsroom.profiles
        await page.goto(f"https://{SITE_HOST}{path}")
        await choose(page, ())
        assert paper.newsroom.profiles == {}
        outcome = await look(paper, context, page, path)
        nothing = expected((), private=private)
        assert (outcome.hosts, outcome.cookies, outcome.storage) == (
            nothing.hosts,
            nothing.cookies,
            nothing.storage,
        )
        assert not outcome.profile
        assert await last_record(paper, context) == dict.fromkeys(PURPOSES, False)

    in_browser(paper, tmp_path / "profile", steps)


@pytest.mark.parametrize("action", ["accept", "refuse"])
@pytest.mark.parametrize("path", ["/private/a", "/shared/a"])
def test_a_returning_visitor_is_not_asked_again(paper: Press, tmp_path: Path, path: str, action: str) -> None:
    """A new start of the browser on the same profile keeps the choice that one click made."""
    granted = PURPOSES if action == "accept" else ()

    async def first(_context: BrowserContext, page: Page) -> None:
        await page.goto(f"https://{SITE_HOST}{path}")
        await press_button(page, page.locator(f"#bd-first button[value={action}]"))
        assert not await page.locator("#bd-first").is_visible()

    async def later(context: BrowserContext, page: Page) -> None:
        outcome = await look(paper, context, page, path)
        assert outcome.hosts == expected(granted, private=False).hosts
        assert not await page.locator("#bd-first").is_visible()

    in_browser(paper, tmp_path / "profile", first)
    in_browser(paper, tmp_path / "profile", later)


def test_the_matrix_can_fail(tmp_path: Path) -> None:
    """The control: without Bandeau the same page brings everything before any choice."""
    pem = write_certificate(tmp_path)
    newsroom = Newsroom(allows=lambda _scope, _purpose: True)
    site = Site(news_policy(), Keyring((Key("matrix", b"m" * 32),)), MemoryStore())
    with StandIn(pem, set_cookies=("third",)) as third_parties, serve(newsroom, pem=pem) as port:
        furnish(third_parties)
        bare = Press(newsroom, site, third_parties, Wiring(((SITE_HOST, port),), third_parties.port))

        async def steps(context: BrowserContext, page: Page) -> None:
            assert await look(bare, context, page, "/private/a") == expected(PURPOSES, private=True)

        in_browser(bare, tmp_path / "profile", steps)


async def last_record(paper: Press, context: BrowserContext) -> dict[str, bool]:
    jar = {cookie["name"]: cookie["value"] for cookie in await context.cookies()}
    return dict(paper.site.store.of_subject(subject_of(jar["__Host-bdid"]))[-1].purposes)
