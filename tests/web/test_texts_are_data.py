"""Texts of a policy are data: no field, in no language, becomes markup, script or address."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from bandeau.core.policy import Policy
from bandeau.core.request import RequestHead
from bandeau.site import Site
from bandeau.web.pages.inserts import Pages
from tests.web.markup import elements
from tests.web.sites import DAY, POLICY, Browser

# Threat 5; the forms in which text became markup in other tools: CVE-2023-3620, CVE-2025-31476,
# CVE-2025-48939, CVE-2026-44541, CVE-2025-11185, CVE-2023-46126, CVE-2023-3388.
CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea></title></style></script><svg onload=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt\t:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "{{7*7}}{% raw %}${7*7}<%= 7*7 %>",
    "{0.__class__}{self}{site}{count}{",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\u2028alert(1)\u2029",
    "]]>--><x>",
    "%3Cscript%3E&lt;script&gt;&#60;script&#62;",
)
ALLOWED_TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "script",
        "link",
        "body",
        "main",
        "section",
        "form",
        "div",
        "p",
        "a",
        "b",
        "ul",
        "li",
        "input",
        "button",
        "footer",
        "noscript",
        "fieldset",
        "legend",
        "label",
        "span",
        "svg",
        "path",
        "small",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "caption",
        "tr",
        "th",
        "td",
        "h1",
        "h2",
        "h3",
        "time",
        "nav",
        "br",
    ]
)


def poisoned(text: str) -> Policy:
    """Return a policy that has the text in every field that is shown."""
    words = {"fr": text, "en": text}
    purposes = tuple(
        replace(p, title=words, summary=words, detail=words, profiles_text=words) for p in POLICY.purposes
    )
    services = tuple(
        replace(s, title=text, trackers=tuple(replace(t, name=text) for t in s.trackers), inline=(text,))
        for s in POLICY.services
    )
    vendors = tuple(replace(v, name=text, country=text, policy_url=text) for v in POLICY.vendors)
    site = replace(POLICY.site, name=text, controller_name=text, controller_contact=text, privacy_url=text)
    return replace(POLICY, purposes=purposes, services=services, vendors=vendors, site=site)


def every_markup(policy: Policy, language: str) -> list[bytes]:
    """Return all markup that is made from a policy."""
    browser = Browser(Site.in_memory(policy, clock=lambda: DAY * 86_400))
    visit = browser.site.visit(RequestHead("GET", "https", "gazette.example", "/"))
    inserts = Pages(browser.site).inserts(visit, language, shared=True)
    urls = (
        f"/bandeau/choices?lang={language}",
        f"/bandeau/policy?lang={language}",
        f"/bandeau/panel/{language}.0.html",
        f"/bandeau/embed/youtube?lang={language}&u={quote('https://www.youtube.com/embed/x', safe='')}",
    )
    pages = [browser.get(url).body for url in urls]
    browser.accept()
    pages += [browser.get(url).body for url in urls[-1:]]
    return [inserts.head, inserts.body, inserts.foot, *pages]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("text", CORPUS)
def test_no_text_of_the_policy_becomes_markup(text: str, language: str) -> None:
    """Every element, attribute and address is one of ours, whatever the texts say."""
    for markup in every_markup(poisoned(text), language):
        for element in elements(markup):
            assert element.tag in ALLOWED_TAGS | {"iframe", "style"}, element
            assert element.tag != "style" or element.text.startswith("html,body,iframe{display"), element
            assert not [name for name in element.attributes if name.startswith("on")], element
            for name in ("href", "src", "action", "formaction"):
                address = element.attributes.get(name, "/")
                assert address.startswith(("/", "https://", "mailto:")), element


@pytest.mark.parametrize("text", CORPUS)
def test_the_texts_are_shown_as_they_were_written(text: str) -> None:
    """Nothing is stripped either: a reader sees exactly the publisher's characters."""
    markup = every_markup(poisoned(text), "fr")
    shown = "".join(element.text for element in elements(markup[3]) if element.tag == "legend")
    assert text in shown


def test_the_same_pages_are_whole_without_poison() -> None:
    """The control: the elements that are looked for are there."""
    tags = {element.tag for markup in every_markup(POLICY, "fr") for element in elements(markup)}
    assert {"script", "a", "button", "table", "iframe", "fieldset"} <= tags
