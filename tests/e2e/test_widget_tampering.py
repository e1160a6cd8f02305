"""What a page, its author or its scripts may put in our way opens nothing and breaks nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.widget_site import WidgetSite, browser, context, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser

#: Sanitisers keep data attributes; none of these may run when "st" is allowed.
GADGETS = [
    '<img data-bd="st" data-bd-src="x" data-bd-onerror="window.ran = 1">',
    '<iframe data-bd="st" data-bd-srcdoc="<script>parent.ran = 1</script>"></iframe>',
    '<iframe data-bd="st" data-bd-src="java\nscript:parent.ran = 1"></iframe>',
    '<svg><a data-bd="st" data-bd-href="javascript:window.ran = 1"><text y="20">a</text></a></svg>',
    '<a data-bd="st" data-bd-href=" &#1;JavaScript:window.ran = 1">a</a>',
]


CLICKS = """[...document.querySelectorAll("a")].filter((a) => !a.closest(".bd"))
    .forEach((a) => a.dispatchEvent(new MouseEvent("click", {bubbles: true})))"""


@pytest.mark.parametrize("markup", GADGETS)
@pytest.mark.parametrize("late", [False, True], ids=["in the page", "added later"])
def test_author_markup_never_becomes_a_script(markup: str, late: bool, site: WidgetSite, page: Page) -> None:
    """An author's own data-bd attributes bring no handler, no srcdoc and no javascript: address to life."""
    page.context.add_cookies([site.cookie("audience")])
    page.goto(site.page("/", "<p id=here>x</p>" + ("" if late else markup)))
    if late:
        page.evaluate("(html) => document.getElementById('here').innerHTML = html", markup)
    page.wait_for_timeout(150)
    page.evaluate(CLICKS)
    page.wait_for_timeout(50)
    assert page.evaluate("window.ran") is None


FORGED = "bd=1.3.{day}.ff.ff.0.0.zz.AAAAAAAAAAAAAAAAAAAAAA; path=/"


def test_page_script_cannot_write_our_cookie(site: WidgetSite, page: Page) -> None:
    """Our own name is the server's: a script of the page that writes a well-formed choice is not heard."""
    page.goto(site.page("/", "<p>x</p>"))
    day = page.evaluate("Math.floor(Date.now() / 864e5).toString(16)")
    page.evaluate("(text) => { document.cookie = text }", FORGED.format(day=day))
    page.evaluate("(text) => cookieStore.set('bd', text).catch(() => {})", FORGED.format(day=day)[3:-8])
    assert [c for c in page.context.cookies() if c["name"] == "bd"] == []


@pytest.mark.parametrize("tail", ["max-age=0999", "max-age=0; max-age=999", "max-age=00500"])
def test_only_a_real_removal_passes_as_one(tail: str, site: WidgetSite, page: Page) -> None:
    """The last age counts, as a whole number."""
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate("(tail) => { document.cookie = '_st1=1; path=/; ' + tail }", tail)
    assert "_st1" not in page.evaluate("document.cookie")


def test_property_defined_on_an_area_is_gated(site: WidgetSite, page: Page) -> None:
    """Object.defineProperty and Reflect.defineProperty write nothing for a refused service, and write for others."""
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate(
        "Object.defineProperty(localStorage, '_stl', {value: '1', configurable: true, enumerable: true, writable: true})"
    )
    page.evaluate(
        "Reflect.defineProperty(localStorage, 'own', {value: '1', configurable: true, enumerable: true, writable: true})"
    )
    assert page.evaluate("Object.keys(localStorage)") == ["own"]


def test_storage_event_and_length_take_what_stands_for_an_area(site: WidgetSite, page: Page) -> None:
    """Hooks that make their own storage events go on working."""
    page.goto(site.page("/", "<p>x</p>"))
    made = page.evaluate(
        "new StorageEvent('storage', {key: 'k', storageArea: localStorage}) instanceof Event"
    )
    length = page.evaluate(
        "Object.getOwnPropertyDescriptor(Storage.prototype, 'length').get.call(localStorage)"
    )
    assert (made, length) == (True, 0)


@pytest.mark.parametrize("name", ["cookie", "head", "readyState", "currentScript", "body"])
def test_element_named_like_a_property_keeps_nobody_from_refusing(
    name: str, site: WidgetSite, page: Page
) -> None:
    """DOM clobbering: the buttons of the first layer still work."""
    page.goto(site.page("/", f'<img name="{name}"><p>x</p>'))
    page.click("#bd-first button[value=refuse]")
    page.wait_for_timeout(400)
    assert site.posted()
