"""Reports: counted and logged once each, without anything about a person."""

from __future__ import annotations

import json
import logging

import pytest

from bandeau.site import Site
from bandeau.web import stops
from bandeau.web.endpoints import reports
from bandeau.web.stops import Stop, shown_path
from tests.web.sites import DAY, POLICY, Browser

GUARD = {"v": 1, "revision": 3, "mode": "enforce", "page": "/secret-page"}


def report(browser: Browser, value: object, content_type: str = "application/json") -> int:
    """Send a report and return the status."""
    body = json.dumps(value).encode()
    return browser.send("POST", "/bandeau/reports", body, {"content-type": content_type}).status


def counted(browser: Browser) -> dict[tuple[str, str], int]:
    """Return how often each thing was stopped."""
    seen = browser.endpoints.tallies.stops.snapshot()
    return {(stop.what, stop.by): count for stop, (_, count) in seen.items()}


def test_the_guard_s_report_is_counted() -> None:
    """Host and directive for what was blocked, name and form for what was not stored."""
    browser = Browser()
    items = [
        ["csp", "img-src", "https://x.example/p?uid=42"],
        ["c", "_ga"],
        ["l", "key"],
        ["i", "db"],
        ["k", "box"],
    ]
    assert report(browser, {**GUARD, "items": items}) == 204
    assert set(counted(browser)) == {
        ("x.example", "img-src"),
        ("_ga", "cookie"),
        ("key", "local"),
        ("db", "indexeddb"),
        ("box", "cache"),
    }


def test_both_formats_of_browsers_are_read() -> None:
    """report-uri (CSP2) and the Reporting API (CSP3)."""
    browser = Browser()
    old = {
        "csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://a.example/t.js?id=1"}
    }
    new = [
        {
            "type": "csp-violation",
            "body": {"effectiveDirective": "img-src", "blockedURL": "https://b.example/"},
        }
    ]
    report(browser, old, "application/csp-report")
    report(browser, new, "application/reports+json")
    assert set(counted(browser)) == {
        ("a.example", "script-src-elem"),
        ("b.example", "img-src"),
    }


def test_nothing_of_a_person_is_kept_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    """No query, user or referrer, and no path of the blocked address; long numbers in names are cut out."""
    browser = Browser()
    items = [
        ["csp", "img-src", "https://jean:secret@x.example:8443/people/jean.dupont?mail=jean@dupont.fr#me"],
        ["c", "user_123456789"],
        ["l", "jean@dupont.fr"],
    ]
    caplog.set_level(logging.INFO)
    report(browser, {**GUARD, "items": items, "referrer": "https://gazette.example/private"})
    kept = repr(counted(browser)) + caplog.text
    for trace in ("jean", "secret", "dupont", "123456789", "private", "8443"):
        assert trace not in kept


def test_each_thing_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand readers make one line."""
    browser = Browser()
    for _ in range(20):
        report(browser, {**GUARD, "items": [["csp", "img-src", "https://x.example/"]]})
    assert [record.getMessage() for record in caplog.records] == ["stopped in a browser: x.example (img-src)"]
    assert counted(browser) == {("x.example", "img-src"): 20}


def test_a_log_line_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    """Threat 19: control characters never reach the log."""
    items = [
        ["c", "a\r\nERROR forged\x1b[31m"],
        ["csp", "img-src\nx", "https://x.example/"],
        ["csp", "img-src", "https://x.example\n.evil/"],
    ]
    report(Browser(), {**GUARD, "items": items})
    assert all(record.getMessage().isprintable() for record in caplog.records)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[[]]",
        b'{"items":{}}',
        b'{"items":[1,null,["csp"],["csp",1,2],["z","x"]]}',
        b"\xff",
        b"[" * 10_000,
    ],
)
def test_broken_reports_are_ignored(body: bytes) -> None:
    """204: a sender learns nothing, and nothing breaks."""
    browser = Browser()
    for content_type in ("application/json", "application/csp-report", "application/reports+json"):
        answer = browser.send("POST", "/bandeau/reports", body, {"content-type": content_type})
        assert answer.status == 204
    assert counted(browser) == {}


def test_other_types_and_sizes_are_refused() -> None:
    """415 and 413; GET is 405."""
    browser = Browser()
    assert browser.send("POST", "/bandeau/reports", b"{}", {"content-type": "text/plain"}).status == 415
    body = b" " * (reports.REPORT_BYTES + 1)
    assert browser.send("POST", "/bandeau/reports", body, {"content-type": "application/json"}).status == 413
    assert browser.get("/bandeau/reports").status == 405


def test_a_flood_is_bounded() -> None:
    """Neither the memory nor the log grows with the number of posts."""
    clock = [float(DAY * 86_400)]
    browser = Browser(Site.in_memory(POLICY, clock=lambda: clock[0]))
    for number in range(500):
        items = [["csp", "img-src", f"https://h{number}-{n}.example/"] for n in range(50)]
        report(browser, {**GUARD, "items": items})
    assert len(counted(browser)) == stops.MOST_DISTINCT
    read = sum(counted(browser).values())
    assert read <= reports.MOST_PER_SECOND * 50
    clock[0] += 10
    report(browser, {**GUARD, "items": [["csp", "img-src", "https://h0-0.example/"]]})
    assert sum(counted(browser).values()) == read + 1


def test_initiator_and_first_page_are_kept() -> None:
    """What a site's people need to find the culprit: whose script, and where it was first seen."""
    browser = Browser()
    for page in ("/culture/film?uid=42", "/sport"):
        old = {
            "effective-directive": "img-src",
            "blocked-uri": "https://x.example/p",
            "source-file": "https://tags.example/t.js?id=7",
            "document-uri": f"https://gazette.example{page}",
        }
        report(browser, {"csp-report": old}, "application/csp-report")
    assert browser.endpoints.tallies.stops.snapshot() == {
        Stop("x.example", "img-src", "tags.example"): ("/culture/film", 2)
    }


def test_the_guard_says_on_which_page() -> None:
    """Shared pages have their policy in the page, where browsers send no reports by themselves."""
    browser = Browser()
    report(browser, {**GUARD, "items": [["c", "_ga"]]})
    assert browser.endpoints.tallies.stops.snapshot() == {Stop("_ga", "cookie"): ("/secret-page", 1)}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/2026/culture/un-film", "/2026/culture/un-film"),
        ("/members/jean@dupont.fr/posts", "/members/#/posts"),
        ("/members/jean%40dupont.fr", "/members/#"),
        ("/u/4711815?x=1#y", "/u/#"),
        ("/o/1b4e28ba-2fa1-11d2-883f-0016d3cca427", "/o/#"),
        ("/a\r\nb", "/a??b"),
        ("javascript:alert(1)", ""),
        ("/" + "é" * 999, "/" + "é" * 199),
    ],
)
def test_a_page_s_path_says_nothing_of_a_person(path: str, shown: str) -> None:
    """Addresses, long numbers and random ids are cut out, and so is the query."""
    assert shown == shown_path(path)


def test_the_guard_names_the_script() -> None:
    """By its host alone."""
    browser = Browser()
    source = "https://tags.example/jean/t.js?uid=42"
    report(browser, {**GUARD, "items": [["csp", "img-src", "https://x.example/p", source]]})
    assert set(browser.endpoints.tallies.stops.snapshot()) == {Stop("x.example", "img-src", "tags.example")}


def test_a_page_without_its_guard_is_counted() -> None:
    """The wall tells; a flood of it is bounded as reports are."""
    browser = Browser()
    assert {browser.send("POST", "/bandeau/lost").status for _ in range(80)} == {204}
    assert browser.endpoints.tallies.counters.snapshot() == {("failures", ("a guard did not come",)): 50}
    assert browser.get("/bandeau/lost").status == 405
