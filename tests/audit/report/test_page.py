"""The page: alone, readable by everybody, at every size and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bandeau.audit.report.html import as_html

from .sample import clean_report, sample_report

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[3]
AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
PICTURE = (ROOT / "docs" / "images" / "panel.png").read_bytes()
REPORTS = {"broken": sample_report(pictures={"shots/1-arrived.png": PICTURE}), "kept": clean_report()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Browser, tmp_path: Path, name: str, width: int, scheme: str = "light") -> Page:
    """Return the page of a report, opened from a file."""
    file = tmp_path / "report.html"
    file.write_text(as_html(REPORTS[name]), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        java_script_enabled=True,
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_axe_finds_nothing(name: str, scheme: str, browser: Browser, tmp_path: Path) -> None:
    """In both colour schemes, with everything unfolded."""
    page = opened(browser, tmp_path, name, 1280, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    page.context.close()

    assert [
        f"{rule['id']}: {node['html'][:90]}" for rule in found["violations"] for node in rule["nodes"]
    ] == []


@pytest.mark.parametrize("width", [320, 640, 1280])
@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_wider_than_the_screen(name: str, width: int, browser: Browser, tmp_path: Path) -> None:
    """Nobody scrolls sideways, down to 320 pixels."""
    page = opened(browser, tmp_path, name, width)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert wide <= width


def test_the_page_asks_nobody(browser: Browser, tmp_path: Path) -> None:
    """It is one file: opening it calls no host, and least of all one that it accuses."""
    page = opened(browser, tmp_path, "broken", 1280)
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    page.reload()
    page.context.close()

    assert [url for url in calls if not url.startswith(("file:", "data:"))] == []


def test_the_page_prints_what_is_folded(browser: Browser, tmp_path: Path) -> None:
    """Paper cannot be unfolded."""
    page = opened(browser, tmp_path, "broken", 1280)
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('details > :not(summary)')].filter(each => !each.checkVisibility()).length"
    )
    pdf = page.pdf(prefer_css_page_size=True)
    page.context.close()

    assert hidden == 0
    assert pdf.startswith(b"%PDF")


def test_the_page_holds_no_script_and_no_address_to_click() -> None:
    """Its links lead to its own parts alone."""
    page = as_html(REPORTS["broken"])

    assert "<script" not in page
    assert {target[0] for target in re.findall(r'href="([^"]*)"', page)} == {"#"}
    assert re.findall(r'src="(?!data:)', page) == []


def test_the_page_is_small() -> None:
    """Below a megabyte without its pictures."""
    assert len(as_html(sample_report()).encode()) < 1_000_000
