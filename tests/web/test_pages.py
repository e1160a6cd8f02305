"""What pages receive, and the files that it names."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from bandeau.core.policy import Mode, SiteInfo
from bandeau.core.request import RequestHead
from bandeau.enforcement.html.rules import Inserts
from bandeau.site import Site
from bandeau.web.pages.inserts import Pages
from tests.web.markup import elements, fields, named
from tests.web.sites import DAY, POLICY, SITE, Browser, a_policy, header

BLOCKED_WORDS = (
    "cookie",
    "consent",
    "gdpr",
    "rgpd",
    "dsgvo",
    "cnil",
    "lgpd",
    "cmp",
    "tcf",
    "privacy",
    "banner",
)


def inserts_of(browser: Browser, language: str = "fr", *, shared: bool = True, **more: object) -> Inserts:
    """Return the inserts of a page for a reader."""
    lines = [("cookie", "; ".join(f"{k}={v}" for k, v in browser.cookies.items()))] if browser.cookies else []
    lines += [("sec-gpc", "1")] if browser.gpc else []
    visit = browser.site.visit(RequestHead("GET", "https", browser.host, "/", "", tuple(lines)))
    return Pages(browser.site).inserts(visit, language, shared=shared, **more)  # type: ignore[arg-type]


def in_mode(mode: Mode) -> Browser:
    """Return a reader of a site in another mode."""
    policy = a_policy(enforce=replace(POLICY.enforce, mode=mode))
    return Browser(Site.in_memory(policy, clock=lambda: DAY * 86_400))


def test_a_shared_page_is_the_same_for_everybody() -> None:
    """Threat 10: no byte hangs on the reader's choice or signal."""
    accepted, refused, fresh = Browser(), Browser(gpc=True), Browser()
    accepted.accept()
    refused.refuse()
    assert inserts_of(accepted) == inserts_of(refused) == inserts_of(fresh)


def test_a_private_page_bears_its_reader_s_stamp() -> None:
    """The wall can tell whether the header was made for what the browser now holds."""
    accepted, fresh = Browser(), Browser()
    accepted.accept()
    assert inserts_of(accepted, shared=False).head != inserts_of(fresh, shared=False).head
    assert b'"x":null' in inserts_of(fresh).head


def test_the_inserts_are_ascii() -> None:
    """The charset of the page is not known: no byte may be read in two ways."""
    policy = a_policy(site=replace(SITE, name="La Gazette — Édition \u2028 \U0001f4f0"))
    site = Site.in_memory(policy, clock=lambda: DAY * 86_400)
    for external in (False, True):
        inserts = inserts_of(Browser(site), external=external)
        assert (inserts.head + inserts.body + inserts.foot).isascii()
    assert "Édition" in unescape(inserts_of(Browser(site)).body.decode())


def test_the_wall_stands_first_and_the_guard_after_it() -> None:
    """Wall, guard, stylesheet, stylesheet for readers without JavaScript: in that order."""
    head = inserts_of(Browser()).head.decode()
    tags = [e.tag for e in elements(head)]
    assert tags == ["script", "script", "link", "noscript", "link"]
    assert head.index("Content-Security-Policy") < head.index("</script>")
    assert re.search(
        r'</script><script src="/bandeau/g\.[0-9a-f]{16}\.js"></script><link rel="stylesheet"', head
    )


def test_an_external_wall_has_its_fallback() -> None:
    """When it does not come, the strictest policy is put up by a script that can be hashed."""
    wall, fallback, guard = named(inserts_of(Browser(), external=True).head, "script")
    assert wall.attributes["src"].startswith("/bandeau/w.")
    assert "Content-Security-Policy" in fallback.text
    assert "default-src 'self'" in fallback.text
    assert guard.attributes["src"].startswith("/bandeau/g.")


def test_a_nonce_is_put_on_every_script_and_only_a_nonce() -> None:
    """What is not one in the sense of CSP3 never reaches the markup."""
    for external in (False, True):
        scripts = named(inserts_of(Browser(), nonce="r4nd0m+/==", external=external).head, "script")
        assert {e.attributes["nonce"] for e in scripts} == {"r4nd0m+/=="}
        assert inserts_of(Browser(), nonce='"><script>', external=external) == inserts_of(
            Browser(), external=external
        )


def test_report_mode_asks_nobody() -> None:
    """Only what reports is inserted; nothing is promised that is not enforced."""
    inserts = inserts_of(in_mode(Mode.REPORT))
    assert (inserts.body, inserts.foot) == (b"", b"")
    assert b'"m":"report"' in inserts.head
    assert [e.tag for e in elements(inserts.head)] == ["script", "script"]
    assert inserts_of(in_mode(Mode.OFF)) == Inserts()


def test_the_answer_to_a_post_says_so() -> None:
    """It must never be loaded again."""
    assert b'"o":1' in inserts_of(Browser(), shared=False, posted=True).head
    assert b'"o":1' not in inserts_of(Browser(), shared=False).head


def test_the_first_layer_says_who_asks_for_what_and_how_to_refuse() -> None:
    """EU-04, EU-08, EU-09, EU-10: titles and sentences before three like buttons; the list of partners."""
    body = unescape(inserts_of(Browser()).body.decode())
    found = elements(body)
    assert found[0].attributes["id"] == "bd-first"
    assert "hidden" in found[0].attributes
    for words in (
        "La Gazette et",
        "4 partenaires",
        "Mesure d’audience",
        "Savoir quels articles sont lus.",
        "Lire n’est pas accepter",
    ):
        assert words in found[0].text
    assert "Cookies techniques" not in found[0].text
    buttons = [e for e in found if e.tag == "button" or "bd-btn" in e.attributes.get("class", "")]
    assert [e.text for e in buttons] == ["Tout refuser", "Tout accepter", "Paramétrer"]
    assert body.index("Publicité ciblée") < body.index("Tout refuser")
    assert named(body, "a", href="https://gazette.example/bandeau/policy?lang=fr#vendors")
    assert len(found[0].text) < 1_000


def test_the_form_s_address_is_absolute() -> None:
    """A foreign <base href> in the page leads it nowhere else."""
    body = inserts_of(Browser()).body
    assert named(body, "form", method="post", action="https://gazette.example/bandeau/choices")
    assert fields(body)["shown"] == "audience,social,personalisation,advertising"


def test_the_first_layer_speaks_of_gpc_where_it_was_sent() -> None:
    """Hidden in shared pages until the wall has seen the signal; shown in a page made for this reader."""
    shared, private = inserts_of(Browser(gpc=True)).body, inserts_of(Browser(gpc=True), shared=False).body
    assert named(shared, "p", class_="bd-gpc")
    assert named(private, "p", class_="bd-gpc bd-show")


def test_the_permanent_links_are_one_click_away() -> None:
    """EU-12: the same two links, in words, on every page."""
    foot = inserts_of(Browser(), "en").foot
    links = {e.text: e.attributes for e in elements(foot) if e.tag == "a"}
    assert set(links) == {"Your privacy choices", "Privacy policy"}
    assert "data-bd-open" in links["Your privacy choices"]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("fr", "fr"), ("en", "en"), ("en-GB", "en"), ("fr-CA", "fr"), ("EN", "en"), ("de", "fr"), ("", "fr")],
)
def test_the_inserts_speak_the_page_s_language(asked: str, spoken: str) -> None:
    """EU-21: the page's language where the site declares it, else the site's own."""
    assert named(inserts_of(Browser(), asked).body, "section", lang=spoken)


def test_names_in_pages_are_on_no_block_list() -> None:
    """Ids, classes, fields and addresses avoid the words that lists of nuisances hide."""
    browser = Browser()
    markup = [inserts_of(browser, external=True), inserts_of(browser)]
    parts = [part for each in markup for part in (each.body, each.foot, each.head)]
    for part in [*parts, browser.get("/bandeau/panel/fr.0.html").body]:
        for element in elements(part):
            names = [element.attributes.get(key, "") for key in ("id", "class", "src", "action", "name")]
            href = element.attributes.get("href", "").removeprefix("https://gazette.example")
            assert not [
                w for w in BLOCKED_WORDS if w in " ".join([*names, href, *element.attributes]).lower()
            ]


def test_every_named_file_is_there_and_kept_for_ever() -> None:
    """And an old name gets the current file, for a minute."""
    browser = Browser()
    for shared in (True, False):
        inserts = inserts_of(browser, shared=shared, external=True, posted=not shared)
        names = [e.attributes.get("src") or e.attributes.get("href") for e in elements(inserts.head)]
        names.append(named(inserts.body, "section")[0].attributes["data-bd-panel"])
        for name in filter(None, names):
            answer = browser.get(name)
            if name.endswith("s.css"):
                assert header(answer, "cache-control") == "private, no-store"
                continue
            assert header(answer, "cache-control") == "public, max-age=31536000, immutable", name
            old = browser.get(re.sub(r"\.[0-9a-f]{16}\.", ".0123456789abcdef.", name))
            assert (old.status, old.body) == (200, answer.body)
            assert header(old, "cache-control") == "public, max-age=60"


def test_what_the_guard_fetches_is_there() -> None:
    """It names its other half by the hash of its content: both come from one build."""
    browser = Browser()
    found = re.search(rb"/a\.[0-9a-f]{16}\.js", browser.get("/bandeau/g.0.js").body)
    assert found is not None
    answer = browser.get("/bandeau" + found[0].decode())
    assert header(answer, "cache-control") == "public, max-age=31536000, immutable"


def test_a_wall_in_a_file_is_the_wall_in_the_page() -> None:
    """The same bytes, for the same stamp."""
    browser = Browser()
    browser.accept()
    outside = named(inserts_of(browser, shared=False, external=True).head, "script")[0].attributes["src"]
    inside = named(inserts_of(browser, shared=False).head, "script")[0].text
    assert browser.get(outside).body.decode() == inside


@pytest.mark.parametrize(
    "query", ["", "m=off", "x=zz", "x=1&o=7", "m=enforce&x=" + "f" * 5000, "%ff", "m=report"]
)
def test_a_wall_s_query_is_data(query: str) -> None:
    """Whatever is asked, a wall comes that is at least a shared page's."""
    answer = Browser().get(f"/bandeau/w.0.js?{query}")
    assert answer.status == 200
    assert b"window.bd" in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/bandeau",
        "/bandeau/",
        "/bandeau/x.0.js",
        "/bandeau/g.0.css",
        "/bandeau/../etc/passwd",
        "/bandeau/panel/fr.html",
        "/bandeau/g.js",
        "/bandeau/panel/%2e%2e.0.html",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    """404, private and inert."""
    answer = Browser().get(path)
    assert answer.status == 404
    assert Browser().endpoints.owns(path)


def test_the_panel_knows_nobody() -> None:
    """The same fragment for every reader: nothing is ticked in it, every option is."""
    accepted = Browser()
    accepted.accept()
    fragment = accepted.get("/bandeau/panel/fr.0.html").body
    assert fragment == Browser().get("/bandeau/panel/fr.0.html").body
    assert not [e for e in elements(fragment) if "checked" in e.attributes]
    assert fields(fragment)["shown_services"] == "counts,youtube,newsletter"


def test_without_javascript_the_stylesheet_asks() -> None:
    """Shown when something is to be asked, hidden otherwise, on shared pages too; no cache keeps it."""
    browser = Browser()
    assert b"#bd-first[hidden]{display:block" in browser.get("/bandeau/s.css").body
    browser.refuse()
    answer = browser.get("/bandeau/s.css")
    assert b"#bd-first{display:none" in answer.body
    assert header(answer, "cache-control") == "private, no-store"
    assert b".bd-gpc" in Browser(gpc=True).get("/bandeau/s.css").body


def test_head_answers_like_get_without_a_body() -> None:
    """Same headers, length included."""
    browser = Browser()
    for url in ("/bandeau/choices", "/bandeau/g.0.js", "/.well-known/gpc.json"):
        get, head = browser.get(url), browser.send("HEAD", url)
        assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_a_changed_policy_changes_what_is_inserted() -> None:
    """The kept inserts belong to one policy."""
    browser = Browser()
    pages = Pages(browser.site)
    visit = browser.site.visit(RequestHead("GET", "https", "gazette.example", "/"))
    first = pages.inserts(visit, "fr", shared=True)
    browser.site.policy = a_policy(revision=4)
    assert b'"r":4' in pages.inserts(visit, "fr", shared=True).head
    assert b'"r":3' in first.head


def test_the_gpc_statement_is_valid() -> None:
    """W3C GPC: a boolean and a day."""
    answer = Browser().get("/.well-known/gpc.json")
    assert (header(answer, "content-type"), answer.body) == (
        "application/json",
        b'{"gpc":true,"lastUpdate":"2026-11-23"}',
    )


def test_on_plain_http_the_cookies_have_plain_names() -> None:
    """Safari refuses __Host- without https, so loopback goes without."""
    info: SiteInfo = replace(SITE, url="http://127.0.0.1:8000")
    browser = Browser(Site.in_memory(a_policy(site=info), clock=lambda: DAY * 86_400))
    browser.post_form(
        {"action": "refuse", "revision": "3", "source": "first"}, {"origin": "http://127.0.0.1:8000"}
    )
    assert set(browser.cookies) == {"bd", "bdid"}


def test_form_goes_to_the_host_that_was_asked() -> None:
    """A site of several hosts keeps a choice on the host where it is made; an unknown host posts to the site."""
    browser = Browser()
    asked = inserts_of(browser, origin="https://www.paper.example")
    assert b'action="https://www.paper.example/bandeau/choices"' in asked.body
    assert f'action="{browser.site.policy.site.url}/bandeau/choices"'.encode() in inserts_of(browser).body
