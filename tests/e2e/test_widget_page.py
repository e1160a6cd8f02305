"""How a page follows a choice: tightened at once, loaded again only when the reader loses nothing by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.test_widget_choice import EVERYTHING, LONG, _ad, _bits, _open
from tests.e2e.widget_site import CHROMIUM, WidgetSite, browser, context, neutralise, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser


def test_accept_loads_the_page_again_once_when_something_visible_was_held(
    site: WidgetSite, page: Page
) -> None:
    """Referrer, scroll, focus and message survive, the held picture comes, and there is no second reload."""
    site.page("/", "<a id=go href=/article>go</a>")
    url = site.page("/article", _ad(site) + LONG)
    page.goto(site.url + "/")
    page.click("#go")
    page.mouse.wheel(0, 1_500)
    page.wait_for_timeout(300)
    page.click("#bd-first [value=accept]")
    page.wait_for_function("document.querySelector('[data-bd]:not(html)') == null")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
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
    "media that play": lambda page: page.evaluate(
        "Object.defineProperty(document.querySelector('audio'), 'paused', {value: false})"
    ),
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
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
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
    assert (
        second.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"
    )


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
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
    page.go_back()
    page.wait_for_function("(sessionStorage.shown || '').split(' ').length == 4")
    # Shown, shown again from the cache, then loaded again because of the choice.
    assert page.evaluate("sessionStorage.shown") == "false true false "
    started.close()


def test_private_page_made_for_a_wider_choice_tightens_and_loads_again(site: WidgetSite, page: Page) -> None:
    """The stamp of a stored page is compared with the choice that stands now."""
    made = site.private(None)
    page.context.add_cookies([site.cookie()])
    page.goto(site.page("/", LONG, l=0, x="3f"))
    page.wait_for_function("performance.getEntriesByType('navigation')[0].type == 'reload'")
    page.wait_for_timeout(300)
    # The same stale page comes again: it is not loaded a third time.
    assert [call.path for call in site.calls].count("/") == 2
    assert (
        page.evaluate(f"fetch('{site.third('stats')}').then(() => 'reached', () => 'refused')") == "refused"
    )
    assert made["x"] == "1"
