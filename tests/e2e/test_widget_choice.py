"""What records a choice and what does not, and how a page follows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.widget_site import WidgetSite, browser, context, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser
LONG = "<p>x</p>" * 200
PROBLEM = "application/problem+json"
EVERYTHING = ["audience", "social", "personalisation", "advertising"]


def _ad(site: WidgetSite) -> str:
    return f'<img width=40 height=40 data-bd="ads" data-bd-src="{site.third("ads", "/p.gif")}">'


def _open(page: Page, opener: str = "#bd-foot [data-bd-open]") -> None:
    page.click(opener)
    expect(page.locator("#bd-panel")).to_be_visible()


def _bits(page: Page) -> str | None:
    return next(
        (cookie["value"].split(".")[4] for cookie in page.context.cookies() if cookie["name"] == "bd"), None
    )


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
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
    (sent,) = site.posted()
    assert (sent["action"], sent["shown"], sent["source"], sent["revision"]) == (
        action,
        EVERYTHING,
        "first",
        3,
    )
    assert _bits(page) == bits
    expect(page.locator("#bd-first")).to_be_hidden()


@pytest.mark.parametrize("reloads", [False, True])
def test_message_gives_the_code_and_takes_the_focus(reloads: bool, site: WidgetSite, page: Page) -> None:
    """The receipt is named as without JavaScript, and the focus goes where the reader is told so."""
    site.answered = {"code": "K7QM-2RTX"}
    page.goto(site.page("/", (_ad(site) if reloads else "") + LONG))
    page.focus("#bd-first [value=accept]")
    page.keyboard.press("Enter")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés. Votre reçu porte le numéro K7QM-2RTX.")
    expect(page.locator("#bd-live")).to_be_focused()
    assert [call.path for call in site.calls].count("/") == 1 + reloads


@pytest.mark.parametrize("tag", ["img", "script"])
@pytest.mark.parametrize("late", [False, True])
def test_element_held_for_two_services_waits_for_both(
    late: bool, tag: str, site: WidgetSite, page: Page
) -> None:
    """One of two allowed is not enough; with both it comes, in markup or added later."""
    kind = ' type="text/plain"' if tag == "script" else ""
    held = f'<{tag} data-bd="stats ads"{kind} data-bd-src="{site.third("stats", "/t." + ("js" if kind else "gif"))}"></{tag}>'
    if late:
        ended = repr(held.replace("</", "<\\/"))
        held = "<script>addEventListener('load', () => document.body.append(document.createRange().createContextualFragment(ENDED)))</script>".replace(
            "ENDED", ended
        )
    for purposes, calls in ((["audience"], 0), (["audience", "advertising"], 1)):
        page.goto("about:blank")
        page.context.clear_cookies()
        page.context.add_cookies([site.cookie(*purposes)])
        page.goto(site.page("/", held + LONG))
        page.wait_for_timeout(400)
        assert len(site.called("stats")) == calls
        assert page.locator("[data-bd='stats ads']").count() == 1 - calls


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
    """The switches come from what the browser remembers, the rest from the server, at each opening."""
    page.context.add_cookies([site.cookie("audience", "advertising", day=20_000)])
    site.policy = site.policy
    page.goto(site.page("/", LONG, d=100_000))
    _open(page)
    shown = page.eval_on_selector_all(
        "#bd-panel [role=switch]", "all => all.filter(b => b.checked).map(b => b.name)"
    )
    assert shown == ["p.audience", "p.advertising"]
    expect(page.locator("#bd-panel .bd-last")).to_have_text("Dernier choix : 4 octobre 2024")
    page.keyboard.press("Escape")
    site.last = "<p>Votre reçu porte le numéro <a href='/bandeau/receipt/7'>7</a>.</p>"
    _open(page)
    expect(page.locator("#bd-panel .bd-last a")).to_have_attribute("href", "/bandeau/receipt/7")


def test_panel_asks_the_server_for_nothing_before_the_first_choice(site: WidgetSite, page: Page) -> None:
    """There is nobody yet whose choice it could be."""
    page.goto(site.page("/", LONG))
    _open(page)
    expect(page.locator("#bd-panel .bd-last")).to_be_empty()
    assert not [call for call in site.calls if call.path.startswith("/bandeau/last")]


@pytest.mark.parametrize("status", [404, 503])
def test_panel_opens_although_the_last_choice_cannot_be_told(
    site: WidgetSite, page: Page, status: int
) -> None:
    """A full disk, an older server: the switches are all there, nothing of the error is."""
    page.context.add_cookies([site.cookie("audience")])
    site.routes["/bandeau/last"] = (status, {"content-type": "text/html"}, b"<b>no</b>")
    page.goto(site.page("/", LONG))
    _open(page)
    expect(page.locator("[name='p.audience']")).to_be_checked()
    expect(page.locator("#bd-panel .bd-last")).to_be_empty()
    assert page.problems == []  # type: ignore[attr-defined]


def test_choice_says_which_text_was_shown(site: WidgetSite, page: Page) -> None:
    """The form's own notice goes with the answer."""
    digest = "sha256:" + "ab" * 32
    first = site.first().replace('name="notice" value=""', f'name="notice" value="{digest}"')
    site.first = lambda: first  # type: ignore[method-assign]
    page.goto(site.page("/", LONG))
    page.click("#bd-first [value=refuse]")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    assert [sent["notice"] for sent in site.posted()] == [digest]


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
        assert page.evaluate(
            "!document.activeElement || document.activeElement == document.body || !!document.activeElement.closest('#bd-panel')"
        )
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


def test_choice_is_sent_again_when_the_server_is_busy(site: WidgetSite, page: Page) -> None:
    """A 503 is tried again with the same key."""
    site.choice_status = [503]
    page.goto(site.page("/", LONG))
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
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
    assert (
        page.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"
    )


@pytest.mark.parametrize("status", [429, 503])
def test_refusal_that_the_server_kept_in_the_cookie_stays_there(
    status: int, site: WidgetSite, page: Page
) -> None:
    """Not recorded, and obeyed: an objection that is kept must not be forgotten with the old yes."""
    page.context.add_cookies([site.cookie(*EVERYTHING)])
    page.goto(site.page("/", LONG))
    kept = f"bd={site.cookie()['value']}; Max-Age=60; Path=/; SameSite=Lax"
    site.routes["/bandeau/choices"] = (status, {"content-type": PROBLEM, "set-cookie": kept}, b"{}")
    _open(page)
    page.click("#bd-panel [value=refuse]")
    expect(page.locator("#bd-live")).to_contain_text("n’a pas pu être enregistré")
    assert _bits(page) == "0"


def test_too_many_choices_are_not_sent_again(site: WidgetSite, page: Page) -> None:
    """A network beyond its limit hears once that it failed, and is not made to post more."""
    site.choice_status = [429] * 9
    page.goto(site.page("/", LONG))
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("n’a pas pu être enregistré")
    assert len(site.posted()) == 1
    assert _bits(page) is None


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


def test_global_privacy_control_is_said_and_presets_a_refusal(
    site: WidgetSite, context: BrowserContext
) -> None:
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


def test_embed_frames_are_loaded_again_after_a_choice(site: WidgetSite, page: Page) -> None:
    """A first-party frame shows its own state: it needs no reload of the page."""
    site.routes["/bandeau/embed/youtube"] = (200, {"content-type": "text/html"}, b"<p>placeholder</p>")
    page.goto(
        site.page(
            "/",
            '<iframe data-bd=youtube data-bd-src="https://x.example/v" src="/bandeau/embed/youtube?u=x"></iframe>'
            + LONG,
        )
    )
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
    page.wait_for_timeout(200)
    assert [call.path for call in site.calls if "embed" in call.path] == ["/bandeau/embed/youtube?u=x"] * 2
    assert [call.path for call in site.calls].count("/") == 1


def test_page_stays_fit_for_the_back_forward_cache(site: WidgetSite, page: Page) -> None:
    """Nothing of ours listens to unload or holds a connection open."""
    page.goto(site.page("/", LONG))
    text = site.answer.__self__ and page.evaluate("fetch('/bandeau/g.js').then((r) => r.text())")
    assert not any(word in text for word in ("unload", "BroadcastChannel", "WebSocket", "EventSource"))
