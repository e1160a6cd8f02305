"""What records a choice and what does not, and how a page follows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.widget_site import CHROMIUM, WidgetSite, browser, context, neutralise, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser
LONG = "<p>x</p>" * 200
EVERYTHING = ["audience", "social", "personalisation", "advertising"]


def _ad(site: WidgetSite) -> str:
    return f'<img width=40 height=40 data-bd="ads" data-bd-src="{site.third("ads", "/p.gif")}">'


def _open(page: Page, opener: str = "#bd-foot [data-bd-open]") -> None:
    page.click(opener)
    expect(page.locator("#bd-panel")).to_be_visible()


def _bits(page: Page) -> str | None:
    return next((cookie["value"].split(".")[4] for cookie in page.context.cookies() if cookie["name"] == "bd"), None)


NOT_CHOICES: dict[str, Callable[[Page], object]] = {
    "nothing": lambda page: None,
    "scrolling": lambda page: page.mouse.wheel(0, 3_000),
    "Escape on the first layer": lambda page: page.keyboard.press("Escape"),
    "a click beside the first layer": lambda page: page.mouse.click(20, 20),
    "opening the panel": lambda page: _open(page, "#bd-first [data-bd-open]"),
    "Escape in the panel": lambda page: (_open(page, "#bd-first [data-bd-open]"), page.check("[name='p.audience']"), page.keyboard.press("Escape")),
    "closing the panel": lambda page: (_open(page, "#bd-first [data-bd-open]"), page.check("[name='p.audience']"), page.click("[data-bd-close]")),
    "a click on the backdrop": lambda page: (_open(page, "#bd-first [data-bd-open]"), page.mouse.click(5, 5)),
    "a script's click": lambda page: page.evaluate("document.querySelector('#bd-first [value=accept]').click()"),
    "a script's event": lambda page: page.evaluate("document.querySelector('#bd-first [value=accept]').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"),
    "navigating": lambda page: page.click("#next"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_CHOICES)
def test_only_an_act_is_a_choice(name: str, site: WidgetSite, page: Page) -> None:
    """Scrolling, navigating, Escape, closing and scripts record nothing, and the question stays."""
    site.page("/next", LONG)
    page.goto(site.page("/", f"<a id=next href=/next>next</a>{LONG}"))
    NOT_CHOICES[name](page)
    page.wait_for_timeout(150)
    assert not [call for call in site.calls if call.method == "POST" and call.path == "/bandeau/choices"]
    assert _bits(page) is None
    assert "ask" in page.evaluate("document.documentElement.dataset.bd")


@pytest.mark.parametrize(("action", "bits"), [("refuse", "0"), ("accept", "1e")])
def test_first_layer_records_one_click(action: str, bits: str, site: WidgetSite, page: Page) -> None:
    """One click accepts or refuses, is sent once, and the first layer goes."""
    page.goto(site.page("/", LONG))
    page.click(f"#bd-first [value={action}]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    (sent,) = site.posted()
    assert (sent["action"], sent["shown"], sent["source"], sent["revision"]) == (action, EVERYTHING, "first", 3)
    assert _bits(page) == bits
    expect(page.locator("#bd-first")).to_be_hidden()


def test_one_option_is_two_clicks_from_the_panel(site: WidgetSite, page: Page) -> None:
    """A switch and save: only that purpose is allowed, its services with it."""
    page.goto(site.page("/", LONG))
    _open(page)
    page.check("[name='p.social']")
    page.click("#bd-panel [value=save]")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    (sent,) = site.posted()
    assert sent["purposes"] == dict.fromkeys(EVERYTHING, False) | {"social": True}
    assert (sent["services"], sent["source"], _bits(page)) == ({"youtube": True}, "panel", "4")


def test_service_can_differ_from_its_purpose(site: WidgetSite, page: Page) -> None:
    """The switch of a service follows its purpose, until it is set apart."""
    page.goto(site.page("/", LONG))
    _open(page)
    page.check("[name='p.social']")
    page.click("[data-bd-purpose=social] summary")
    expect(page.locator("[name='s.youtube']")).to_be_checked()
    page.uncheck("[name='s.youtube']")
    page.click("#bd-panel [value=save]")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    page.goto(site.url)
    assert page.evaluate("bd.T.s.map((s) => bd.v(bd.T.p[s[1]], s))") == [1, 0, 0, 0, 0, 0]


def test_panel_shows_what_stands(site: WidgetSite, page: Page) -> None:
    """Switches, and the day of the last choice, come from what the browser remembers."""
    page.context.add_cookies([site.cookie("audience", "advertising", day=20_000)])
    site.policy = site.policy
    page.goto(site.page("/", LONG, d=100_000))
    _open(page)
    shown = page.eval_on_selector_all("#bd-panel [role=switch]", "all => all.filter(b => b.checked).map(b => b.name)")
    assert shown == ["p.audience", "p.advertising"]
    expect(page.locator(".bd-when")).to_contain_text("2024")


def test_band_changes_word_icon_and_colour_with_the_switch(site: WidgetSite, page: Page) -> None:
    """Green with "Autorisé", red with "Refusé": never colour alone."""
    page.goto(site.page("/", LONG))
    _open(page)
    band = page.locator("[data-bd-purpose=audience] .bd-band")
    look = "el => [el.innerText.split('\\n')[0].trim(), [...el.querySelectorAll('svg')].filter(s => s.checkVisibility()).length, getComputedStyle(el).backgroundColor]"
    assert band.evaluate(look) == ["Refusé", 1, "rgb(200, 30, 30)"]
    page.check("[name='p.audience']")
    assert band.evaluate(look) == ["Autorisé", 1, "rgb(21, 128, 61)"]
    name = page.get_by_role("switch", name="Mesure d’audience Autorisé")
    expect(name).to_be_checked()


def test_focus_goes_in_stays_in_and_comes_back(site: WidgetSite, page: Page) -> None:
    """The panel takes the focus, keeps Tab inside, and gives the focus back to its opener."""
    page.goto(site.page("/", "<a href=/>before</a>" + LONG))
    page.focus("#bd-foot [data-bd-open]")
    page.keyboard.press("Enter")
    expect(page.locator("#bd-h")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement || document.activeElement == document.body || !!document.activeElement.closest('#bd-panel')")
    page.keyboard.press("Escape")
    expect(page.locator("#bd-panel")).to_be_hidden()
    expect(page.locator("#bd-foot [data-bd-open]")).to_be_focused()


def test_keyboard_alone_makes_a_choice(site: WidgetSite, page: Page) -> None:
    """Space switches, Enter on a button saves."""
    page.goto(site.page("/", LONG))
    page.focus("#bd-foot [data-bd-open]")
    page.keyboard.press("Enter")
    page.focus("[name='p.audience']")
    page.keyboard.press("Space")
    page.focus("#bd-panel [value=save]")
    page.keyboard.press("Enter")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    assert _bits(page) == "2"


def test_accept_loads_the_page_again_once_when_something_visible_was_held(site: WidgetSite, page: Page) -> None:
    """Referrer, scroll, focus and message survive, the held picture comes, and there is no second reload."""
    site.page("/", "<a id=go href=/article>go</a>")
    url = site.page("/article", _ad(site) + LONG)
    page.goto(site.url + "/")
    page.click("#go")
    page.mouse.wheel(0, 1_500)
    page.wait_for_timeout(300)
    page.click("#bd-first [value=accept]")
    page.wait_for_function("document.querySelector('[data-bd]:not(html)') == null")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    page.wait_for_timeout(300)
    assert [call.path for call in site.calls].count("/article") == 2
    assert site.called("ads") == ["/p.gif"]
    assert page.evaluate("[document.referrer, scrollY > 500]") == [site.url + "/", True]
    page.reload()
    assert page.url == url
    assert page.evaluate("sessionStorage.length") == 0


def test_accept_does_not_load_again_when_nothing_visible_was_held(site: WidgetSite, page: Page) -> None:
    """Measurement starts with the next page; the reader is told."""
    url = site.page("/", neutralise(f'<script src="{site.third("stats")}"></script>') + LONG)
    page.goto(url)
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("à partir de la page suivante")
    page.wait_for_timeout(200)
    assert [call.path for call in site.calls].count("/") == 1
    assert site.called("stats") == []
    page.click("#bd-live button")
    page.wait_for_function("window.ran")
    assert site.called("stats") == ["/t.js"]


BUSY = {
    "a typed word": lambda page: page.fill("#word", "comment in progress"),
    "a changed box": lambda page: page.check("#box"),
    "an editable text": lambda page: (page.click("#rich"), page.keyboard.type("a")),
    "an open dialog": lambda page: page.evaluate("document.querySelector('#dialog').show()"),
    "media that play": lambda page: page.evaluate("Object.defineProperty(document.querySelector('audio'), 'paused', {value: false})"),
}
FIELDS = "<textarea id=word></textarea><input type=checkbox id=box><div id=rich contenteditable>x</div><dialog id=dialog>d</dialog><audio></audio>"


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("withdrawing", [False, True], ids=["accept", "withdraw"])
def test_page_in_use_is_not_loaded_again(name: str, withdrawing: bool, site: WidgetSite, page: Page) -> None:
    """What the reader types or watches is not lost: the choice waits for the next page, or for the button."""
    if withdrawing:
        page.context.add_cookies([site.cookie(*EVERYTHING)])
    page.goto(site.page("/", FIELDS + _ad(site) + LONG))
    BUSY[name](page)
    if withdrawing:
        page.evaluate("document.querySelector('dialog').close()") if name == "an open dialog" else None
        _open(page)
        page.evaluate("document.querySelector('#dialog').show()") if name == "an open dialog" else None
        page.click("#bd-panel [value=refuse]")
    else:
        page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("à partir de la page suivante")
    expect(page.locator("#bd-live button")).to_have_text("Appliquer maintenant")
    assert [call.path for call in site.calls].count("/") == 1


def test_answer_to_a_post_is_never_loaded_again(site: WidgetSite, page: Page) -> None:
    """A reload would post again: there is a message and no button."""
    page.goto(site.page("/", _ad(site) + LONG, o=1))
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("à partir de la page suivante")
    expect(page.locator("#bd-live button")).to_have_count(0)
    assert [call.path for call in site.calls].count("/") == 1


def test_withdrawal_tightens_at_once_clears_and_loads_again(site: WidgetSite, page: Page) -> None:
    """Before the server has answered, the third party is out of reach and its storage is gone."""
    page.context.add_cookies([site.cookie(*EVERYTHING)])
    page.goto(site.page("/", LONG))
    page.evaluate("document.cookie = '_st1=1; path=/'; localStorage._stl = 1")
    assert page.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached')") == "reached"
    site.choice_delay = 1.5
    _open(page)
    page.click("#bd-panel [value=refuse]")
    state = page.evaluate(f"""async () => [
      await fetch('{site.third("stats")}').catch(() => 'refused'),
      document.cookie.includes('_st1'), localStorage.length]""")
    assert state == ["refused", False, 0]
    page.wait_for_function("performance.getEntriesByType('navigation')[0].type == 'reload'")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    assert _bits(page) == "0"


def test_withdrawal_reaches_the_other_tab(site: WidgetSite, context: BrowserContext) -> None:
    """A second tab tightens and loads again without being touched."""
    context.add_cookies([site.cookie(*EVERYTHING)])
    url = site.page("/", LONG)
    first, second = context.new_page(), context.new_page()
    second.goto(url)
    second.evaluate("window.before = true")
    first.goto(url)
    _open(first)
    first.click("#bd-panel [value=refuse]")
    second.wait_for_function("!window.before")
    second.wait_for_load_state()
    assert second.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"


def test_accept_elsewhere_leaves_the_other_tab_alone(site: WidgetSite, context: BrowserContext) -> None:
    """The question goes there too, and nothing is loaded again."""
    url = site.page("/", _ad(site) + LONG)
    first, second = context.new_page(), context.new_page()
    second.goto(url)
    second.evaluate("window.before = true")
    first.goto(url)
    first.click("#bd-first [value=accept]")
    expect(second.locator("#bd-first")).to_be_hidden()
    assert second.evaluate("window.before")


def test_page_from_the_back_forward_cache_follows_the_choice(site: WidgetSite, browser: Browser) -> None:
    """A page that comes back with an older, wider choice is not left as it was."""
    note = "<script>addEventListener('pageshow', (e) => sessionStorage.shown = (sessionStorage.shown || '') + e.persisted + ' ')</script>"
    # Playwright switches this cache off unless told otherwise.
    started = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    )
    page = started.new_page()
    page.context.add_cookies([site.cookie(*EVERYTHING)])
    site.page("/next", LONG)
    page.goto(site.page("/", "<a id=next href=/next>next</a>" + note + LONG))
    page.click("#next")
    page.wait_for_url("**/next")
    _open(page)
    page.click("#bd-panel [value=refuse]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    page.go_back()
    page.wait_for_function("(sessionStorage.shown || '').split(' ').length == 4")
    # Shown, shown again from the cache, then loaded again because of the choice.
    assert page.evaluate("sessionStorage.shown") == "false true false "
    started.close()


def test_choice_is_sent_again_when_the_server_is_busy(site: WidgetSite, page: Page) -> None:
    """A 503 is tried again with the same key."""
    site.choice_status = [503]
    page.goto(site.page("/", LONG))
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    first, second = site.posted()
    assert first["key"] == second["key"]
    assert len(str(first["key"])) <= 64


def test_refusal_that_cannot_be_recorded_still_refuses(site: WidgetSite, page: Page) -> None:
    """The page stays tightened, the old yes is forgotten by the browser, and the reader is told."""
    page.context.add_cookies([site.cookie(*EVERYTHING)])
    page.goto(site.page("/", LONG))
    site.choice_status = [503, 503, 503]
    _open(page)
    page.click("#bd-panel [value=refuse]")
    expect(page.locator("#bd-live")).to_contain_text("n’a pas pu être enregistré")
    assert _bits(page) is None
    assert page.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"


def test_form_goes_by_itself_when_fetch_is_in_the_way(site: WidgetSite, page: Page) -> None:
    """Where fetch fails the same form is submitted as if there were no script."""
    page.goto(site.page("/", LONG))
    page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('blocked')))")
    with page.expect_navigation():
        page.click("#bd-first [value=accept]")
    assert _bits(page) == "1e"
    assert site.posted() == []


def test_panel_that_cannot_be_fetched_opens_the_settings_page(site: WidgetSite, page: Page) -> None:
    """The link behind the button still leads somewhere."""
    site.routes["/bandeau/panel/fr.html"] = (500, {}, b"")
    site.routes["/bandeau/choices"] = (200, {"content-type": "text/html"}, b"<title>settings</title>")
    page.goto(site.page("/", LONG))
    page.click("#bd-foot [data-bd-open]")
    page.wait_for_url("**/bandeau/choices")


def test_global_privacy_control_is_said_and_presets_a_refusal(site: WidgetSite, context: BrowserContext) -> None:
    """The signal refuses profiles and advertising, the panel says so, and a later yes stands."""
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page = context.new_page()
    page.goto(site.page("/", LONG))
    expect(page.locator("#bd-first .bd-gpc")).to_be_visible()
    _open(page)
    expect(page.locator("#bd-panel .bd-gpc")).to_have_count(2)
    page.click("#bd-panel [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    page.goto(site.url)
    assert page.evaluate("bd.v(bd.T.p[4])") == 1


def test_newer_choice_than_the_page_is_honoured_and_not_asked(site: WidgetSite, page: Page) -> None:
    """A cached page of an older policy meets a cookie of a newer one."""
    page.context.add_cookies([site.cookie("audience", revision=9)])
    page.goto(site.page("/", LONG))
    expect(page.locator("#bd-first")).to_be_hidden()
    assert page.evaluate("bd.v(bd.T.p[1])") == 1


def test_private_page_made_for_a_wider_choice_tightens_and_loads_again(site: WidgetSite, page: Page) -> None:
    """The stamp of a stored page is compared with the choice that stands now."""
    made = site.private(None)
    page.context.add_cookies([site.cookie()])
    page.goto(site.page("/", LONG, l=0, x="3f"))
    page.wait_for_function("performance.getEntriesByType('navigation')[0].type == 'reload'")
    page.wait_for_timeout(300)
    # The same stale page comes again: it is not loaded a third time.
    assert [call.path for call in site.calls].count("/") == 2
    assert page.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"
    assert made["x"] == "1"


def test_embed_frames_are_loaded_again_after_a_choice(site: WidgetSite, page: Page) -> None:
    """A first-party frame shows its own state: it needs no reload of the page."""
    site.routes["/bandeau/embed/youtube"] = (200, {"content-type": "text/html"}, b"<p>placeholder</p>")
    page.goto(site.page("/", '<iframe data-bd=youtube data-bd-src="https://x.example/v" src="/bandeau/embed/youtube?u=x"></iframe>' + LONG))
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés")
    page.wait_for_timeout(200)
    assert [call.path for call in site.calls if "embed" in call.path] == ["/bandeau/embed/youtube?u=x"] * 2
    assert [call.path for call in site.calls].count("/") == 1


def test_page_stays_fit_for_the_back_forward_cache(site: WidgetSite, page: Page) -> None:
    """Nothing of ours listens to unload or holds a connection open."""
    page.goto(site.page("/", LONG))
    text = site.answer.__self__ and page.evaluate("fetch('/bandeau/g.js').then((r) => r.text())")
    assert not any(word in text for word in ("unload", "BroadcastChannel", "WebSocket", "EventSource"))
