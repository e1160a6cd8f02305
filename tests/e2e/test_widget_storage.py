"""What refused services would leave on the device is not written, and what is there goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from bandeau.core.policy import Undeclared
from tests.e2e.widget_policy import make_policy
from tests.e2e.widget_site import WidgetSite, browser, context, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser

#: Ways to write a declared name, and how to see it there.
WRITES = {
    "document.cookie": ("document.cookie = '_st1=1; path=/'", "document.cookie.includes('_st1')"),
    "document.cookie with a space": ("document.cookie = ' _st1 =1; path=/'", "document.cookie.includes('_st1')"),
    "cookieStore by name": ("cookieStore.set('_st1', '1').catch(() => {})", "document.cookie.includes('_st1')"),
    "cookieStore by object": ("cookieStore.set({name: '_st1', value: '1'}).catch(() => {})", "document.cookie.includes('_st1')"),
    "localStorage.setItem": ("localStorage.setItem('_stl', '1')", "'_stl' in localStorage"),
    "localStorage assignment": ("localStorage._stl = '1'", "'_stl' in localStorage"),
    "localStorage assignment by key": ("window['localStorage']['_stl'] = '1'", "'_stl' in localStorage"),
    "Storage.prototype.setItem": ("Storage.prototype.setItem.call(localStorage, '_stl', '1')", "'_stl' in localStorage"),
    "sessionStorage.setItem": ("sessionStorage.setItem('_sts', '1')", "'_sts' in sessionStorage"),
    "sessionStorage assignment": ("sessionStorage._sts = '1'", "'_sts' in sessionStorage"),
    "IndexedDB": ("try { indexedDB.open('_stdb').onsuccess = () => {} } catch {}", "indexedDB.databases().then((all) => all.some((db) => db.name == '_stdb'))"),
    "CacheStorage": ("caches.open('_stc').catch(() => {})", "caches.has('_stc')"),
    "a frame's localStorage": ("frame().contentWindow.localStorage.setItem('_stl', '1')", "'_stl' in localStorage"),
    "a frame's document.cookie": ("frame().contentDocument.cookie = '_st1=1; path=/'", "document.cookie.includes('_st1')"),
}  # fmt: skip
FRAME = "window.frame = () => document.body.appendChild(document.createElement('iframe'));"


def _written(page: Page, name: str) -> bool:
    act, look = WRITES[name]
    page.evaluate(f"{FRAME} {act}")
    page.wait_for_timeout(50)
    return bool(page.evaluate(look))


@pytest.mark.parametrize("name", WRITES)
def test_refused_service_writes_nothing(name: str, site: WidgetSite, page: Page) -> None:
    """A declared name of a refused service is dropped, whichever way it is written."""
    page.goto(site.page("/", "<p>x</p>"))
    assert not _written(page, name)
    assert page.problems == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", WRITES)
def test_allowed_service_writes(name: str, site: WidgetSite, page: Page) -> None:
    """The control: with a yes each of these writes."""
    page.context.add_cookies([site.cookie("audience")])
    page.goto(site.page("/", "<p>x</p>"))
    assert _written(page, name)


def test_report_mode_lets_everything_be_written(site: WidgetSite, page: Page) -> None:
    """In report mode nothing is blocked, and the report says what would be."""
    page.goto(site.page("/", "<p>x</p>", m="report"))
    assert _written(page, "localStorage.setItem")
    page.goto("about:blank")
    page.wait_for_timeout(200)
    assert ["l", "_stl"] in site.reported()[0]["items"]  # type: ignore[operator]


@pytest.mark.parametrize(("rule", "kept"), [(Undeclared.REPORT, True), (Undeclared.BLOCK, False)])
def test_undeclared_name_follows_the_policy(
    rule: Undeclared, kept: bool, site: WidgetSite, page: Page
) -> None:
    """A cookie that nobody declared is reported, and dropped where the policy says so."""
    site.policy = make_policy(site.port, uc=rule)
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate("document.cookie = 'stray=1'")
    assert kept == page.evaluate("document.cookie.includes('stray')")


def test_storage_behaves_as_before_for_the_site(site: WidgetSite, page: Page) -> None:
    """What stands for localStorage reads, counts, lists and removes as the real one."""
    page.goto(site.page("/", "<p>x</p>"))
    found = page.evaluate("""() => {
      localStorage.cart = 1; localStorage.setItem("b", "2");
      const all = [localStorage.cart, localStorage.getItem("b"), localStorage.length, Object.keys(localStorage).sort().join(),
        "cart" in localStorage, localStorage.missing, localStorage.getItem("missing"), localStorage instanceof Storage, JSON.stringify(localStorage)];
      delete localStorage.cart; localStorage.removeItem("b");
      return [...all, localStorage.length, localStorage.key(0)];
    }""")
    assert (
        found == ["1", "2", 2, "b,cart", True, None, None, True, '{"cart":"1","b":"2"}', 0, None]
        or found[8] == '{"b":"2","cart":"1"}'
    )


def test_remains_of_refused_services_go_when_a_page_opens(site: WidgetSite, page: Page) -> None:
    """Cookies on any path or parent domain, keys, databases and caches of a refused service do not outlive a page view."""
    page.context.add_cookies([site.cookie("audience")])
    url = site.page("/a/b/c", "<p>x</p>")
    page.goto(url)
    page.evaluate("""async () => {
      for (const path of ["/", "/a", "/a/", "/a/b", "/a/b/c"]) document.cookie = `_st=1; path=${path}`;
      localStorage._stl = sessionStorage._sts = 1; localStorage.cart = 1;
      await caches.open("_stc");
      await new Promise((ok) => (indexedDB.open("_stdb").onsuccess = (event) => (event.target.result.close(), ok())));
    }""")
    page.goto("about:blank")
    page.context.add_cookies([site.cookie()])
    page.goto(url)
    page.wait_for_timeout(300)
    left = page.evaluate(
        "async () => [document.cookie.includes('_st'), Object.keys(localStorage), Object.keys(sessionStorage), await caches.keys(), await indexedDB.databases()]"
    )
    assert left == [False, ["cart"], [], [], []]


def test_own_cookie_and_declared_necessary_ones_are_left(site: WidgetSite, page: Page) -> None:
    """The choice itself and the session stay."""
    page.context.add_cookies([site.cookie(), {"name": "sessionid", "value": "1", "url": site.url}])
    page.goto(site.page("/", "<p>x</p>"))
    assert {cookie["name"] for cookie in page.context.cookies()} == {"bd", "sessionid"}


def test_reports_carry_no_query_string(site: WidgetSite, context: BrowserContext) -> None:
    """A blocked URL is reported without what follows its question mark."""
    page = context.new_page()
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate(f"fetch('{site.third('ads')}?id=person').catch(() => {{}})")
    page.goto("about:blank")
    page.wait_for_timeout(200)
    body = site.reported()[0]
    assert ["csp", "connect-src", site.third("ads"), ""] in body["items"]  # type: ignore[operator]
    assert (body["page"], body.keys()) == ("/", {"page", "items"})


def test_reports_name_the_script_that_called(site: WidgetSite, context: BrowserContext) -> None:
    """Without its query string too: its host leads to whoever brought the call in."""
    site.routes["/own.js"] = (
        200,
        {"content-type": "text/javascript"},
        f"fetch('{site.third('ads')}').catch(() => {{}})".encode(),
    )
    page = context.new_page()
    page.goto(site.page("/", "<script src='/own.js?id=person'></script>"))
    page.goto("about:blank")
    page.wait_for_timeout(200)
    assert ["csp", "connect-src", site.third("ads"), f"{site.url}/own.js"] in site.reported()[0]["items"]  # type: ignore[operator]
