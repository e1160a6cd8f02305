"""Pictures of the layers as a browser draws them: for the archive, and for the documentation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bandeau.errors import BrowserMissing, MissingExtra

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Width and height of what readers hold or sit at, in CSS pixels.
SIZES: Mapping[str, tuple[int, int]] = {"desktop": (1280, 800), "phone": (320, 640)}
#: The folder of the archive's names that pictures stand in.
FOLDER = "pictures"
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def take_pictures(address: str, prefix: str, languages: Iterable[str]) -> dict[str, bytes]:
    """Return pictures of first layer, panel and settings page, by their names in the archive.

    Args:
        address: where a page of each language is served, at ``/fr``; nobody has chosen there.

    Raises:
        MissingExtra: playwright is not installed.
        BrowserMissing: there is no Chromium, or it does not start.
    """
    pictures: dict[str, bytes] = {}
    with browser() as started:
        for language in languages:
            for size, (width, height) in SIZES.items():
                page = started.new_page(viewport={"width": width, "height": height}, locale=language)
                page.goto(f"{address}/{language}")
                show_first(page)
                pictures[f"{FOLDER}/{language}/first-{size}.png"] = _picture(page)
                show_panel(page)
                pictures[f"{FOLDER}/{language}/panel-{size}.png"] = _picture(page)
                page.goto(f"{address}{prefix}/choices?lang={language}")
                pictures[f"{FOLDER}/{language}/settings-{size}.png"] = _picture(page)
                page.close()
    return pictures


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium: the system's where there is one, else playwright's own.

    Raises:
        MissingExtra: playwright is not installed.
        BrowserMissing: there is no Chromium, or it does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise MissingExtra("Taking pictures", "audit") from error
    path = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    # Chromium's sandbox refuses to be root's; nothing but our own pages is opened.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path, args=arguments)
        except Error as error:
            where = path or "neither the system's Chromium or Chrome nor playwright's own"
            reason = error.message.partition("\n")[0]
            raise BrowserMissing(
                f"no browser to take pictures with: {where} ({reason}); install chromium, "
                "or run: playwright install chromium"
            ) from error
        try:
            yield started
        finally:
            started.close()


def show_first(page: Page) -> None:
    """Wait until the first layer of an open page is drawn."""
    page.wait_for_selector("#bd-first:visible")


def show_panel(page: Page) -> None:
    """Open the panel from the first layer, and wait until it is drawn."""
    page.click("#bd-first [data-bd-open]")
    page.wait_for_selector("#bd-panel input[role=switch]")
    page.mouse.move(5, 5)


def _picture(page: Page) -> bytes:
    return page.screenshot(animations="disabled")
