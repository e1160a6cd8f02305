"""The control: a plain walk through the zoo in Chromium, without the audit, that shows what really happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from playwright.async_api import BrowserContext, Error, Page

from tests.e2e.browser import Wiring, prepare_profile, profile

from .server import Zoo
from .site import crowds
from .specimen import Specimen, Truth

_AT_ONCE = 6
#: Long enough for a beacon or a worker to arrive on a busy machine.
_SETTLE = 0.5
#: One policy remembers a choice for 182 days.
_LATER_DAYS = 200
_HELD = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(d => d.name), ...await caches.keys(),
  ...await Array.fromAsync((await navigator.storage.getDirectory()).keys()),
  ...(await Promise.all((await navigator.storageBuckets.keys()).map(async name =>
    (await (await navigator.storageBuckets.open(name)).indexedDB.databases()).map(d => d.name)))).flat(),
]"""


async def walk(
    zoo: Zoo, context: BrowserContext, scenario: str, specimens: Iterable[Specimen], *, together: bool = False
) -> dict[str, bool]:
    """Read both pages of each specimen, or the pages on which they stand together; say whose breach happened.

    The choice is made once, on the front page; only what happens after it counts.
    """
    wanted = list(specimens)
    page = await context.new_page()
    await _open(page, zoo.url)
    await _CHOOSE.get(scenario.partition(":")[0], _nothing)(zoo, page, scenario, wanted)
    pages = zoo.together()[::2] if together else [zoo.page(specimen) for specimen in wanted]
    groups = crowds(wanted) if together else [[specimen] for specimen in wanted]
    seen: set[str] = set()
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str, there: list[Specimen]) -> None:
        async with room:
            seen.update(await _read(context, address, there))

    await asyncio.gather(*(one(*each) for each in zip(pages, groups, strict=True)))
    await asyncio.sleep(_SETTLE)
    await page.close()
    return {specimen.name: specimen.name in seen or _is_logged(zoo, specimen) for specimen in wanted}


@asynccontextmanager
async def reader(zoo: Zoo, directory: Path, scenario: str) -> AsyncIterator[BrowserContext]:
    """Start Chromium with an empty profile, as a scenario needs it."""
    options: dict[str, object] = {"viewport": {"width": 1280, "height": 900}}
    if scenario == "gpc":
        options["extra_http_headers"] = {"Sec-GPC": "1"}
    if scenario == "bfcache":
        # Playwright turns it off, and with it what a reader's browser does.
        options["ignore_default_args"] = ["--disable-back-forward-cache"]
    if scenario == "no-js":
        options["java_script_enabled"] = False
    prepared = prepare_profile(directory, resolver_port=zoo.port)
    async with profile(prepared, Wiring((), zoo.port), **options) as context:
        if scenario == "guard-blocked":
            await context.route("**/bandeau/g.*.js", lambda route: route.abort())
        yield context


async def _read(context: BrowserContext, address: str, specimens: list[Specimen]) -> set[str]:
    """Read a page and its second; return those of whom something is shown or held."""
    page = await context.new_page()
    await _open(page, address)
    await _look_around(page)
    await asyncio.sleep(_SETTLE + max(specimen.slow for specimen in specimens) / 1000)
    seen: set[str] = set()
    for specimen in specimens:
        if specimen.opens:
            await page.click("#bd-first [data-bd-open]")
            await page.wait_for_selector("#bd-panel[open]")
        if specimen.shows and await page.evaluate(specimen.shows):
            seen.add(specimen.name)
        if specimen.truth is Truth.HELD and specimen.tracker in await page.evaluate(_HELD):
            seen.add(specimen.name)
    await _open(page, address + "more/")
    await asyncio.sleep(_SETTLE)
    await _open(page, "about:blank")
    await page.close()
    return seen


async def _look_around(page: Page) -> None:
    with suppress(Error):
        await page.mouse.move(200, 200)
        await page.mouse.move(300, 250)
        for _ in range(6):
            await page.mouse.wheel(0, 1_500)
            await asyncio.sleep(0.03)
        await page.keyboard.press("ArrowDown")
    with suppress(Error):
        await page.locator("#end").click(timeout=5_000)
    with suppress(Error):
        # Followed aside: the page stays where it is.
        await page.locator("main a").first.click(modifiers=["Control"], timeout=5_000)


def _is_logged(zoo: Zoo, specimen: Specimen) -> bool:
    """Tell whether the servers saw it happen."""
    log, own = zoo.log, specimen.path + "/"
    at_site = [hit for hit in log.hits if hit.host == zoo.host and hit.path.startswith(own)]
    return {
        Truth.HIT: any(hit.host.endswith(specimen.host) for hit in log.hits) or _at_cloak(zoo, specimen),
        Truth.OWN_HIT: any(hit.path == own + "hit" for hit in at_site),
        Truth.PASSED_ON: own + "hit" in log.passed_on,
        Truth.CONNECTED: specimen.host in log.names,
        Truth.DATAGRAM: log.datagrams > 0,
        Truth.SENT_COOKIE: any(specimen.tracker in hit.cookies for hit in log.hits),
        Truth.OWN_TAG: any("if-none-match" in hit.headers for hit in at_site),
        Truth.PROFILE: any(path == specimen.path for path, _ in log.profiles),
        Truth.RECORD: zoo.site.store.count() > 0,
    }.get(specimen.truth, False)


def _at_cloak(zoo: Zoo, specimen: Specimen) -> bool:
    return any(hit.host == zoo.cloak and hit.path.startswith(specimen.path) for hit in zoo.log.hits)


async def _open(page: Page, address: str) -> None:
    # A page that navigates while it loads is a specimen at work, not a failure of the walk.
    with suppress(Error):
        await page.goto(address, wait_until="load", timeout=20_000)


async def _nothing(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    """Say nothing."""


async def _press(zoo: Zoo, page: Page, action: str) -> None:
    async with page.expect_response("**/bandeau/choices"):
        await page.click(f"#bd-first [value={action}]")
    await asyncio.sleep(_SETTLE)
    await page.wait_for_load_state()
    zoo.log.forget()


async def _refuse(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    await _press(zoo, page, "refuse")


async def _accept(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    await _press(zoo, page, "accept")


async def _save(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    word, _, purpose = scenario.partition(":")
    await page.goto(f"{zoo.url}/bandeau/choices")
    for switch in await page.locator("input[name^='p.']").all():
        name = await switch.get_attribute("name")
        await switch.set_checked((name == f"p.{purpose}") == (word == "only"), force=True)
    async with page.expect_response("**/bandeau/choices"):
        await page.click("button[value=save]")
    await asyncio.sleep(_SETTLE)
    await page.wait_for_load_state()
    zoo.log.forget()


async def _withdraw(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    await _press(zoo, page, "accept")
    for address in zoo.together():
        await _open(page, address)
        await asyncio.sleep(_SETTLE)
    await _take_back(zoo, page)


async def _take_back(zoo: Zoo, page: Page) -> None:
    await page.goto(f"{zoo.url}/bandeau/choices")
    async with page.expect_response("**/bandeau/choices"):
        await page.click("button[value=withdraw], button[value=refuse]")
    await asyncio.sleep(_SETTLE)
    await page.wait_for_load_state()
    zoo.log.forget()


async def _come_back(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    """Withdraw on another page and go back; on a busy machine Chromium now and then forgets the page."""
    for _ in range(4):
        await page.context.clear_cookies()
        await _open(page, zoo.url)
        await _press(zoo, page, "accept")
        await _open(page, zoo.page(specimens[0]))
        await _take_back(zoo, page)
        for _ in range(6):
            # The page of the withdrawal may still be loading itself anew, and go on with that instead.
            if page.url.endswith("/bandeau/choices"):
                with suppress(Error):
                    await page.evaluate("history.back()")
            await asyncio.sleep(_SETTLE)
            if all(_is_logged(zoo, specimen) for specimen in specimens):
                return


async def _expire(zoo: Zoo, page: Page, scenario: str, specimens: list[Specimen]) -> None:
    await _press(zoo, page, "accept")
    for specimen in specimens:
        await _open(page, zoo.page(specimen))
    zoo.move_clock(_LATER_DAYS)
    # The browser's own clock stands still: its copy of the choice is taken away by hand.
    await page.context.clear_cookies(name="__Host-bd")
    zoo.log.forget()


_CHOOSE = {
    "refuse": _refuse,
    "no-js": _refuse,
    "accept": _accept,
    "only": _save,
    "all-but": _save,
    "withdraw": _withdraw,
    "bfcache": _come_back,
    "expired": _expire,
}
