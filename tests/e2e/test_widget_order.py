"""Released scripts run exactly as written: the neutralised page and the untouched page give one log of events."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.widget_site import WidgetSite, browser, context, neutralise, page, site

__all__ = ["browser", "context", "page", "site"]
pytestmark = pytest.mark.browser

# A.js, B.js … log their letter and who they are; "slow" ones answer late; d.js writes and m.mjs is a module.
LOG = """<script id="log">
window.log = [];
window.say = (word) => log.push(word + ":" + (document.currentScript ? document.currentScript.id || "anonymous" : "none") + ":" + document.readyState);
document.addEventListener("DOMContentLoaded", () => log.push("DOMContentLoaded"));
addEventListener("load", () => log.push("load"));
</script>"""
T = "@@"

#: name: (head, body); @@ is the third party. What is named async or slow is waited for by `load`.
ARRANGEMENTS: dict[str, tuple[str, str]] = {
    "inline": ("", "<script id=i>say('i')</script>"),
    "external": ("", f"<script id=a src={T}/A.js></script>"),
    "inline after external depends on it": ("", f"<script id=a src={T}/A.js></script><script id=i>say('i' + window.A)</script>"),
    "external after inline": ("", f"<script id=i>say('i')</script><script id=a src={T}/A.js></script>"),
    "two external, the first slow": ("", f"<script id=s src={T}/slow.js></script><script id=a src={T}/A.js></script>"),
    "defer before inline": ("", f"<script id=d defer src={T}/A.js></script><script id=i>say('i')</script>"),
    "two defers keep their order": ("", f"<script id=s defer src={T}/slow.js></script><script id=a defer src={T}/A.js></script>"),
    "defer in head, inline in body": (f"<script id=d defer src={T}/A.js></script>", "<p>x</p><script id=i>say('i')</script>"),
    "defer in body before a defer of the site": ("", f"<script id=d defer src={T}/A.js></script><script id=own defer src=/own.js data-keep></script>"),
    "async alone": ("", f"<script id=a async src={T}/A.js></script>"),
    "inline module": ("", "<script id=m type=module>say('m')</script><script id=i>say('i')</script>"),
    "external module": ("", f"<script id=m type=module src={T}/m.mjs></script><script id=i>say('i')</script>"),
    "module before defer": ("", f"<script id=m type=module src={T}/m.mjs></script><script id=d defer src={T}/A.js></script>"),
    "async module": ("", f"<script id=m type=module async src={T}/m.mjs></script>"),
    "nomodule does not run": ("", f"<script nomodule src={T}/A.js></script><script nomodule>say('no')</script><script id=i>say('i')</script>"),
    "data block does not run": ("", "<script type=application/json id=j>{\"a\":1}</script><script id=i>say(JSON.parse(document.getElementById('j').textContent).a)</script>"),
    "old javascript type": ("", "<script id=i type=text/javascript>say('i')</script><script id=k language=javascript>say('k')</script>"),
    "unknown type does not run": ("", "<script type=text/vbscript>say('no')</script><script id=i>say('i')</script>"),
    "document.write of text": ("", "<script id=i>document.write('<b id=w>w</b>'); say(!!document.getElementById('w'))</script>"),
    "document.write of an inline script": ("", "<script id=i>document.write('<script id=w>say(\"w\")<\\/script>'); say('i')</script>"),
    "document.write of an external script": ("", f"<script id=i>document.write('<script id=w src={T}/A.js><\\/script>'); say('i')</script><script id=j>say('j')</script>"),
    "external script that writes": ("", f"<script id=w src={T}/write.js></script><script id=i>say('i' + !!document.getElementById('written'))</script>"),
    "nested writes": ("", f"<script id=w src={T}/nest.js></script><script id=i>say('i')</script>"),
    "unclosed element written": ("", "<script id=i>document.write('<div id=box>')</script><script id=j>say(document.currentScript.parentNode.id)</script></div>"),
    "currentScript inserts before itself": ("", f"<script id=a src={T}/before.js></script><script id=i>say('i' + document.getElementById('b4').nextElementSibling.id)</script>"),
    "first script of the page as anchor": (f"<script id=a src={T}/first.js></script>", "<script id=i>say('i')</script>"),
    "last script so far is oneself": ("", "<script id=i>const all = document.getElementsByTagName('script'); say(all[all.length - 1].id)</script>"),
    "DOMContentLoaded listener": (f"<script id=a src={T}/dcl.js></script>", "<p>x</p>"),
    "DOMContentLoaded listener in defer": ("", f"<script id=a defer src={T}/dcl.js></script>"),
    "load listener": ("", f"<script id=a src={T}/onload.js></script>"),
    "onload attribute": ("", f"<script id=a src={T}/A.js onload=\"say('loaded')\"></script>"),
    "onerror attribute": ("", f"<script id=a src={T}/404 onerror=\"say('error')\"></script><script id=i>say('i')</script>"),
    "integrity that fits": ("", f"<script id=a src={T}/A.js crossorigin integrity=sha256-%SRI%></script>"),
    "integrity that does not": ("", f"<script id=a src={T}/A.js crossorigin integrity=sha256-AAAA onerror=\"say('blocked')\"></script>"),
    "inside a paragraph": ("", "<p id=p>a<script id=i>say(document.currentScript.parentNode.id)</script>b</p>"),
    "inside a table": ("", "<table><tr><td>1</td></tr><script id=i>say(document.currentScript.parentNode.tagName)</script></table>"),
    "after an image": ("", f"<img src=/own.gif><script id=a src={T}/A.js></script>"),
    "after a style sheet": ("<link rel=stylesheet href=/own.css>", "<script id=i>say(getComputedStyle(document.body).color)</script>"),
    "between scripts of the site": ("", f"<script id=own src=/own.js data-keep></script><script id=a src={T}/A.js></script><script id=own2 data-keep>say('own2')</script>"),
    "throws, then the next runs": ("", "<script id=i>say('i'); throw 1</script><script id=j>say('j')</script>"),
    "body that looks like markup": ("", "<script id=i>say('<b>&amp;</b>')</script>"),
    "comment in script": ("", "<script id=i><!--\nsay('i')\n//--></script>"),
    "awkward attributes": ("", f"<script id=\"a&quot;b\" data-x='1 & 2 \"3\"' src={T}/A.js></script><script id=i>say(document.getElementById('a\"b').dataset.x)</script>"),
    "attributes read by the script": ("", f"<script id=a src={T}/attr.js data-site=G-1 charset=utf-8></script>"),
    "stub queue and async loader": ("<script id=i>window.q = []; q.push(1); say('stub')</script>", f"<script id=a async src={T}/queue.js></script>"),
    "loader in the style of tag managers": ("<script id=i>(function(d){var j=d.createElement('script'),f=d.getElementsByTagName('script')[0];j.async=true;j.src='@@/A.js';j.id='j';f.parentNode.insertBefore(j,f)})(document); say('i')</script>", ""),
    "last thing in the page": ("", f"<p>x</p><script id=a src={T}/A.js></script>"),
    "three in a row": ("", "<script id=i>say(1)</script><script id=j>say(2)</script><script id=k>say(3)</script>"),
}  # fmt: skip

SCRIPTS = {
    "/A.js": "window.A = 1; say('A')",
    "/m.mjs": "say('module')",
    "/write.js": "document.write('<b id=written>w</b>'); say('write')",
    "/nest.js": "document.write('<script id=n1>say(1);document.write(\"<script id=n2>say(2)<\\\\/script>\");say(3)<\\/script>'); say('nest')",
    "/before.js": "var b = document.createElement('b'); b.id = 'b4'; document.currentScript.before(b); say('before')",
    "/first.js": "var s = document.scripts[document.scripts.length - 1]; say(s.id + s.parentNode.tagName)",
    "/dcl.js": "document.addEventListener('DOMContentLoaded', () => say('heard')); say('dcl')",
    "/onload.js": "addEventListener('load', () => say('heard')); say('onload')",
    "/attr.js": "say(document.currentScript.dataset.site + document.currentScript.charset + document.currentScript.type)",
    "/queue.js": "say('q' + q.length)",
    "/slow.js": "window.slow = 1; say('slow')",
}


def _serve_scripts(site: WidgetSite) -> None:
    import time

    def third_party(path: str) -> tuple[int, dict[str, str], bytes]:
        if path == "/slow.js":
            time.sleep(0.25)
        if path not in SCRIPTS:
            return 404, {"content-type": "text/plain"}, b""
        return (
            200,
            {"content-type": "text/javascript", "access-control-allow-origin": "*"},
            SCRIPTS[path].encode(),
        )

    site._third_party = third_party  # type: ignore[method-assign]
    site.routes["/own.js"] = (200, {"content-type": "text/javascript"}, b"say('own')")
    site.routes["/own.css"] = (200, {"content-type": "text/css"}, b"body{color:#123456}")


def _filled(markup: str, site: WidgetSite) -> str:
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(SCRIPTS["/A.js"].encode()).digest()).decode()
    return markup.replace(T, site.third("stats", "")).replace("%SRI%", digest)


def _log_of(page: Page, url: str) -> list[str]:
    page.goto(url, wait_until="load")
    page.wait_for_function("log.includes('load')")
    log: list[str] = page.evaluate("log")
    if "async" in page.content():
        # When an async script comes is a race on any page: what ran counts, not when.
        return sorted(entry.rpartition(":")[0] or entry for entry in log)
    return log


@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_released_page_gives_the_same_log_as_the_untouched_page(
    name: str, site: WidgetSite, page: Page
) -> None:
    """Order, currentScript, readyState and events are those of the page without us."""
    _serve_scripts(site)
    head, body = (_filled(part, site) for part in ARRANGEMENTS[name])
    held_head, held_body = neutralise(head), neutralise(body)
    untouched = site.page("/untouched", body, before="<script>0</script>" + LOG + head)
    released = site.page("/released", held_body, head=LOG + held_head)
    page.context.add_cookies([site.cookie("audience")])
    expected = _log_of(page, untouched)
    assert expected == _log_of(page, released)
    assert len(expected) >= 2


@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_held_page_runs_nothing_without_a_yes(name: str, site: WidgetSite, page: Page) -> None:
    """The control: the same pages, refused, run only what is the site's own."""
    _serve_scripts(site)
    head, body = (_filled(part, site) for part in ARRANGEMENTS[name])
    url = site.page("/held", neutralise(body), head=LOG + neutralise(head))
    page.context.add_cookies([site.cookie()])
    words = {entry.partition(":")[0] for entry in _log_of(page, url)}
    assert words <= {"DOMContentLoaded", "load", "own", "own2"}
    assert not site.called("stats")
