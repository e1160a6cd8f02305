"""Reports: counted and logged once each, without anything about a person."""

from __future__ import annotations

import json
import logging

import pytest

from bandeau.site import Site
from bandeau.web.endpoints import reports
from tests.web.sites import DAY, POLICY, Browser

GUARD = {"v": 1, "revision": 3, "mode": "enforce", "page": "/secret-page"}


def report(browser: Browser, value: object, content_type: str = "application/json") -> int:
    """Send a report and return the status."""
    body = json.dumps(value).encode()
    return browser.send("POST", "/bandeau/reports", body, {"content-type": content_type}).status


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
    assert set(browser.endpoints.reports.counts()) == {
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
    assert set(browser.endpoints.reports.counts()) == {
        ("a.example", "script-src-elem"),
        ("b.example", "img-src"),
    }


def test_nothing_of_a_person_is_kept_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    """No query, path, user, page, referrer; long numbers in names are cut out."""
    browser = Browser()
    items = [
        ["csp", "img-src", "https://jean:secret@x.example:8443/people/jean.dupont?mail=jean@dupont.fr#me"],
        ["c", "user_123456789"],
        ["l", "jean@dupont.fr"],
    ]
    caplog.set_level(logging.INFO)
    report(browser, {**GUARD, "items": items, "referrer": "https://gazette.example/private"})
    kept = repr(browser.endpoints.reports.counts()) + caplog.text
    for trace in ("jean", "secret", "dupont", "123456789", "private", "8443"):
        assert trace not in kept


def test_each_thing_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand readers make one line."""
    browser = Browser()
    for _ in range(20):
        report(browser, {**GUARD, "items": [["csp", "img-src", "https://x.example/"]]})
    assert [record.getMessage() for record in caplog.records] == ["stopped in a browser: x.example (img-src)"]
    assert browser.endpoints.reports.counts() == {("x.example", "img-src"): 20}


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
    assert browser.endpoints.reports.counts() == {}


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
    assert len(browser.endpoints.reports.counts()) == reports.MOST_DISTINCT
    read = sum(browser.endpoints.reports.counts().values())
    assert read <= reports.MOST_PER_SECOND * 50
    clock[0] += 10
    report(browser, {**GUARD, "items": [["csp", "img-src", "https://h0-0.example/"]]})
    assert sum(browser.endpoints.reports.counts().values()) == read + 1
