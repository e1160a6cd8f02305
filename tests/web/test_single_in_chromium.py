"""The one script for a site that cannot be proxied: what it holds in Chromium, and what it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from bandeau.core.policy import Mode
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware, Receive, Scope, Send
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.single import script_line
from tests.web.proxy.standing import heard, ok, talking
from tests.web.serving import serving
from tests.web.sites import POLICY, hosts

pytestmark = pytest.mark.browser
THIRD = "third.example"
LATER = f"""<script>addEventListener("load", () => {{
  const s = document.createElement("script"); s.src = "http://{THIRD}/late.js"; document.body.append(s);
  new Image().src = "http://{THIRD}/late.gif"; fetch("http://{THIRD}/late.json").catch(() => {{}});
  setTimeout(() => document.title = "over", 400) }})</script>"""
HELD = (
    f'<script type="text/plain" data-bd="matomo" data-bd-src="http://{THIRD}/held.js"></script>'
    "<script>window.bd && bd.r()</script>"
)
MARKUP = f'<img src="http://{THIRD}/markup.gif" alt="">'


class Third:
    """A third party that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer anything."""
        while True:
            self.asked.add((await heard(reader)).split(b" ")[1].decode())
            writer.write(ok(b""))
            await writer.drain()


@contextmanager
def shown(markup: Callable[[str], str], mode: Mode = Mode.ENFORCE) -> Iterator[tuple[Page, Third]]:
    """Open a page that never met Bandeau; only its addresses are Bandeau's. ``markup`` takes the line."""
    third, page_text = Third(), ""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/bandeau"):
            await own(scope, receive, send)
            return
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page_text.encode()})

    with talking(third) as address, serving(front) as url, sync_playwright() as playwright:
        policy = replace(POLICY, site=replace(POLICY.site, url=url, hosts=hosts(urlsplit(url).netloc)))
        policy = replace(
            policy,
            enforce=replace(policy.enforce, mode=mode),
            services=tuple(
                replace(each, hosts=hosts(THIRD)) if each.id == "matomo" else each for each in policy.services
            ),
        )
        own = BandeauMiddleware(front, site=Site.in_memory(policy))
        page_text = markup(script_line(Rendered(policy)))
        rules = f"MAP {THIRD}:80 {urlsplit(address).netloc}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        flags = ["--no-sandbox", f"--host-resolver-rules={rules}"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function("document.title == 'over'")
        yield page, third
        browser.close()


def article(line: str, *more: str) -> str:
    """Return a page with a line first in its head."""
    return (
        f'<!doctype html><html lang="fr"><head>{line}<title>a</title>{LATER}</head>'
        f"<body><h1>a</h1>{''.join(more)}</body></html>"
    )


def test_what_scripts_add_later_is_held_and_the_reader_is_asked() -> None:
    """Nothing reaches the third party; the first layer stands there, and a refusal is kept."""
    with shown(article) as (page, third):
        assert third.asked == set()
        expect(page.locator("#bd-first")).to_be_visible()
        page.locator("#bd-first button[value=refuse]").click()
        expect(page.locator("#bd-first")).to_be_hidden()
        page.reload()
        page.wait_for_function("document.title == 'over'")
        expect(page.locator("#bd-first")).to_be_hidden()
        expect(page.locator("[data-bd-open]").last).to_be_visible()
        assert third.asked == set()


def test_a_tag_that_is_written_as_the_guide_says_waits_for_the_reader() -> None:
    """Held before a choice, and run as soon as it is allowed."""
    with shown(lambda line: article(line, HELD)) as (page, third):
        assert third.asked == set()
        page.locator("#bd-first button[value=accept]").click()
        expect(page.locator("#bd-first")).to_be_hidden()
        page.reload()
        page.wait_for_function("document.title == 'over'")
        assert "/held.js" in third.asked


def test_without_the_line_everything_is_asked_for() -> None:
    """The control of the above."""
    with shown(lambda _: article("")) as (_, third):
        assert third.asked == {"/late.js", "/late.gif", "/late.json"}


def test_a_line_that_names_another_script_holds_everything() -> None:
    """After a change of the policy the old line's digest is wrong: closed for trackers, open for the page."""
    with shown(lambda line: article(line.replace("sha384-", "sha384-AAAA"))) as (page, third):
        assert third.asked == set()
        assert page.locator("h1").inner_text() == "a"
        assert page.locator("#bd-first").count() == 0


def test_in_report_mode_nothing_is_held() -> None:
    """And nobody is asked."""
    with shown(article, Mode.REPORT) as (page, third):
        assert third.asked == {"/late.js", "/late.gif", "/late.json"}
        assert page.locator("#bd-first").count() == 0


def test_the_limit_that_the_guide_states_is_one() -> None:
    """What stands in the markup is fetched before the script can say anything about it."""
    with shown(lambda line: article(line, MARKUP)) as (_, third):
        assert third.asked == {"/markup.gif"}
