"""The header gate drops what would call a refused host, and keeps the rest byte for byte."""

from __future__ import annotations

import time

import pytest

from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead, ResponseHead
from bandeau.enforcement.headers import (
    CacheControl,
    add_vary,
    forget_body,
    gate_links,
    gate_others,
    make_private,
    original_etags,
    suffixed_etag,
)
from bandeau.enforcement.html.rules import Verdict
from tests.enforcement.sample import STEADY, compiled

RULES = compiled().rules(RequestHead("GET", "https", "paper.example", "/"), STEADY, Mode.ENFORCE)

KEPT_GROUP = '{"endpoints": [{"url": "/r"}]}'


def judge(url: str, destination: str) -> Verdict:
    """Judge as a page of somebody who refused everything."""
    return RULES.url(url, "", destination)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("<https://meter.example/m.js>; rel=preload; as=script", []),
        ("<//meter.example>;rel=preconnect", []),
        ('<//meter.example>; rel="dns-prefetch"', []),
        ("<//meter.example/a>; rel=modulepreload", []),
        ("<//meter.example/a>; REL=Prefetch", []),
        ("<//meter.example/a>; rel=stylesheet", []),
        ('<//meter.example/a>; rel="alternate stylesheet"', []),
        ("<//evil.example/a>; rel=preload", []),
        ("<//a b>; rel=preload", []),
        ('<//meter.example/>; title=x"; rel=nope"; rel=preload; as=script', []),
        ('</app.css>; title=x"; rel=nope"; rel=preload', None),
        ("<//fonts.example/f.woff2>; rel=preload; as=font", None),
        ("</app.css>; rel=preload", None),
        ("<//meter.example/a>; rel=canonical", None),
        ("<//meter.example/a>; rel=license, <b>; rel=next", None),
        ("<a>; rel=icon,<//meter.example>; rel=icon, <b>; rel=icon", ["<a>; rel=icon, <b>; rel=icon"]),
        ('<//meter.example/a,b;c>; title="x, <y>; rel=next"; rel=preload, <b>; rel=next', ["<b>; rel=next"]),
        ("<a>; rel=canonical; rel=preload", None),
        ("<//meter.example/>; rel=canonical; rel=preload", None),
        ('<a.jpg>; rel=preload; imagesrcset="a.jpg 1x, //meter.example/b.jpg 2x"', []),
        ('<a.jpg>; rel=preload; imagesrcset="a.jpg 1x, b.jpg 2x"', None),
        ("nonsense", []),
        ("<a>; rel=preload, nonsense <//meter.example>; rel=preload", ["<a>; rel=preload"]),
        ('<a>; rel="preload', None),
        ("", []),
    ],
)  # fmt: skip
def test_link_entries_to_refused_hosts_go(value: str, left: list[str] | None) -> None:
    """Entry by entry (RFC 8288)."""
    head = ResponseHead(200, [("Link", value)])
    gate_links(head, judge)
    assert head.all("link") == ([value] if left is None else left)


def test_several_link_headers_keep_their_order() -> None:
    """Only what is emptied disappears."""
    head = ResponseHead(
        200, [("link", "<a>; rel=preload"), ("x", "y"), ("Link", "<//meter.example>; rel=preload")]
    )
    gate_links(head, judge)
    assert head.headers == [("link", "<a>; rel=preload"), ("x", "y")]


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Refresh", "5; url=https://evil.example/", []),
        ("Refresh", "0;https://meter.example/", []),
        ("Refresh", "5; url='/next'", None),
        ("Refresh", "5", None),
        ("Speculation-Rules", '"/rules.json"', []),
        ("Report-To", '{"group":"a","max_age":1,"endpoints":[{"url":"https://evil.example/"}]}', []),
        ("Report-To", '{"group":"a","max_age":1,"endpoints":[{"url":"/r"}]}', None),
        ("Report-To", '{"endpoints":[{"url":"/r"}]}, {"endpoints":[{"url":"//evil.example"}]}', [KEPT_GROUP]),
        ("Report-To", "{broken", []),
        ("Report-To", "[1]", []),
        ("Report-To", '{"endpoints":[1]}', []),
        ("Report-To", '{"endpoints":' + "[" * 2_000, []),
        ("Reporting-Endpoints", 'a="https://evil.example/", b="/r"', ['b="/r"']),
        ("Reporting-Endpoints", 'a="//meter.example/x"', []),
        ("Reporting-Endpoints", 'a="/r";x=1, b="/s"', None),
        ("Reporting-Endpoints", "broken", []),
        ("NEL", '{"report_to":"a"}', []),
        ("X-Other", "https://evil.example/", None),
    ],
)  # fmt: skip
def test_other_headers_that_call_hosts_are_gated(name: str, value: str, left: list[str] | None) -> None:
    """Refresh, speculation rules and reports to third parties."""
    head = ResponseHead(200, [(name, value)])
    gate_others(head, judge)
    assert head.all(name.lower()) == ([value] if left is None else left)


def test_network_errors_are_reported_to_the_site_itself() -> None:
    """NEL stays while its Report-To does."""
    headers = [("Report-To", '{"endpoints":[{"url":"/r"}]}'), ("NEL", '{"report_to":"a"}')]
    head = ResponseHead(200, list(headers))
    gate_others(head, judge)
    assert head.headers == headers


@pytest.mark.parametrize(
    "unit", ["<", '<a>; rel="', "<a>;", '<a>; x="\\', ",", "<a>,", '<a>; rel=preload; imagesrcset="']
)
def test_hostile_links_take_linear_time(unit: str) -> None:
    """No header makes the gate slow (threat 12)."""
    started = time.perf_counter()
    head = ResponseHead(200, [("link", unit * 20_000)])
    gate_links(head, judge)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("values", "public"),
    [
        (["public, max-age=60"], True),
        (["s-maxage=60"], True),
        (["max-age=60", "PUBLIC"], True),
        (["public, private"], False),
        (["public, no-store"], False),
        (['private="set-cookie", public'], False),
        (["max-age=60"], False),
        (['x="public"'], False),
        ([], False),
    ],
)
def test_shared_caches_are_invited_explicitly(values: list[str], public: bool) -> None:
    """`public` or `s-maxage`, and nothing against it."""
    assert CacheControl.of(ResponseHead(200, [("cache-control", v) for v in values])).is_public is public


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], "private, no-cache"),
        ([("cache-control", "max-age=60")], "private, max-age=60"),
        (
            [("cache-control", "public, max-age=60, s-maxage=600, stale-while-revalidate=9")],
            "private, max-age=60",
        ),
        ([("cache-control", "s-maxage=600")], "private, no-cache"),
        ([("cache-control", "no-store")], "private, no-store"),
        (
            [("cache-control", "no-cache"), ("Cache-Control", "must-revalidate")],
            "private, no-cache, must-revalidate",
        ),
        ([("expires", "Thu, 01 Jan 2099 00:00:00 GMT")], "private"),
        ([("cache-control", 'private="x", max-age=5')], "private, max-age=5"),
    ],
)
def test_a_private_response_stays_in_one_browser(headers: list[tuple[str, str]], expected: str) -> None:
    """What says nothing about its freshness is checked each time."""
    head = ResponseHead(200, [*headers, ("Surrogate-Control", "x"), ("Cloudflare-CDN-Cache-Control", "x")])
    make_private(head, vary=("Cookie",), no_store=False)
    assert head.all("cache-control") == [expected]
    assert head.first("vary") == "Cookie"
    assert not head.all("surrogate-control") + head.all("cloudflare-cdn-cache-control")


def test_a_prefetched_response_is_not_stored() -> None:
    """Nobody has looked at it (WEB-05)."""
    head = ResponseHead(200, [("cache-control", "max-age=60")])
    make_private(head, vary=(), no_store=True)
    assert head.first("cache-control") == "private, no-store"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["Cookie, Sec-GPC"]),
        (["Accept"], ["Accept, Cookie, Sec-GPC"]),
        (["cookie", "Accept"], ["cookie, Accept, Sec-GPC"]),
        (["*"], ["*"]),
        (["Cookie, Sec-GPC"], ["Cookie, Sec-GPC"]),
    ],
)
def test_vary_names_what_the_response_hangs_on(before: list[str], after: list[str]) -> None:
    """Once each, whatever the application said."""
    head = ResponseHead(200, [("vary", value) for value in before])
    add_vary(head, ("Cookie", "Sec-GPC"))
    assert head.all("vary") == after


def test_what_described_the_old_bytes_goes() -> None:
    """Length, digests, date and ranges; the entity tag is weak and says what was made."""
    names = (
        "Content-Length",
        "Content-MD5",
        "Digest",
        "Content-Digest",
        "Repr-Digest",
        "Last-Modified",
        "Accept-Ranges",
    )
    head = ResponseHead(200, [*((name, "x") for name in names), ("ETag", '"abc"'), ("x", "y")])
    forget_body(head, lambda: "5.s")
    assert head.headers == [("x", "y"), ("etag", 'W/"abc-bd5.s"')]


@pytest.mark.parametrize("tag", ['"abc"', 'W/"abc"', '"a-bd-c"', '""'])
def test_an_entity_tag_comes_back_as_it_was(tag: str) -> None:
    """What the browser sends is what the application knows."""
    sent = suffixed_etag(tag, "5.s")
    assert original_etags(sent, frozenset({"5.s"}), strict=True) == {tag.removeprefix("W/"): sent}
    assert original_etags(sent, frozenset({"6.s"}), strict=True) == {}
    assert original_etags(sent, frozenset({"6.s"}), strict=False) == {}


def test_tags_without_our_mark_are_from_before() -> None:
    """A page from before Bandeau is not confirmed; anything else is."""
    value = '"a", W/"b", "c-bd5.s"'
    assert list(original_etags(value, frozenset({"5.s"}), strict=True)) == ['"c"']
    assert list(original_etags(value, frozenset({"5.s"}), strict=False)) == ['"a"', 'W/"b"', '"c"']
    assert original_etags("*", frozenset(), strict=False) == {"*": "*"}
    assert original_etags("broken", frozenset(), strict=False) == {}
