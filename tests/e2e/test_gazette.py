"""La Gazette as `make demo` serves it, read in Chromium: each choice, what comes of it, and what goes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from .browser import EXECUTABLE
from .demonstration import ARTICLE, PRIVATE, Paper

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PURPOSES = ("audience", "social", "personalisation", "ads")
#: The stand-in's hosts that each purpose brings on an article; ads bring hosts that nobody declared besides.
#: `videoads` is called by the player inside its own frame: delegated with it, not enforced.
HOSTS = {
    "audience": {"ga4.localhost", "matomo.localhost"},
    "social": {"youtube.localhost", "videoads.localhost", "facebook.localhost", "x.localhost"},
    "personalisation": set(),
    "ads": {"gtm.localhost", "prebid.localhost", "adserver.localhost", "facebook.localhost"},
}
Steps = Callable[[Page], Awaitable[None]]


def read(paper: Paper, steps: Steps, **options: Any) -> None:
    """Act in a new profile of a new browser."""

    async def run() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
            context: BrowserContext = await browser.new_context(**options)
            await steps(await context.new_page())
            await browser.close()

    paper.forget()
    asyncio.run(run())


async def choose(page: Page, paper: Paper, allowed: tuple[str, ...]) -> None:
    """Open the panel on an article, set the switches by hand, and save."""
    await page.goto(paper.url(ARTICLE))
    await page.click("#bd-first [data-bd-open]")
    for purpose in PURPOSES:
        await page.locator(f"#bd-panel input[name='p.{purpose}']").set_checked(purpose in allowed, force=True)
    async with page.expect_response("**/bandeau/choices"):
        await page.click("#bd-panel button[value=save]")
    await page.wait_for_timeout(700)  # the page may load itself once more
    await page.wait_for_load_state()


async def look_around(page: Page, paper: Paper) -> None:
    """Read an article, which is shared, and a page of one's own, which is private."""
    for path in (ARTICLE, PRIVATE, ARTICLE):
        await page.goto(paper.url(path))
        await page.mouse.wheel(0, 4000)
        await page.wait_for_timeout(500)


#: Nothing, each alone and all of them every day; the pairs and triples in the long run.
COMBINATIONS = [
    pytest.param(chosen, id="+".join(chosen) or "nothing", marks=[pytest.mark.long] if size in (2, 3) else [])
    for size in range(5)
    for chosen in itertools.combinations(PURPOSES, size)
]


@pytest.mark.parametrize("allowed", COMBINATIONS)
def test_each_combination_brings_what_it_allows_and_nothing_else(
    paper: Paper, allowed: tuple[str, ...]
) -> None:
    """All sixteen: third parties by their own log, cookies, the record, the reading profile."""
    records, profiles = paper.records(), paper.profiles()
    cookies: set[str] = set()

    async def steps(page: Page) -> None:
        await choose(page, paper, allowed)
        await look_around(page, paper)
        cookies.update(cookie["name"] for cookie in await page.context.cookies(paper.url()))

    read(paper, steps)
    called = paper.called()
    expected = set().union(*(HOSTS[purpose] for purpose in allowed))
    if "ads" in allowed:
        assert expected <= called
    else:
        assert called == expected
    assert paper.records() == records + 1
    assert paper.profiles() - profiles == ("personalisation" in allowed)
    assert ("gz_lecture" in cookies) == ("personalisation" in allowed)
    assert any(name.startswith("_ga") for name in cookies) == ("audience" in allowed)
    assert ("_fbp" in cookies) <= ("ads" in allowed)


def test_reading_without_a_choice_calls_and_keeps_nothing(paper: Paper) -> None:
    """Scrolling, following links and Escape are no choice."""
    records, profiles = paper.records(), paper.profiles()
    left: list[Any] = []

    async def steps(page: Page) -> None:
        await look_around(page, paper)
        await page.keyboard.press("Escape")
        await page.goto(paper.url())
        await page.click(".card-text a >> nth=0")
        await page.wait_for_timeout(500)
        left.extend(await page.context.cookies())
        left.extend(await page.evaluate("Object.keys(localStorage)"))

    read(paper, steps)
    assert (paper.called(), left) == (set(), [])
    assert (paper.records(), paper.profiles()) == (records, profiles)


def test_withdrawal_takes_back_what_the_yes_brought(paper: Paper) -> None:
    """After "accept" then "withdraw": no call, no cookie of a purpose, no profile."""
    profiles = paper.profiles()
    cookies: set[str] = set()

    async def steps(page: Page) -> None:
        await choose(page, paper, PURPOSES)
        await look_around(page, paper)
        assert paper.profiles() == profiles + 1
        await page.goto(paper.url("/bandeau/choices"))
        async with page.expect_response("**/bandeau/choices"):
            await page.click("button[value=withdraw], button[value=refuse]")
        await page.wait_for_timeout(2500)  # the page may load itself once more
        await page.wait_for_load_state()
        paper.forget()
        await look_around(page, paper)
        cookies.update(cookie["name"] for cookie in await page.context.cookies(paper.url()))

    read(paper, steps)
    assert paper.called() == set()
    assert cookies == {"bd", "bdid"}
    assert paper.profiles() == profiles


def test_whole_journey_without_javascript(paper: Paper) -> None:
    """First layer, settings page, refusal and acceptance by plain forms; the shared page stays closed."""
    seen: list[str] = []

    async def steps(page: Page) -> None:
        await page.goto(paper.url(ARTICLE))
        assert await page.is_visible("#bd-first")
        await page.click("#bd-first button[value=refuse]")
        seen.append(page.url)
        assert not await page.is_visible("#bd-first")
        await page.click("footer a[href$='/bandeau/choices']")
        await page.locator("input[name='p.social']").check(force=True)
        await page.click("button[value=save]")
        seen.append((await page.locator("input[name='p.social']").is_checked() and "social") or "")
        paper.forget()
        await page.goto(paper.url(ARTICLE))
        await page.mouse.wheel(0, 3000)
        await page.wait_for_timeout(800)

    read(paper, steps, java_script_enabled=False)
    assert seen == [paper.url(ARTICLE), "social"]
    assert paper.called() <= {"youtube.localhost", "videoads.localhost"}
    assert "youtube.localhost" in paper.called()


def test_signal_of_the_browser_keeps_profiling_refused(paper: Paper) -> None:
    """`Sec-GPC: 1` refuses ads and personalisation until the reader says otherwise, and the panel says so."""
    words: list[str] = []

    async def steps(page: Page) -> None:
        await look_around(page, paper)
        await page.goto(paper.url("/bandeau/choices"))
        words.append(await page.inner_text("main, body"))

    read(paper, steps, extra_http_headers={"Sec-GPC": "1"})
    assert paper.called() == set()
    assert "GPC" in words[0] or "signal" in words[0]
