"""Templates, links, queries and registrable domains: the small parts that pages stand on."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from bandeau.web.gateway.registrable import registrable_domain
from bandeau.web.pages.render import contact_link, render, safe_link
from bandeau.web.pages.wording import wording
from bandeau.web.querystring import read_query


@pytest.mark.parametrize("url", ["https://a.example/x?y=1", "http://a.example/", "/path", "/path?q=1#f"])
def test_ordinary_links_are_kept(url: str) -> None:
    """http, https and paths of the site."""
    assert safe_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "relative",
        "blob:https://a.example/1",
        "file:///etc/passwd",
    ],
)
def test_unsafe_links_become_nothing(url: str) -> None:
    """CVE-2025-31476, CVE-2023-46126: an address of a policy file may be anything."""
    assert safe_link(url) == ""


def test_a_contact_is_an_address_a_page_or_only_text() -> None:
    """Nothing in an address can add headers to a message."""
    assert contact_link("dpo@a.example") == "mailto:dpo@a.example"
    assert contact_link("https://a.example/dpo") == "https://a.example/dpo"
    assert contact_link("dpo@a.example?bcc=x@evil.example") == ""
    assert contact_link("1, rue de la Paix") == ""


def test_a_missing_value_is_an_error_not_a_gap() -> None:
    """A page with a hole in it never reaches a reader."""
    with pytest.raises(UndefinedError):
        render("foot.html", w=wording("fr"))


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {}),
        ("a=1&b=%C3%A9", {"a": "1", "b": "é"}),
        ("a=1&a=2", {"a": "1"}),
        ("a", {"a": ""}),
        ("&".join(["a=1"] * 21), {}),
        ("a=" + "x" * 20_000, {}),
        ("%zz=%ff", {"%zz": "\ufffd"}),
    ],
)
def test_a_query_is_bounded_and_never_an_error(query: str, fields: dict[str, str]) -> None:
    """The first of each name counts; what is too long is nothing."""
    assert read_query(query) == fields


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.news.co.uk", "news.co.uk"),
        ("news.co.uk", "news.co.uk"),
        ("co.uk", ""),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("[::1]", ""),
        ("a.b.github.io", "b.github.io"),
    ],
)
def test_registrable_domains(host: str, domain: str) -> None:
    """How far up a cookie may have been set (Public Suffix List, private part included)."""
    assert registrable_domain(host) == domain
