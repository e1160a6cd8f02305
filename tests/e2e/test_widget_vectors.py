"""The built wall in Chromium, against the vectors that Python passes too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bandeau.core.consent import Consent
from bandeau.core.cookie import encode
from bandeau.core.decision import Regime
from bandeau.core.policy import SiteInfo
from bandeau.enforcement.table import in_script, site_table
from tests.core.test_decision import POLICY
from tests.e2e.widget_site import KEYS, browser, built, serve

__all__ = ["browser"]
pytestmark = pytest.mark.browser
SPEC = Path(__file__).parents[2] / "spec" / "vectors"
DECISION = json.loads((SPEC / "decision.json").read_text())
COOKIE = json.loads((SPEC / "cookie.json").read_text())
CSP = json.loads((SPEC / "csp.json").read_text())
SITE = SiteInfo("paper", "test", "Paper", "https://paper.example", ())

# The reader's cookies and clock are set, then the wall reads them again as it does in a page.
READ = """([table, jar, today]) => {
  Object.assign(bd.T, table);
  bd.j = () => jar;
  Date.now = () => today * 864e5;
  return bd.q().toString(16);
}"""
STATE = "() => bd.k === 0 ? 'invalid' : bd.k === null ? 'none' : 'consent'"


def _wall_page(browser: Browser, *, gpc: bool) -> Iterator[Page]:
    table = site_table(POLICY, mode="enforce")
    wall = built("wall.js").replace('"%T%"', in_script(table))
    html = f"<!doctype html><html><head><script>{wall}</script></head></html>".encode()
    context = browser.new_context()
    if gpc:
        context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    with serve() as site:
        site.routes["/"] = (200, {"content-type": "text/html"}, html)
        page = context.new_page()
        page.goto(site.url)
        yield page
    context.close()


@pytest.fixture(scope="module")
def plain(browser: Browser) -> Iterator[Page]:
    """A page with the wall alone."""
    yield from _wall_page(browser, gpc=False)


@pytest.fixture(scope="module")
def signalling(browser: Browser) -> Iterator[Page]:
    """The same, in a browser that sends a Global Privacy Control signal."""
    yield from _wall_page(browser, gpc=True)


def _read(page: Page, case: dict[str, Any]) -> int:
    consent = case["consent"]
    value = "damaged" if consent == "invalid" else consent and encode(Consent(**consent), SITE, KEYS)
    table = {"g": int(case["silence_allows"]), "n": "bd"}
    return int(page.evaluate(READ, [table, f"bd={value}" if value else "", case["today"]]), 16)


@pytest.mark.parametrize("case", DECISION["cases"], ids=lambda case: case["name"])
def test_decision_in_the_browser_agrees_with_the_vector(
    case: dict[str, Any], plain: Page, signalling: Page
) -> None:
    """What the wall allows is what the server allows."""
    page = signalling if case["gpc"] else plain
    mask = _read(page, case)
    family, _, name = case["subject"].partition(":")
    if family == "service":
        found = bool(mask >> [s.id for s in POLICY.services].index(name) & 1)
    else:
        found = page.evaluate("(id) => bd.v(bd.T.p.find((p) => p[0] == id)) == 1", name)
    assert found is case["allowed"]


@pytest.mark.parametrize("case", DECISION["asks"], ids=lambda case: case["name"])
def test_first_layer_is_shown_in_the_browser_when_the_vector_asks(
    case: dict[str, Any], plain: Page, signalling: Page
) -> None:
    """Something to ask shows the first layer, nothing hides it."""
    page = signalling if case["gpc"] else plain
    _read(page, case)
    tokens = page.evaluate("document.documentElement.dataset.bd").split()
    assert (bool(case["ask"]), case["gpc"]) == ("ask" in tokens, "gpc" in tokens)


def test_the_table_carries_the_regime() -> None:
    """What silence means travels with the page."""
    assert site_table(POLICY, mode="enforce", regime=Regime("x", silence_allows=True))["g"] == 1


@pytest.mark.parametrize("case", COOKIE["valid"], ids=lambda case: case["text"][:24])
def test_valid_cookie_is_read_in_the_browser(case: dict[str, Any], plain: Page) -> None:
    """The six numbers come out as they went in, however large."""
    consent = case["consent"]
    plain.evaluate(READ, [{"n": "__Host-bd"}, f"__Host-bd={case['text']}", int(consent["day"], 16)])
    names = ("revision", "day", "answered", "granted", "service_answered", "service_granted")
    assert plain.evaluate("() => bd.k.map((n) => n.toString(16))") == [consent[name] for name in names]


MALFORMED = COOKIE["malformed"]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_cookie_is_no_choice_in_the_browser(text: str, plain: Page) -> None:
    """A form that is not ours never allows anything."""
    plain.evaluate(READ, [{"n": "__Host-bd"}, f"__Host-bd={text}", 20_000])
    assert plain.evaluate(STATE) == "invalid"


@pytest.mark.parametrize("case", COOKIE["headers"], ids=lambda case: case["name"])
def test_cookies_among_others_are_told_apart_in_the_browser(case: dict[str, Any], plain: Page) -> None:
    """One cookie of our name is a choice, two are none, and no other name is taken for it."""
    jar = "; ".join(part.strip() for part in case["header"].split(";"))  # as document.cookie is written
    plain.evaluate(READ, [{"n": "__Host-bd"}, jar, 20_000])
    assert plain.evaluate(STATE) == case["result"]


@pytest.mark.parametrize("vector", CSP["vectors"], ids=lambda vector: vector["name"])
def test_csp_in_the_browser_agrees_with_the_vector(vector: dict[str, Any], plain: Page) -> None:
    """Byte for byte the text that the server sends as a header."""
    table = vector["table"]
    texts = plain.evaluate(
        "([table, masks]) => { const kept = { ...bd.T }; Object.assign(bd.T, table); const out = masks.map((m) => bd.c(BigInt('0x' + m))); Object.assign(bd.T, kept); return out; }",
        [table, [case["allowed"] for case in vector["cases"]]],
    )
    assert texts == [case["text"] for case in vector["cases"]]
