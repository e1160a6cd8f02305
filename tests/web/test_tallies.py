"""What is counted while a site answers, and that nobody is in it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import encode
from bandeau.core.policy import Mode, Policy, Undeclared
from bandeau.core.request import RequestHead, Response
from bandeau.errors import StoreUnavailable
from bandeau.site import Site
from bandeau.web.counters import Series
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.gateway.engine import Gateway
from bandeau.web.stops import Stop
from tests.web.sites import DAY, POLICY, Browser

PAGE = (
    b"<!doctype html><html lang=fr><head><title>x</title></head><body>"
    b"<script src=https://stats.gazette.example/m.js></script>"
    b"<img src=https://unknown.example/p?uid=42>"
    b"</body></html>"
)


def gateway_of(policy: Policy = POLICY) -> Gateway:
    """Return the gateway of a site whose clock stands."""
    return open_gateway(site=Site.in_memory(policy, clock=lambda: DAY * 86_400.0))


def in_mode(mode: Mode) -> Policy:
    """Return the policy in a mode."""
    return replace(POLICY, enforce=replace(POLICY.enforce, mode=mode))


def ask(
    gateway: Gateway,
    *,
    path: str = "/article",
    granted: int = 0,
    body: bytes = PAGE,
    pieces: int = 1,
    headers: tuple[tuple[str, str], ...] = (),
) -> None:
    """Send one page through."""
    site = gateway.site
    assert isinstance(site, Site)
    cookie = encode(Consent(POLICY.revision, DAY, 30, granted), POLICY.site, site.keyring)
    head = RequestHead(
        method="GET",
        scheme="https",
        host="gazette.example",
        path=path,
        query="uid=42",
        headers=(("cookie", f"__Host-bd={cookie}"), ("accept", "text/html"), ("sec-fetch-dest", "document")),
        client="203.0.113.9",
    )
    passage = gateway.pass_on(head)
    if isinstance(passage, Response):
        return
    outgoing = passage.respond(200, [("content-type", "text/html"), *headers])
    size = len(body) // pieces + 1
    for start in range(0, len(body), size):
        outgoing.feed(body[start : start + size], last=pieces == 1)
    if pieces > 1:
        outgoing.close()


def counted(gateway: Gateway) -> dict[Series, int]:
    """Return what was counted."""
    return gateway.tallies.counters.snapshot()


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_page_is_counted_by_what_became_of_its_services(pieces: int) -> None:
    """Whole or in pieces, out of the memo or not: one page, one count for each service."""
    gateway = gateway_of()
    for _ in range(3):
        ask(gateway, pieces=pieces)
    ask(gateway, granted=2, pieces=pieces)
    assert counted(gateway) == {
        ("requests", ("enforce",)): 4,
        ("pages", ("private",)): 4,
        ("service_pages", ("matomo", "held")): 3,
        ("service_pages", ("matomo", "released")): 1,
        ("service_pages", ("?", "held")): 4,
    }


def test_report_mode_counts_what_would_be_held() -> None:
    """Nothing is held, and the site's people see what would be."""
    gateway = gateway_of(in_mode(Mode.REPORT))
    ask(gateway, headers=(("set-cookie", "_pk_id=1"), ("set-cookie", "sessionid=2"), ("set-cookie", "x=3")))
    found = counted(gateway)
    assert found["service_pages", ("matomo", "would_hold")] == 1
    assert {key[1]: n for key, n in found.items() if key[0] == "service_cookies"} == {
        ("matomo", "would_hold"): 1,
        ("session", "passed"): 1,
        ("?", "passed"): 1,
    }


def test_off_counts_requests_alone() -> None:
    """Where Bandeau does nothing, it sees nothing."""
    gateway = gateway_of(in_mode(Mode.OFF))
    ask(gateway)
    assert counted(gateway) == {("requests", ("off",)): 1}


def test_shared_pages_are_told_apart() -> None:
    """They are the same for everybody."""
    gateway = gateway_of()
    ask(gateway, granted=2, headers=(("cache-control", "public, max-age=60"),))
    found = counted(gateway)
    assert found["pages", ("shared",)] == 1
    assert found["service_pages", ("matomo", "held")] == 1


def test_undeclared_hosts_of_the_markup_are_kept_with_their_first_page() -> None:
    """In enforce they never reach a browser's report, for they are held before."""
    gateway = gateway_of()
    ask(gateway, path="/first")
    ask(gateway, path="/second")
    assert gateway.tallies.stops.snapshot() == {Stop("unknown.example", "markup"): ("/first", 2)}


def test_undeclared_hosts_that_are_let_through_are_reported_too() -> None:
    """`undeclared_hosts = "report"`."""
    enforce = replace(POLICY.enforce, undeclared_hosts=Undeclared.REPORT)
    gateway = gateway_of(replace(POLICY, enforce=enforce))
    ask(gateway)
    assert Stop("unknown.example", "markup") in gateway.tallies.stops.snapshot()


def test_a_page_that_is_left_as_it_is_counts_as_a_failure() -> None:
    """Its reader sees no panel, and its publisher should know."""
    gateway = gateway_of()
    ask(gateway, headers=(("content-encoding", "br"),))
    ask(gateway, body=b"not gzip", headers=(("content-encoding", "gzip"),))
    found = counted(gateway)
    assert found["pages", ("untouched",)] == 2
    assert found["failures", ("page is encoded",)] == 1
    assert found["failures", ("page is unreadable",)] == 1


def test_nobody_is_in_what_is_counted() -> None:
    """No address, cookie, query or id of any reader."""
    gateway = gateway_of()
    ask(gateway, headers=(("set-cookie", "_pk_id.7.abc=4711815"),))
    kept = repr((counted(gateway), gateway.tallies.stops.snapshot()))
    for trace in ("203.0.113", "uid", "42", "4711815", "_pk_id"):
        assert trace not in kept


def test_choices_are_counted_by_purpose() -> None:
    """The rates of each purpose come from here."""
    browser = Browser()
    browser.refuse()
    Browser(browser.site).accept()
    found = browser.endpoints.tallies.counters.snapshot()
    assert found["choices", ("refused",)] == 1
    assert found["answers", ("audience", "denied")] == 1
    assert not [key for key in found if key[0] == "failures"]


def test_choices_that_were_not_recorded_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing store shows."""
    browser = Browser()
    failed: Future[object] = Future()
    failed.set_exception(StoreUnavailable("full"))
    monkeypatch.setattr(browser.site.store, "submit", lambda *_, **__: failed)
    browser.accept()
    assert browser.endpoints.tallies.counters.snapshot() == {
        ("choices", ("unrecorded",)): 1,
        ("failures", ("a choice was not recorded",)): 1,
    }
