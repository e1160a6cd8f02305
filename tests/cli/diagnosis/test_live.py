"""`bandeau doctor --url`: what the live site sends."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bandeau.cli.diagnosis.finding import Finding, Level
from bandeau.cli.diagnosis.live import REWRITERS, Answer, examine, fetch, live
from bandeau.cli.server import serving
from bandeau.core.policy import Mode
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware, Receive, Scope, Send
from tests.web.sites import POLICY

NOW = datetime(2026, 11, 25, 14, tzinfo=UTC)
WALL = b'<script>(()=>{window.bd=1})()</script><script src="/bandeau/g.0123abcd.js"></script>'
PAGE = b"<!doctype html><html><head>" + WALL + b"<title>x</title></head><body>x</body></html>"


def sent(body: bytes = PAGE, status: int = 200, **headers: str) -> Answer:
    """Return an answer of a site."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"content-type": "text/html", "date": format_datetime(NOW, usegmt=True), **named}
    return Answer("https://gazette.example/", status, lines, body)


def wrong(answer: Answer, mode: Mode = Mode.ENFORCE) -> list[tuple[str, Level]]:
    """Return what is wrong with it."""
    policy = replace(POLICY, enforce=replace(POLICY.enforce, mode=mode))
    found = list(examine(policy, answer, NOW))
    assert all(each.remedy for each in found if each.level is not Level.OK)
    return [(each.subject, each.level) for each in found if each.level is not Level.OK]


def test_nothing_is_wrong_with_a_page_of_ours() -> None:
    """The wall first, once."""
    assert wrong(sent()) == []


def test_an_external_wall_with_its_fallback_is_ours_too() -> None:
    """Where the site's own policy forbids inline scripts."""
    ours = b'<script src="/bandeau/w.01.js?m=enforce"></script><script>if(!window.bd){}</script>'
    page = PAGE.replace(b"<script>(()=>{window.bd=1})()</script>", ours)
    assert wrong(sent(page)) == []


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace(b"<head>", b"<head><script>track()</script>"),
        PAGE.replace(b"<head>", b'<head><script src="https://cdn.example/x.js"></script>'),
        PAGE.replace(b"<script src=", b"<script>a()</script><script>b()</script><script src=", 1),
        PAGE.replace(b"<script>(()=>{window.bd=1})()</script>", b""),
    ],
)
def test_a_script_before_the_wall_is_an_error(page: bytes) -> None:
    """Something adds to the page after Bandeau: a middleware outside of it, or a CDN."""
    assert wrong(sent(page)) == [("middleware", Level.ERROR)]


def test_a_page_without_us_is_an_error() -> None:
    """Unless the site is off."""
    assert wrong(sent(b"<html></html>")) == [("middleware", Level.ERROR)]
    assert wrong(sent(b"<html></html>"), Mode.OFF) == [("middleware", Level.WARNING)]


def test_twice_is_an_error() -> None:
    """Middleware and proxy."""
    assert wrong(sent(PAGE.replace(WALL, WALL + WALL))) == [("middleware", Level.ERROR)]


@pytest.mark.parametrize(
    "mark",
    [
        b'<script src="/cdn-cgi/scripts/7d0fa10a/cloudflare-static/rocket-loader.min.js"></script>',
        b'<script type="0123456789abcdef01234567-text/javascript"></script>',
        b'<script src="/cdn-cgi/zaraz/i.js"></script>',
        b'<script defer src="https://static.cloudflareinsights.com/beacon.min.js/v1"></script>',
        b'<a href="/cdn-cgi/l/email-protection#1f">x</a>',
        b'<img src="/a.jpg.pagespeed.ic.x.jpg">',
        b'<script type="rocketlazyloadscript"></script>',
        b"<script type='litespeed/javascript'></script>",
        b'<script nitro-exclude class="nitropack"></script>',
        b"<script data-frz-src=x></script>",
        b"<script>window.BOOMR={}</script>",
    ],
)
def test_who_rewrites_scripts_is_named(mark: bytes) -> None:
    """By what they leave in a page."""
    page = PAGE.replace(b"<body>", b"<body>" + mark)
    assert ("CDN", Level.WARNING) in wrong(sent(page))


def test_every_rewriter_has_a_way_out() -> None:
    """A name, a mark, a remedy."""
    assert all(name and pattern.pattern and remedy for name, pattern, remedy in REWRITERS)


@pytest.mark.parametrize(
    ("name", "value"), [("age", "30"), ("x_cache", "HIT from edge"), ("cf_cache_status", "HIT")]
)
def test_a_cached_private_page_is_an_error(name: str, value: str) -> None:
    """One reader's choice would reach another; a public page may be cached."""
    assert wrong(sent(cache_control="private", **{name: value})) == [("cache", Level.ERROR)]
    assert wrong(sent(cache_control="public, max-age=60", **{name: value})) == []


def test_sizes_near_the_limits_are_told() -> None:
    """Of the page, and of its head."""
    most = POLICY.enforce.max_body_bytes
    assert wrong(sent(PAGE + b" " * most)) == [("size", Level.WARNING)]
    assert wrong(sent(x_long="x" * 4_000)) == [("size", Level.WARNING)]


def test_another_clock_is_an_error() -> None:
    """A minute is enough to expire nothing, an hour is not."""
    late = format_datetime(NOW - timedelta(hours=1), usegmt=True)
    assert wrong(sent(date=late)) == [("clock", Level.ERROR)]
    assert wrong(sent(date="yesterday")) == []


@pytest.mark.parametrize("status", [301, 404, 503])
def test_no_page_is_an_error(status: int) -> None:
    """It names what to ask for."""
    assert wrong(sent(status=status, location="https://www.gazette.example/")) == [("site", Level.ERROR)]


async def paper(scope: Scope, receive: Receive, send: Send) -> None:
    """A compressed page."""
    body = gzip.compress(b"<!doctype html><html><head><title>x</title></head><body>x</body></html>")
    headers = [(b"content-type", b"text/html"), (b"content-encoding", b"gzip")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def lines(found: list[Finding]) -> set[tuple[str, Level]]:
    """Return what was found."""
    return {(each.subject, each.level) for each in found}


def test_a_live_site_is_asked() -> None:
    """Through a real server: the page is ours, and the guard comes."""
    with serving(lambda _: BandeauMiddleware(paper, site=Site.in_memory(POLICY))) as url:
        found = lines(list(live(POLICY, f"{url}/", datetime.now(UTC))))
        assert b"/bandeau/g." in fetch(f"{url}/").body
    assert found == {(subject, Level.OK) for subject in ("middleware", "CDN", "size", "guard")}


def test_a_site_that_does_not_answer_is_an_error() -> None:
    """With what to type; and what is no address is none."""
    assert lines(list(live(POLICY, "http://127.0.0.1:9/", NOW))) == {("site", Level.ERROR)}
    assert lines(list(live(POLICY, "file:///etc/passwd", NOW))) == {("site", Level.ERROR)}
