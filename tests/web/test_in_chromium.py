"""Our own pages in Chromium: the journey without JavaScript, hostile texts, accessibility, small screens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect, sync_playwright

from bandeau.core.policy import Policy
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware, Receive, Scope, Send
from bandeau.web.pages.rendered import Rendered
from tests.web.sites import POLICY, SITE, hosts
from tests.web.test_texts_are_data import CORPUS, poisoned

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
ARTICLE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Article</title>
<meta name="viewport" content="width=device-width,initial-scale=1"></head>
<body><main><h1>Un article</h1><p>Du texte.</p>
<iframe title="Vidéo" width="560" height="315" src="https://www.youtube.com/embed/abc"></iframe>
</main></body></html>""".encode()


async def article(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every address with the article; below /shared it may be kept by any cache."""
    if scope["type"] != "http":
        return
    cache = b"public, max-age=60" if scope["path"].startswith("/shared") else b"no-cache"
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", cache)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ARTICLE})


@contextmanager
def served(policy: Policy = POLICY) -> Iterator[tuple[str, Site]]:
    """Serve the article under a policy on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        site = Site.in_memory(replace(policy, site=replace(policy.site, url=url, hosts=hosts("127.0.0.1"))))
        config = uvicorn.Config(BandeauMiddleware(article, site=site), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield url, site
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One Chromium for this file; every test has a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def reading(chromium: Chromium, **options: object) -> Iterator[Page]:
    """Open a page of a fresh reader."""
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.mark.parametrize("path", ["/", "/shared"])
def test_the_whole_journey_works_without_javascript(chromium: Chromium, path: str) -> None:
    """Asked, refused, set, come back, withdrawn: on pages that a cache may keep too."""
    with served() as (url, site), reading(chromium, java_script_enabled=False) as page:
        page.goto(url + path)
        expect(page.locator("#bd-first")).to_be_visible()
        page.get_by_role("button", name="Tout refuser").click()
        assert page.url == url + path
        expect(page.locator("#bd-first")).to_be_hidden()
        page.get_by_role("link", name="Paramétrer vos choix").click()
        page.get_by_role("switch", name="Mesure d’audience").check()
        expect(page.locator("#bd-s-audience .bd-on")).to_be_visible()
        expect(page.locator("#bd-s-audience .bd-off")).to_be_hidden()
        page.get_by_role("button", name="Enregistrer mes choix").click()
        expect(page.get_by_role("status")).to_contain_text("Choix enregistrés. Votre reçu porte le numéro")
        expect(page.locator("main")).to_contain_text("Autorisé en ce moment : Mesure d’audience.")
        expect(page.locator(".bd-last a[href^='/bandeau/receipt/']")).to_have_count(1)
        page.get_by_role("button", name="Retirer tous mes accords").click()
        expect(page.locator("main")).to_contain_text("rien de ce qui demande votre accord")
        page.get_by_role("link", name="Revenir à la page").click()
        assert page.url == url + path
        assert site.store.count() == 3


@pytest.mark.parametrize("path", ["/", "/shared"])
def test_a_returning_reader_finds_code_day_and_choices_in_the_panel(chromium: Chromium, path: str) -> None:
    """Each time it opens: after a choice, the newest one's; the record names the text that was shown."""
    with served() as (url, site), reading(chromium) as page:
        page.goto(url + path)
        page.locator("#bd-first [value=refuse]").click()
        expect(page.locator("#bd-live")).to_contain_text("reçu")
        page.locator("#bd-foot [data-bd-open]").click()
        last = page.locator("#bd-panel .bd-last")
        expect(last).to_contain_text("rien de ce qui demande votre accord")
        first = last.get_by_role("link").inner_text()
        page.locator("#bd-panel [name='p.audience']").check()
        page.locator("#bd-panel [value=save]").click()
        expect(page.locator("#bd-live")).to_contain_text("reçu")
        page.goto(url + path)
        page.locator("#bd-foot [data-bd-open]").click()
        expect(last).to_contain_text("Mesure d’audience")
        second = last.get_by_role("link").inner_text()
        records = [site.store.find(code) for code in (first, second)]
        assert [(r.source, r.action) for r in records if r] == [("first", "refuse"), ("panel", "save")]
        shown = Rendered(site.policy)
        expected = [shown.notice(layer, "fr").digest for layer in ("first", "panel")]
        assert [record.notice_digest for record in records if record] == expected
        assert last.get_by_role("link").get_attribute("href") == f"/bandeau/receipt/{second}"


def test_an_embed_is_shown_once_and_always_without_javascript(chromium: Chromium) -> None:
    """In its frame, without a reload of the page around it."""
    with served() as (url, site), reading(chromium, java_script_enabled=False) as page:
        page.goto(f"{url}/shared")
        page.get_by_role("button", name="Tout refuser").click()
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url) if frame == page.main_frame else None)
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Afficher cette fois").click()
        expect(frame.locator("iframe[src='https://www.youtube.com/embed/abc']")).to_be_visible()
        assert (site.store.count(), loads) == (1, [])
        page.reload()
        frame.get_by_role("button", name="Toujours autoriser YouTube").click()
        expect(frame.locator("iframe[src='https://www.youtube.com/embed/abc']")).to_be_visible()
        assert site.store.count() == 2
        box, inner = page.locator("iframe").bounding_box(), frame.locator("iframe").bounding_box()
        assert box is not None
        assert inner is not None
        assert inner["width"] >= box["width"] - 8
        page.reload()
        expect(frame.locator("iframe[src='https://www.youtube.com/embed/abc']")).to_be_visible()


def test_gpc_is_answered_without_javascript(chromium: Chromium) -> None:
    """The first layer of a shared page and the settings page say what the browser asked for."""
    options = {"java_script_enabled": False, "extra_http_headers": {"Sec-GPC": "1"}}
    with served() as (url, _), reading(chromium, **options) as page:
        page.goto(f"{url}/shared")
        expect(page.locator("#bd-first .bd-gpc")).to_be_visible()
        page.goto(f"{url}/bandeau/choices")
        expect(page.locator(".bd-gpc")).to_have_count(2)
        expect(page.locator(".bd-gpc").first).to_be_visible()


def test_hostile_texts_run_nothing_in_a_browser(chromium: Chromium) -> None:
    """Threat 5: first layer, panel, settings, tables and frame; no dialog, no script, no request."""
    with served(poisoned(" ".join(CORPUS))) as (url, _), reading(chromium) as page:
        alarms: list[str] = []
        page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: alarms.append(asked.url) if not asked.url.startswith(url) else None)
        page.goto(url)
        page.locator("#bd-first [data-bd-open]").click()
        expect(page.locator("#bd-panel legend").first).to_contain_text("<script>alert(1)</script>")
        for path in ("choices", "policy", "embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fx"):
            page.goto(f"{url}/bandeau/{path}")
            expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
            assert page.locator("[onerror],[onload],[onmouseover],script:not([src])").count() == 0
        assert alarms == []


PAGES = ("choices", "choices?lang=en", "policy", "embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fx")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_our_pages_have_no_accessibility_violation(chromium: Chromium, path: str, scheme: str) -> None:
    """A11Y-12: axe-core, every rule, everything unfolded, in light and dark."""
    assert AXE.exists(), "axe-core is missing: npm ci in widget/"
    with served() as (url, _), reading(chromium, color_scheme=scheme, bypass_csp=True) as page:
        page.goto(f"{url}/bandeau/{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.add_script_tag(content=AXE.read_text("utf-8"))
        found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
        assert found == []


@pytest.mark.parametrize("path", PAGES)
def test_our_pages_fit_the_smallest_screen(chromium: Chromium, path: str) -> None:
    """A11Y-07, A11Y-08: no sideways scrolling at 320 pixels, nor with letters twice as large; large targets."""
    small = {"viewport": {"width": 320, "height": 568}}
    with served() as (url, _), reading(chromium, **small) as page:
        page.goto(f"{url}/bandeau/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        for target in page.locator("button:visible, .bd-btn:visible, label.bd-switch:visible").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24
        page.set_viewport_size({"width": 1280, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_small_screen_shows_the_first_layer_whole_enough_to_refuse(chromium: Chromium) -> None:
    """Title, who asks and all three buttons are in view at 320 by 568; the rest scrolls inside."""
    small = {"viewport": {"width": 320, "height": 568}}
    with served() as (url, _), reading(chromium, **small) as page:
        page.goto(url)
        expect(page.locator("#bd-t")).to_be_in_viewport(ratio=1)
        for name in ("Tout refuser", "Tout accepter"):
            expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        sizes = [
            page.get_by_role("button", name=name).bounding_box() for name in ("Tout refuser", "Tout accepter")
        ]
        # Two halves of an odd width differ by 1/64 px (Chromium's layout unit).
        assert len({(round(box["width"]), round(box["height"])) for box in sizes if box}) == 1
        assert SITE.name in page.locator("#bd-first").inner_text()
