"""What the reader sees: accessible, equal, and steady at every size."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bandeau.enforcement.visit import Visit
from bandeau.web.endpoints.assets import scriptless_style
from tests.e2e.widget_site import MARKUP, WidgetSite, browser, context, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
TEXT = "<main><h1>Une page</h1>" + "<p>Le conseil municipal a voté hier soir.</p>" * 60 + "</main>"
SIZES = {"desktop": (1280, 800), "phone": (320, 640), "doubled": (640, 400), "zoomed": (320, 256)}
SCHEMES = ["light", "dark"]


def _visit(browser: Browser, site: WidgetSite, size: str, scheme: str = "light") -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )  # type: ignore[arg-type]
    context.set_default_timeout(8_000)
    page = context.new_page()
    page.goto(site.page("/", TEXT))
    return page


def _open_panel(page: Page) -> None:
    page.click("#bd-first [data-bd-open]")
    expect(page.locator("#bd-panel")).to_be_visible()


def _violations(page: Page, within: str) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("(within) => axe.run(within)", within)
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_on_either_layer(
    size: str, scheme: str, browser: Browser, site: WidgetSite
) -> None:
    """First layer, panel with everything refused, panel with everything allowed and unfolded."""
    page = _visit(browser, site, size, scheme)
    assert _violations(page, "#bd-first") == []
    _open_panel(page)
    assert _violations(page, "#bd-panel") == []
    for switch in page.locator("#bd-panel fieldset > label [role=switch]").all():
        switch.check()
    page.evaluate("document.querySelectorAll('#bd-panel details').forEach((d) => (d.open = true))")
    assert _violations(page, "#bd-panel") == []
    page.context.close()


@pytest.mark.parametrize("name", ["settings", "policy", "embed"])
def test_axe_finds_nothing_on_the_pages(name: str, browser: Browser, site: WidgetSite) -> None:
    """The pages of our own are held to the same."""
    html = (MARKUP / f"{name}.html").read_text().replace(".0000000000000000.css", ".css")
    site.routes["/own"] = (200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    page = browser.new_page()
    page.goto(site.url + "/own")
    assert _violations(page, "html") == []
    page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_buttons_of_the_settings_page_stand_on_its_ground(
    scheme: str, browser: Browser, site: WidgetSite
) -> None:
    """Nothing shows through behind the buttons, in either scheme."""
    html = (MARKUP / "settings.html").read_text().replace(".0000000000000000.css", ".css")
    site.routes["/own"] = (200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site.url + "/own")
    grounds = page.evaluate(
        "['.bd-acts', 'main.bd'].map((css) => getComputedStyle(document.querySelector(css)).backgroundColor)"
    )
    assert grounds[0] == grounds[1] != "rgba(0, 0, 0, 0)"
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_accept_refuse_and_settings_weigh_the_same(size: str, browser: Browser, site: WidgetSite) -> None:
    """Same height, font, weight and colours, all in view; refusing and accepting take the same room.

    Where three do not fit side by side, the settings stand below at the full width.
    """
    page = _visit(browser, site, size)
    looks = page.eval_on_selector_all(
        "#bd-first .bd-acts > *",
        """all => all.map((el) => { const s = getComputedStyle(el), b = el.getBoundingClientRect();
          return [Math.round(b.height), s.fontSize, s.fontWeight, s.fontFamily, s.color, s.backgroundColor, s.borderColor, s.textDecorationLine].join(); })""",
    )
    assert len(looks) == 3
    assert len(set(looks)) == 1
    refuse, accept, settings = page.eval_on_selector_all(
        "#bd-first .bd-acts > *", "all => all.map((el) => Math.round(el.getBoundingClientRect().width))"
    )
    assert refuse == accept
    assert settings == (refuse if size in ("desktop", "doubled") else 2 * refuse + 6)
    for button in page.locator("#bd-first .bd-acts > *").all():
        expect(button).to_be_in_viewport(ratio=1)
    _open_panel(page)
    for button in page.locator("#bd-panel .bd-acts > *").all():
        expect(button).to_be_in_viewport(ratio=0.99)
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overflows_and_targets_are_large(size: str, browser: Browser, site: WidgetSite) -> None:
    """At 320 px and at 400 % zoom nothing scrolls sideways, and each target is 44 px high."""
    page = _visit(browser, site, size)
    _open_panel(page)
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('#bd-first'), document.querySelector('#bd-panel')].map((el) => el.scrollWidth > el.clientWidth + 1)"
    )
    assert wide == [False, False, False]
    small = page.eval_on_selector_all(
        "#bd-panel button, #bd-panel .bd-switch, #bd-panel summary, #bd-first button, #bd-first .bd-btn",
        "all => all.filter((el) => el.checkVisibility() && el.getBoundingClientRect().height < 43.9).map((el) => el.outerHTML.slice(0, 80))",
    )
    assert small == []
    page.context.close()


def test_purposes_can_be_read_on_the_smallest_phone(browser: Browser, site: WidgetSite) -> None:
    """At 320 by 568 the buttons leave most of the first layer to its text."""
    page = _visit(browser, site, "phone")
    page.set_viewport_size({"width": 320, "height": 568})
    shares = "() => ['#bd-first .bd-acts', '#bd-first'].map((css) => document.querySelector(css).getBoundingClientRect().height)"
    acts, whole = page.evaluate(shares)
    assert acts < 0.3 * whole
    page.context.close()


def test_nothing_of_ours_is_printed(browser: Browser, site: WidgetSite) -> None:
    """Paper shows the article alone."""
    page = _visit(browser, site, "desktop")
    _open_panel(page)
    page.emulate_media(media="print")
    for css in ("#bd-first", "#bd-foot", "#bd-panel"):
        expect(page.locator(css)).to_be_hidden()
    page.context.close()


def test_panel_never_stands_there_without_its_looks(browser: Browser, site: WidgetSite) -> None:
    """The panel waits for its own stylesheet, which is fetched with it and not before."""
    page = _visit(browser, site, "desktop")
    sheets = "() => [...document.styleSheets].map((sheet) => new URL(sheet.href).pathname[9])"
    assert page.evaluate(sheets) == ["p"]
    page.route("**/bandeau/o.*.css", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.evaluate(
        """() => { const show = HTMLDialogElement.prototype.showModal; HTMLDialogElement.prototype.showModal = function () {
          show.call(this); window.shown = getComputedStyle(this.querySelector(".bd-row")).display; }; }"""
    )
    _open_panel(page)
    assert page.evaluate("window.shown") == "grid"
    page.context.close()


def test_panel_whose_stylesheet_does_not_come_is_the_settings_page(
    browser: Browser, site: WidgetSite
) -> None:
    """The reader gets the same form as a page."""
    site.routes["/bandeau/choices"] = (200, {"content-type": "text/html"}, b"<h1>settings</h1>")
    page = _visit(browser, site, "desktop")
    page.route("**/bandeau/o.*.css", lambda route: route.abort())
    page.click("#bd-first [data-bd-open]")
    expect(page.locator("h1")).to_have_text("settings")
    page.context.close()


def test_first_layer_shifts_nothing_and_leaves_the_page_scrolling(browser: Browser, site: WidgetSite) -> None:
    """Cumulative layout shift is 0 with it, and the page behind can be read to its end."""
    page = _visit(browser, site, "desktop")
    page.wait_for_timeout(300)
    shift = page.evaluate("""() => new Promise((done) => { let sum = 0;
      new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; }).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => done(sum), 200); })""")
    assert shift == 0
    page.mouse.wheel(0, 100_000)
    page.wait_for_timeout(300)
    assert page.evaluate(
        "document.querySelector('#bd-foot').getBoundingClientRect().bottom <= document.querySelector('#bd-first').getBoundingClientRect().top"
    )
    page.context.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_focus_is_never_hidden_under_the_first_layer(size: str, browser: Browser, site: WidgetSite) -> None:
    """Each link of the page that takes the focus is in view above it (WCAG 2.4.11)."""
    page = _visit(browser, site, size)
    page.evaluate(
        "document.querySelectorAll('main p').forEach((p, i) => { if (i % 6 == 0) p.innerHTML = '<a href=#>lien</a>'; })"
    )
    for link in page.locator("main a").all():
        link.focus()
        page.wait_for_timeout(30)
        assert link.evaluate(
            "(el) => el.getBoundingClientRect().top < document.querySelector('#bd-first').getBoundingClientRect().top"
        )
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_footer_of_the_site_can_be_read_above_the_first_layer(
    size: str, script: bool, browser: Browser, site: WidgetSite
) -> None:
    """Whatever ends the page, and without JavaScript too, room is reserved below it."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
    page = context.new_page()
    style = scriptless_style(Visit(site.policy, None, site.today), asks=True).body.decode()
    noscript = f"<noscript><style>{style}</style></noscript>"
    html = f'<!doctype html><html lang="fr"><head>{site.head()}{noscript}<title>Une page</title></head>'
    html += f'<body>{site.first()}{TEXT}<footer id="own"><a href="/bandeau/choices">Vos choix</a></footer></body></html>'
    site.routes["/"] = (200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    page.goto(site.url + "/")
    expect(page.locator("#bd-first")).to_be_visible()
    page.mouse.wheel(0, 100_000)
    page.wait_for_timeout(300)
    footer, first = (page.locator(css).bounding_box() for css in ("#own", "#bd-first"))
    assert footer
    assert first
    assert footer["y"] >= 0
    assert footer["y"] + footer["height"] <= first["y"]
    context.close()


def test_knob_of_a_switch_is_seen_in_forced_colours(browser: Browser, site: WidgetSite) -> None:
    """A gradient is not painted there unless it is kept."""
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(site.page("/", TEXT))
    _open_panel(page)
    knob = "(el) => { const s = getComputedStyle(el, '::after'); return [s.backgroundImage.startsWith('radial'), s.forcedColorAdjust]; }"
    assert page.locator("#bd-panel .bd-switch .bd-band").first.evaluate(knob) == [True, "none"]
    context.close()


def test_right_to_left_mirrors_the_rows(browser: Browser, site: WidgetSite) -> None:
    """The band stands at the end of the line, whichever side that is."""
    page = _visit(browser, site, "desktop")
    _open_panel(page)
    side = "() => { const row = document.querySelector('[data-bd-purpose=audience]'); return row.querySelector('.bd-band').getBoundingClientRect().left > row.querySelector('legend').getBoundingClientRect().left; }"
    assert page.evaluate(side)
    page.evaluate("document.querySelector('#bd-form').dir = 'rtl'")
    assert not page.evaluate(side)
    page.context.close()
