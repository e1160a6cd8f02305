"""An untouched Wagtail site behind `bandeau proxy`: nothing leaves without consent, its admin works."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from .browser import Wiring, prepare_profile, profile
from .certificates import write_certificate
from .thirdparty import StandIn
from .wagtail_site import EDITOR, PASSWORD, make_site, proxy_running, site_running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_SETTLE = 1.5
#: What Chromium calls for itself: its updater and its start-up checks.
CHROMIUMS_OWN = {
    "update.googleapis.com",
    "redirector.gvt1.com",
    "www.google.com",
    "www.gstatic.com",
    "accounts.google.com",
    "clients2.google.com",
    "clientservices.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "safebrowsingohttpgateway.googleapis.com",
}
Steps = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class Stage:
    """The site alone, the proxy before it, and the third parties."""

    bare: str
    behind: str
    third_parties: StandIn

    def called(self) -> set[str]:
        """Return the vendors' hosts that were reached; Chromium's own makers do not count."""
        return self.third_parties.called_hosts() - CHROMIUMS_OWN


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Make and start everything once."""
    directory = tmp_path_factory.mktemp("wagtail")
    project = make_site(directory)
    with (
        StandIn(write_certificate(directory), set_cookies=("third",)) as third_parties,
        site_running(project) as bare,
        proxy_running(directory / "proxy", bare) as behind,
    ):
        yield Stage(f"http://127.0.0.1:{bare}", f"http://127.0.0.1:{behind}", third_parties)


def visit(stage: Stage, directory: Path, url: str, steps: Steps) -> set[str]:
    """Open a page with a fresh profile, act, and return the third parties reached."""

    async def run() -> None:
        wiring = Wiring((), stage.third_parties.port)
        prepared = prepare_profile(directory / "profile", resolver_port=stage.third_parties.port)
        async with profile(prepared, wiring) as context:
            await _act(context, url, steps)

    stage.third_parties.forget()
    asyncio.run(run())
    return stage.called()


async def _act(context: BrowserContext, url: str, steps: Steps) -> None:
    page = await context.new_page()
    await page.goto(url)
    await steps(page)
    await asyncio.sleep(_SETTLE)


async def _nothing(_: Page) -> None:
    return


async def _refuse(page: Page) -> None:
    await page.click("#bd-first button[value=refuse]")
    await page.wait_for_timeout(300)
    await page.reload()


async def _accept(page: Page) -> None:
    await page.click("#bd-first button[value=accept]")
    await page.wait_for_timeout(1500)
    await page.reload()


def test_bare_site_calls_its_third_parties(stage: Stage, tmp_path: Path) -> None:
    """The control: without the proxy every snippet works."""
    called = visit(stage, tmp_path, stage.bare, _nothing)
    assert {"www.googletagmanager.com", "connect.facebook.net", "www.youtube.com"} <= called
    assert {"bids.undeclared.example", "pixel.undeclared.example", "fonts.googleapis.com"} <= called


@pytest.mark.parametrize("steps", [_nothing, _refuse], ids=["no choice", "refusal"])
def test_nothing_leaves_without_consent(stage: Stage, tmp_path: Path, steps: Steps) -> None:
    """Before a choice and after a refusal no third party is reached."""
    assert visit(stage, tmp_path, stage.behind, steps) == set()


def test_what_is_allowed_comes_and_what_nobody_declared_stays_out(stage: Stage, tmp_path: Path) -> None:
    """After "accept" the declared services work."""
    called = visit(stage, tmp_path, stage.behind, _accept)
    assert {"www.googletagmanager.com", "connect.facebook.net", "www.youtube.com"} <= called


def test_admin_still_works(stage: Stage, tmp_path: Path) -> None:
    """An editor signs in, changes the home page's title and publishes, through the proxy."""
    seen: list[str] = []

    async def publish(page: Page) -> None:
        await page.fill("#id_username", EDITOR)
        await page.fill("#id_password", PASSWORD)
        await page.press("#id_password", "Enter")
        await page.wait_for_url("**/admin/")
        await page.goto(f"{stage.behind}/admin/pages/3/edit/")
        await page.fill("#id_title", "Published through the proxy")
        await page.click("[data-w-dropdown-target='toggle'] >> nth=-1")
        await page.click("button[name=action-publish]")
        await page.wait_for_load_state()
        await page.goto(f"{stage.behind}/admin/pages/3/edit/")
        seen.append(await page.input_value("#id_title"))

    visit(stage, tmp_path, f"{stage.behind}/admin/login/", publish)
    assert seen == ["Published through the proxy"]
