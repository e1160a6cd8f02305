"""Each way of writing a URL has one answer: whose it is."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bandeau.enforcement.hosts import HostTable, Whose
from tests.enforcement.sample import POLICY, hosts

TABLE = HostTable(POLICY)
BASE = "https://paper.example/news/a.html"

CASES = [
    # the site itself
    ("", "first"),
    ("/a", "first"),
    ("a/b?c#d", "first"),
    ("?q=https://evil.example/", "first"),
    ("#https://evil.example/", "first"),
    ("//paper.example/a", "first"),
    ("https://PAPER.example/a", "first"),
    ("https://paper.example./a", "first"),
    ("https://paper.example:8443/a", "first"),
    ("https://user:pw@paper.example/", "first"),
    ("https://img.paper.example/a", "first"),
    ("\\a\\b", "first"),
    # a declared service
    ("https://meter.example/m.js", "meter"),
    ("http://meter.example/m.js", "meter"),
    ("//meter.example/m.js", "meter"),
    ("  \n\thttps://meter.example/m.js  ", "meter"),
    ("ht\ntps:/\t/met\rer.example/m.js", "meter"),
    ("https:/\\meter.example/m.js", "meter"),
    ("\\\\meter.example/m.js", "meter"),
    ("/\\meter.example/m.js", "meter"),
    ("/\t/meter.example/m.js", "meter"),
    ("https:////meter.example/m.js", "meter"),
    ("https://METER.EXAMPLE/m.js", "meter"),
    ("https://meter.example./m.js", "meter"),
    ("https://meter.example:444/m.js", "meter"),
    ("https://paper.example@meter.example/m.js", "meter"),
    ("https://paper.example:443@meter.example/", "meter"),
    ("https://m\u00adeter.example/", "meter"),
    ("https://met%65r.example/", "meter"),
    ("https://meter\u3002example/", "meter"),
    ("https://ｍｅｔｅｒ.example/", "meter"),
    ("wss://meter.example/socket", "meter"),
    ("ws://cdn.meter.example/socket", "meter"),
    ("https://a.b.meter.example/", "meter"),
    # a collector under the site's own name: path before host before wildcard
    ("/metrics/hit", "own-count"),
    ("../metrics/hit", "own-count"),
    ("/x/../metrics/hit", "own-count"),
    ("/x/%2e%2e/metrics/hit", "own-count"),
    ("/metrics", "first"),
    ("/metricsx/hit", "first"),
    ("/pixel.gif?x", "own-count"),
    ("/pixel.gift", "first"),
    ("https://stats.paper.example/", "own-count"),
    ("https://img.stats.paper.example/", "first"),
    # nobody's
    ("https://evil.example/", "undeclared"),
    ("https://notmeter.example/", "undeclared"),
    ("https://meter.example.evil.example/", "undeclared"),
    ("https://paper.example.evil.example/", "undeclared"),
    ("https://exa\tmple.com\\@paper.example/", "undeclared"),
    ("https://evil.example#@paper.example/", "undeclared"),
    ("http:evil.example/x", "undeclared"),
    # relative on an https page, absolute on an http page: the stricter reading stands
    ("https:a/b", "undeclared"),
    ("HTTPS:a/b", "undeclared"),
    ("hTTp:\tevil.example/x", "undeclared"),
    ("https://[::1]/", "undeclared"),
    ("https://[2001:db8::1]:8443/", "undeclared"),
    ("https://2130706433/", "undeclared"),
    ("https://0x7f.1/", "undeclared"),
    ("https://münchen.example/", "undeclared"),
    ("https://xn--mnchen-3ya.example/", "undeclared"),
    ("filesystem:https://paper.example/temporary/x", "undeclared"),
    ("file:///etc/passwd", "undeclared"),
    ("ftp://paper.example/", "undeclared"),
    ("intent://x#Intent;end", "undeclared"),
    ("view-source:https://paper.example/", "undeclared"),
    # what reaches no host
    ("data:image/gif;base64,R0lGOD", "inert"),
    ("DATA:,x", "inert"),
    (" data:,x", "inert"),
    ("blob:https://paper.example/1", "inert"),
    ("about:blank", "inert"),
    ("java\nscript:void(0)", "inert"),
    ("mailto:a@b.example", "inert"),
    ("tel:+331", "inert"),
    # what no browser reads
    ("https://a b/", "unparseable"),
    ("https://[::1/", "unparseable"),
    ("https://meter.example:99999/", "unparseable"),
    ("https://1.2.3.4.5/", "unparseable"),
    ("https://xn--a/", "unparseable"),
    ("https://meter.example%00/", "unparseable"),
    ("//", "unparseable"),
    ("https://\ud800/", "unparseable"),
]


@pytest.mark.parametrize(("url", "expected"), CASES)
def test_a_url_is_read_as_browsers_read_it(url: str, expected: str) -> None:
    """The host that counts is the one that a browser would call."""
    match = TABLE.match(url, BASE, "paper.example")
    assert (match.service.id if match.service else match.kind.value) == expected


def test_the_answer_stays_when_it_is_asked_again() -> None:
    """What is remembered is what was found."""
    for url, expected in CASES:
        match = TABLE.match(url, BASE, "paper.example")
        assert (match.service.id if match.service else match.kind.value) == expected


def test_a_declared_port_limits_the_service_to_it() -> None:
    """A pattern with a port says nothing of other ports; without one the default port counts."""
    service = replace(POLICY.services[1], hosts=hosts("meter.example:8443", "meter.example:443/x/*"))
    table = HostTable(replace(POLICY, services=(service,)))
    assert table.match("https://meter.example:8443/a", BASE).kind is Whose.SERVICE
    assert table.match("https://meter.example/x/a", BASE).kind is Whose.SERVICE
    assert table.match("https://meter.example/a", BASE).kind is Whose.UNDECLARED


def test_a_port_is_more_precise_than_none() -> None:
    """Two services on one host are told apart by their ports."""
    both = (
        replace(POLICY.services[1], id="any", hosts=hosts("t.example")),
        replace(POLICY.services[1], id="one", hosts=hosts("t.example:8443")),
    )
    table = HostTable(replace(POLICY, services=both))
    found = [table.match(f"https://t.example{port}/", BASE).service for port in ("", ":8443", ":9")]
    assert [service.id for service in found if service] == ["any", "one", "any"]


def test_addresses_can_be_declared() -> None:
    """IPv4 and IPv6 addresses are hosts like others."""
    service = replace(POLICY.services[1], hosts=hosts("[::1]:9000", "127.0.0.1:9000"))
    table = HostTable(replace(POLICY, services=(service,)))
    assert table.match("http://[0:0:0:0:0:0:0:1]:9000/", BASE).kind is Whose.SERVICE
    assert table.match("http://127.1:9000/", BASE).kind is Whose.SERVICE


def test_the_longest_path_stands() -> None:
    """Two services on one host are told apart by their paths."""
    first = replace(POLICY.services[1], id="all", hosts=hosts("t.example"))
    second = replace(POLICY.services[1], id="some", hosts=hosts("t.example/a/*"))
    third = replace(POLICY.services[1], id="one", hosts=hosts("t.example/a/b"))
    wild = replace(POLICY.services[1], id="wild", hosts=hosts("*.example/a/*", "*.example"))
    table = HostTable(replace(POLICY, services=(wild, first, second, third)))
    found = {
        path: (table.match(f"https://{path}", BASE).service or first).id
        for path in ("t.example/", "t.example/a/", "t.example/a/b", "t.example/a/bc", "u.example/a/x")
    }
    assert found == {
        "t.example/": "all",
        "t.example/a/": "some",
        "t.example/a/b": "one",
        "t.example/a/bc": "some",
        "u.example/a/x": "wild",
    }


def test_a_host_that_is_site_and_service_belongs_to_the_service() -> None:
    """Only the service's declaration can refuse, so it counts."""
    service = replace(POLICY.services[1], hosts=hosts("paper.example"))
    table = HostTable(replace(POLICY, services=(service,)))
    assert table.match("/a", BASE, "paper.example").kind is Whose.SERVICE


def test_the_host_that_was_asked_is_first_party() -> None:
    """A site also answers under names that it does not list."""
    assert TABLE.match("/a", "https://preview.test/x", "preview.test").kind is Whose.FIRST
    assert TABLE.match("/a", "https://preview.test/x", "").kind is Whose.UNDECLARED


def test_a_base_elsewhere_makes_relative_urls_foreign() -> None:
    """`<base href>` changes what relative means, not who is first party."""
    assert TABLE.match("m.js", "https://meter.example/", "paper.example").kind is Whose.SERVICE
    assert TABLE.match("m.js", "https://evil.example/", "paper.example").kind is Whose.UNDECLARED
    assert TABLE.match("m.js", "no base", "paper.example").kind is Whose.UNPARSEABLE
    assert TABLE.match("https://meter.example/", "no base", "paper.example").kind is Whose.SERVICE


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "url", ["https:evil.example/x", "http:evil.example/x", "\x00 h\tttps:evil.example/x"]
)
def test_a_scheme_without_slashes_is_foreign_when_either_reading_is(scheme: str, url: str) -> None:
    """Behind a proxy the browser's scheme may be another than ours."""
    base = f"{scheme}://paper.example/"
    readings = {TABLE.match(url, base, "paper.example").kind}
    assert readings == {Whose.UNDECLARED}


def test_a_url_is_made_absolute_as_a_browser_does() -> None:
    """The frame in an embed's place has to know where the embed was."""
    assert TABLE.absolute("//player.example/v", BASE) == "https://player.example/v"
    assert TABLE.absolute("b.html", BASE) == "https://paper.example/news/b.html"
    assert TABLE.absolute("https://a b", BASE) == "https://a b"


def test_hostile_urls_neither_fill_the_memory_nor_take_long() -> None:
    """Long URLs are not kept, and a million labels are one linear walk."""
    table = HostTable(POLICY)
    started = time.perf_counter()
    for length in range(600, 700):
        table.match("https://" + "a." * length + "example/", BASE)
        table.match("data:," + "x" * 100_000, BASE)
    for number in range(20_000):
        table.match(f"/{number}", BASE)
    assert len(table._seen) <= 8_192
    assert time.perf_counter() - started < 2
