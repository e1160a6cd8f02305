"""Only the site's own pages post choices."""

from __future__ import annotations

import json

import pytest

from tests.web.sites import ORIGIN, PANEL, Browser

BODY = json.dumps({**PANEL, "action": "accept"}).encode()
SAME, SITE, CROSS, NONE = "same-origin", "same-site", "cross-site", "none"


@pytest.mark.parametrize(
    ("headers", "host", "taken"),
    [
        ({"origin": ORIGIN}, "gazette.example", True),
        ({"origin": ORIGIN, "sec-fetch-site": SAME}, "gazette.example", True),
        ({"origin": "https://www.gazette.example"}, "www.gazette.example", True),
        ({"origin": "https://www.gazette.example"}, "WWW.GAZETTE.EXAMPLE", True),
        ({"origin": "null", "sec-fetch-site": SAME}, "gazette.example", True),
        ({"sec-fetch-site": SAME}, "gazette.example", True),
        ({"sec-fetch-site": NONE}, "gazette.example", True),
        ({"referer": f"{ORIGIN}/a"}, "gazette.example", True),
        ({}, "gazette.example", False),
        ({"origin": "null"}, "gazette.example", False),
        ({"origin": "null", "sec-fetch-site": CROSS}, "gazette.example", False),
        ({"origin": "null", "sec-fetch-site": NONE}, "gazette.example", False),
        ({"origin": "https://evil.example"}, "gazette.example", False),
        ({"origin": "https://evil.example", "sec-fetch-site": SAME}, "gazette.example", False),
        ({"origin": "https://evil.example"}, "evil.example", False),
        ({"origin": "http://gazette.example"}, "gazette.example", False),
        ({"origin": "https://gazette.example:8443"}, "gazette.example", False),
        ({"origin": "https://gazette.example.evil.example"}, "gazette.example", False),
        ({"origin": "https://evil.example/https://gazette.example"}, "gazette.example", False),
        ({"origin": "https://user@gazette.example"}, "gazette.example", False),
        ({"origin": "https://blog.gazette.example"}, "gazette.example", False),
        ({"origin": ""}, "gazette.example", False),
        ({"sec-fetch-site": CROSS}, "gazette.example", False),
        ({"sec-fetch-site": SITE}, "gazette.example", False),
        ({"sec-fetch-site": CROSS, "referer": f"{ORIGIN}/a"}, "gazette.example", False),
        ({"referer": "https://evil.example/?gazette.example"}, "gazette.example", False),
        ({"referer": "https://gazette.example@evil.example/"}, "gazette.example", False),
        ({"referer": "not a url"}, "gazette.example", False),
    ],
)
def test_a_choice_is_taken_from_the_site_only(headers: dict[str, str], host: str, taken: bool) -> None:
    """Threat 1: origin, fetch metadata and referrer, in that order, for both forms of a post."""
    browser = Browser(host=host)
    for content_type in ("application/json", "application/json; charset=utf-8"):
        answer = browser.send("POST", "/bandeau/choices", BODY, {**headers, "content-type": content_type})
        assert (200 if taken else 403) == answer.status
    assert (browser.site.store.count() > 0) is taken


def test_the_refusal_says_why_and_leaves_no_cookie() -> None:
    """The publisher can read in the answer what a proxy has taken away."""
    browser = Browser()
    answer = browser.send("POST", "/bandeau/choices", BODY, {"content-type": "application/json"})
    assert "no Origin" in json.loads(answer.body)["detail"]
    assert browser.cookies == {}


def test_nobody_else_s_script_may_read_an_answer() -> None:
    """CORS stays closed on every endpoint."""
    browser = Browser()
    for url in ("/bandeau/choices", "/bandeau/s.css", "/bandeau/policy", "/.well-known/gpc.json"):
        names = {name for name, _ in browser.get(url, origin="https://evil.example").headers}
        assert not {name for name in names if name.startswith("access-control")}
    assert browser.send("OPTIONS", "/bandeau/choices", b"", {"origin": "https://evil.example"}).status == 405
