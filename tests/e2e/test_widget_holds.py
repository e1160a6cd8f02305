"""Frames, forms and named windows towards refused hosts are held; all others are let be."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.widget_site import WidgetSite, browser, context, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser
FRAME = "() => { const f = document.querySelector('iframe.t'); return [f.getAttribute('src'), f.dataset.bdSrc, f.dataset.bd]; }"
MAKE = "const f = document.createElement('iframe'); f.className = 't'; f.width = 9;"
WAYS = {
    "property": MAKE + "f.src = u; document.body.append(f)",
    "attribute": MAKE + "f.setAttribute('src', u); document.body.append(f)",
    "late": MAKE + "document.body.append(f); f.src = u",
    "markup": "document.body.insertAdjacentHTML('beforeend', `<iframe class=t width=9 src='${u}'></iframe>`)",
    "elsewhere": MAKE
    + "const d = new DOMParser().parseFromString('', 'text/html'); f.src = u; d.body.append(f); document.body.append(f)",
}


@pytest.mark.parametrize("way", WAYS)
def test_frame_of_a_refused_host_keeps_its_address_for_later(way: str, page: Page, site: WidgetSite) -> None:
    """As in markup: the address waits, the rest of the element stands, and the service is named."""
    page.goto(site.page("/", "<p>text</p>"))
    url = site.third("ads", "/f.html")
    page.evaluate(f"(u) => {{ {WAYS[way]} }}", url)
    assert page.evaluate(FRAME) == [None, url, "ads"]
    assert page.get_attribute("iframe.t", "width") == "9"
    page.wait_for_timeout(200)
    assert site.called("ads") == []


def test_frame_comes_once_its_host_is_allowed(page: Page, site: WidgetSite) -> None:
    """The page is loaded again after a yes, and its script is then let be."""
    make = WAYS["property"].replace("u;", repr(site.third("ads", "/f.html")) + ";")
    page.goto(site.page("/", f"<script>addEventListener('load', () => {{ {make} }})</script>"))
    assert site.called("ads") == []
    page.click("#bd-first [value=accept]")
    expect(page.locator("#bd-live")).to_contain_text("Choix enregistrés")
    page.wait_for_function("document.querySelector('iframe.t')?.getAttribute('src')")
    page.wait_for_load_state("networkidle")
    assert site.called("ads") == ["/f.html"]


def test_own_blank_and_allowed_frames_are_let_be(
    context: BrowserContext, page: Page, site: WidgetSite
) -> None:
    """Nothing is taken from a frame that goes nowhere refused, not even under a foreign base."""
    context.add_cookies([site.cookie("advertising")])
    page.goto(site.page("/", "<p>text</p>", head='<base href="https://elsewhere.example/">'))
    allowed = site.third("ads", "/f.html")
    for url in (allowed, site.url + "/own", "about:blank", "javascript:1", ""):
        page.evaluate(f"(u) => {{ document.querySelector('iframe.t')?.remove(); {WAYS['property']} }}", url)
        assert page.evaluate(FRAME) == [url, None, None]
    page.evaluate("document.querySelector('iframe.t').srcdoc = '<p>own</p>'")
    assert page.get_attribute("iframe.t", "srcdoc") == "<p>own</p>"


def test_frame_that_was_let_through_can_still_be_changed_after_a_withdrawal(
    context: BrowserContext, page: Page, site: WidgetSite
) -> None:
    """Attributes of a frame whose host is refused meanwhile neither loop nor get lost."""
    page.goto(site.page("/", "<p>text</p>"))
    page.evaluate(
        """(u) => { const d = new DOMParser().parseFromString(`<iframe class=t src='${u}'></iframe>`, "text/html");
          const f = d.querySelector("iframe"); f.setAttribute("title", "x"); f.setAttribute("width", "5"); document.body.append(f); }""",
        site.third("ads", "/f.html"),
    )
    assert page.get_attribute("iframe.t", "title") == "x"
    assert page.get_attribute("iframe.t", "width") == "5"


FORMS = {
    "submit": "form.submit()",
    "requestSubmit": "form.requestSubmit()",
    "button": "form.querySelector('button').click()",
}


@pytest.mark.parametrize("way", FORMS)
def test_form_goes_to_its_own_site_and_to_nobody_refused(way: str, page: Page, site: WidgetSite) -> None:
    """A field called action does not hide where the form goes."""
    site.routes["/sent"] = (200, {"content-type": "text/html"}, b"<h1>sent</h1>")
    body = "<form method=post action='{}'><input name=action value=x><button>go</button></form>"
    page.goto(site.page("/", body.format(site.third("ads", "/collect"))))
    page.evaluate(f"() => {{ const form = document.querySelector('main form, body > form'); {FORMS[way]} }}")
    page.wait_for_timeout(200)
    assert site.called("ads") == []
    page.goto(site.page("/", body.format("/sent")))
    page.evaluate(f"() => {{ const form = document.querySelector('main form, body > form'); {FORMS[way]} }}")
    expect(page.locator("h1")).to_have_text("sent")


def test_popup_to_share_an_article_opens(page: Page, site: WidgetSite) -> None:
    """A name is held only when it is a frame's: a window of its own is top navigation, a stated limit."""
    page.goto(site.page("/", "<iframe name=slot></iframe>"))
    url = site.third("ads", "/share.html")
    assert page.evaluate("(u) => window.open(u, 'slot')", url) is None
    with page.expect_popup() as popup:
        page.evaluate("(u) => { window.open(u, 'share') }", url)
    popup.value.wait_for_load_state()
    # The browser itself may ask for an icon once the window stands.
    assert site.called("ads")[:1] == ["/share.html"]


def test_our_own_names_are_not_reported(page: Page, site: WidgetSite) -> None:
    """What keeps the reader's place across our own reload is nobody's tracker."""
    page.goto(site.page("/", "<p>text</p>"))
    page.evaluate("sessionStorage.setItem('bd', '0'); sessionStorage.setItem('theirs', '0')")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(300)
    assert [report["items"] for report in site.reported()] == [[["s", "theirs"]]]
