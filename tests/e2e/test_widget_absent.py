"""When a part of ours does not come, trackers stay out and the page stays open."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.widget_site import WidgetSite, browser, context, neutralise, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser


def _reach(page: Page, site: WidgetSite, name: str) -> str:
    return str(page.evaluate(f"fetch('{site.third(name)}').then(() => 'reached', () => 'refused')"))


def _body(site: WidgetSite) -> str:
    held = neutralise(f'<script src="{site.third("stats")}"></script>')
    return f'{held}<img data-bd="ads" data-bd-src="{site.third("ads", "/p.gif")}"><p id=end>end</p>'


@pytest.mark.parametrize("status", [404, 503])
@pytest.mark.parametrize("granted", [(), ("audience", "advertising")], ids=["refused", "allowed"])
def test_wall_alone_holds(status: int, granted: tuple[str, ...], site: WidgetSite, page: Page) -> None:
    """Without the guard nothing held comes back, the policy stands, and the page is whole."""
    site.routes["/bandeau/g.js"] = (status, {}, b"")
    page.context.add_cookies([site.cookie(*granted)])
    page.goto(site.page("/", _body(site)))
    expect(page.locator("#end")).to_be_visible()
    assert (site.called("stats"), site.called("ads"), page.problems) == ([], [], [])  # type: ignore[attr-defined]
    assert _reach(page, site, "video") == "refused"


def test_aborted_guard_holds_and_the_first_layer_still_works(site: WidgetSite, page: Page) -> None:
    """The wall shows the first layer and its form is a form."""
    page.route("**/bandeau/g.js", lambda route: route.abort())
    page.goto(site.page("/", _body(site)))
    with page.expect_navigation():
        page.click("#bd-first [value=refuse]")
    expect(page.locator("#bd-first")).to_be_hidden()
    assert not site.called("stats")


@pytest.mark.parametrize("comes", [False, True])
def test_the_site_hears_of_a_guard_that_did_not_come(comes: bool, site: WidgetSite, page: Page) -> None:
    """Once for a page, and never where it came."""
    if not comes:
        site.routes["/bandeau/g.js"] = (503, {}, b"")
    page.goto(site.page("/", _body(site)))
    page.goto(site.page("/next", ""))
    lost = [call.method for call in site.calls if call.path == "/bandeau/lost"]
    assert lost == ([] if comes else ["POST", "POST"][: len(lost)])
    assert bool(lost) is not comes


def test_late_guard_releases_in_order(site: WidgetSite, page: Page) -> None:
    """A guard that came after the markup brings it back one by one, and what is written goes in its place."""
    site.routes["/bandeau/none.js"] = (200, {"content-type": "text/javascript"}, b"")
    body = neutralise(
        f'<div id=box><script src="{site.third("stats", "/one.js")}"></script>'
        "<script>window.ran.push('inline'); document.write('<b id=w>w</b><script>window.ran.push(\"written\")<\\/script>')</script></div>"
        f'<script src="{site.third("stats", "/two.js")}"></script>'
    )
    page.context.add_cookies([site.cookie("audience", "advertising")])
    page.goto(site.page("/", body + _body(site), guard="/bandeau/none.js"))
    assert site.called("stats") == []
    page.add_script_tag(url=site.url + "/bandeau/g.js")
    page.wait_for_function("window.ran && window.ran.length == 5")
    assert page.evaluate("ran") == ["/one.js", "inline", "written", "/two.js", "/t.js"]
    assert page.evaluate(
        "[document.getElementById('w').parentNode.id, !!document.getElementById('end')]"
    ) == ["box", True]
    page.wait_for_function("document.querySelector('img').complete")


def test_late_nodes_come_back_in_order(site: WidgetSite, page: Page) -> None:
    """Held markup that a script adds after the page has loaded is released too."""
    page.context.add_cookies([site.cookie("audience")])
    page.goto(site.page("/", "<div id=box></div>"))
    page.evaluate(f"""() => {{
      for (const name of ["one", "two"]) {{
        const s = document.createElement("script");
        s.type = "text/plain"; s.dataset.bd = "stats"; s.setAttribute("data-bd-src", "{site.third("stats", "")}/" + name + ".js");
        box.append(s);
      }}
      box.insertAdjacentHTML("beforeend", '<img data-bd=stats data-bd-src="{site.third("stats", "/p.gif")}"><img data-bd=ads data-bd-src="{site.third("ads", "/p.gif")}">');
    }}""")
    page.wait_for_function("window.ran && ran.length == 2")
    assert page.evaluate("ran") == ["/one.js", "/two.js"]
    assert (site.called("stats").count("/p.gif"), site.called("ads")) == (1, [])


@pytest.mark.parametrize("markup", [
    '<img data-bd=stats data-bd-src="@@/p.gif">',
    '<img data-bd=stats data-bd-srcset="@@/p.gif 1x">',
    '<iframe data-bd=stats data-bd-src="@@/p.html"></iframe>',
    '<link rel=stylesheet data-bd=stats data-bd-href="@@/p.css">',
    '<video><source data-bd=stats data-bd-src="@@/p.gif"></video>',
    '<audio data-bd=stats data-bd-src="@@/p.gif"></audio>',
    '<object data-bd=stats data-bd-data="@@/p.gif"></object>',
    '<embed data-bd=stats data-bd-src="@@/p.gif">',
    '<p style="" data-bd=stats data-bd-style="background:url(@@/p.gif)">x</p>',
    '<style type="text/plain" data-bd=stats>body{background:url(@@/p.gif)}</style>',
    '<svg><image data-bd=stats data-bd-href="@@/p.gif"/></svg>',
    '<video data-bd=stats data-bd-poster="@@/p.gif"></video>',
    '<input type=image data-bd=stats data-bd-src="@@/p.gif">',
])  # fmt: skip
def test_held_element_comes_back_as_soon_as_it_stands(markup: str, site: WidgetSite, page: Page) -> None:
    """With a yes its URL is asked for, without one it is not."""
    url = site.page("/", markup.replace("@@", site.third("stats", "")))
    page.goto(url)
    page.wait_for_timeout(100)
    assert site.called("stats") == []
    page.context.add_cookies([site.cookie("audience")])
    page.goto(url)
    for _ in range(50):
        if site.called("stats"):
            break
        page.wait_for_timeout(100)
    assert len(site.called("stats")) == 1
    assert page.locator("[data-bd=stats]").count() == 0


def test_external_wall_does_what_the_inline_one_does(site: WidgetSite, page: Page) -> None:
    """As a file it puts up the same policy."""
    page.context.add_cookies([site.cookie("audience")])
    page.goto(site.page("/", _body(site), wall="/bandeau/w.js"))
    page.wait_for_function("window.ran")
    assert (_reach(page, site, "stats"), _reach(page, site, "ads")) == ("reached", "refused")


@pytest.mark.parametrize("guarded", [True, False], ids=["guard", "no guard"])
def test_fallback_stands_where_the_external_wall_does_not_come(
    guarded: bool, site: WidgetSite, page: Page
) -> None:
    """Only the site itself may be called, whatever the choice, and no error is thrown."""
    site.routes["/bandeau/w.js"] = (404, {}, b"")
    if not guarded:
        site.routes["/bandeau/g.js"] = (404, {}, b"")
    page.context.add_cookies([site.cookie("audience", "advertising")])
    page.goto(site.page("/", _body(site), wall="/bandeau/w.js"))
    expect(page.locator("#end")).to_be_visible()
    assert (_reach(page, site, "stats"), site.called("stats"), page.problems) == ("refused", [], [])  # type: ignore[attr-defined]


def test_wall_and_guard_run_once(site: WidgetSite, page: Page) -> None:
    """A page that carries them twice behaves as with one."""
    page.goto(site.page("/", "<p>x</p>", head=site.head()))
    assert page.locator("meta[http-equiv]").count() == 1
    page.click("#bd-first [value=refuse]")
    expect(page.locator("#bd-live")).to_have_text("Choix enregistrés.")
    assert len(site.posted()) == 1


def test_prerendered_page_follows_a_choice_made_meanwhile(site: WidgetSite, page: Page) -> None:
    """At activation the stamp is compared: what was allowed when it was prepared may be refused now."""
    page.context.add_cookies([site.cookie("audience")])
    page.goto(site.page("/", "<p>x</p>"))
    page.context.route("**/bandeau/g.js", lambda route: route.continue_())
    # Chromium fires this event at activation; the cookie has changed in between.
    page.evaluate(
        "void (window.cookieStore && (document.cookie = 'bd=; max-age=0; path=/'), document.dispatchEvent(new Event('prerenderingchange')))"
    )
    page.wait_for_function("performance.getEntriesByType('navigation')[0].type == 'reload'")
    assert _reach(page, site, "stats") == "refused"


HINTS = {
    "preconnect": "const l = document.createElement('link'); l.rel = 'preconnect'; l.href = url; document.head.append(l)",
    "preconnect, href last": "const l = document.createElement('link'); document.head.append(l); l.rel = 'preconnect'; l.href = url",
    "dns-prefetch by attribute": "const l = document.createElement('link'); document.head.append(l); l.setAttribute('href', url); l.setAttribute('rel', 'dns-prefetch')",
    "by list of words": "const l = document.createElement('link'); l.href = url; document.head.append(l); l.relList.add('preconnect')",
    "by markup": "document.head.insertAdjacentHTML('beforeend', `<link rel=preconnect href=${url}>`)",
    "by innerHTML": "document.body.innerHTML = `<p>x<link rel=preconnect href=${url}>`",
    "by fragment": "document.body.append(document.createRange().createContextualFragment(`<link rel=preconnect href=${url}>`))",
    "in a frame": "const f = document.createElement('iframe'); document.body.append(f); f.contentDocument.head.innerHTML = `<link rel=preconnect href=${url}>`",
    "in a shadow": "document.body.appendChild(document.createElement('div')).attachShadow({mode: 'closed'}).innerHTML = `<link rel=preconnect href=${url}>`",
    "refresh": "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '9;url=' + url; document.head.append(m)",
    "speculation rules": "const s = document.createElement('script'); s.type = 'speculationrules'; s.text = JSON.stringify({prefetch: [{urls: [url]}]}); document.head.append(s)",
    "after document.open": "document.open(); document.write(`<link rel=preconnect href=${url}>`); document.close()",
}  # fmt: skip
ACTIVE = """async () => {
  await new Promise((go) => setTimeout(go, 50));
  const roots = [document, ...[...document.querySelectorAll('iframe')].map((f) => f.contentDocument)];
  return roots.flatMap((r) => [...r.querySelectorAll('link[rel*=pre][href],meta[http-equiv=refresh][content],script[type=speculationrules]')]).length;
}"""


@pytest.mark.parametrize("name", HINTS)
def test_hint_to_a_refused_host_never_stands(name: str, site: WidgetSite, page: Page) -> None:
    """What no policy stops is taken away before it acts; to the site's own host it stays."""
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate(f"(url) => {{ {HINTS[name]} }}", site.third("ads", "/"))
    assert page.evaluate(ACTIVE) == 0


@pytest.mark.parametrize(
    "name",
    [name for name in HINTS if name not in ("in a shadow", "speculation rules", "after document.open")],
)
def test_hint_to_an_allowed_host_stays(name: str, site: WidgetSite, page: Page) -> None:
    """The control: with a yes the same line leaves its mark."""
    page.context.add_cookies([site.cookie("advertising")])
    page.goto(site.page("/", "<p>x</p>"))
    page.evaluate(f"(url) => {{ {HINTS[name]} }}", site.third("ads", "/"))
    assert page.evaluate(ACTIVE) == 1
