"""How many choices are recorded, and that nobody is ever kept from refusing."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bandeau.core.policy import Proof
from bandeau.core.request import RequestHead
from bandeau.site import Withdrawal
from bandeau.web import asgi, wsgi
from bandeau.web.endpoints.limits import MOST_NETWORKS, NETWORK_BURST, Limits, network_of
from tests.web.sites import PANEL, Browser, a_policy, header

PUPIL = "8.8.4.7"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


def limited(browser: Browser, limits: Limits) -> Browser:
    """Return a browser whose site has these limits."""
    browser.endpoints._limits = limits
    return browser


def spent() -> Limits:
    """Return limits that let nobody through any more."""
    limits = Limits(1, Clock())
    limits._site.tokens = 0
    return limits


def test_network_posts_a_class_at_once_and_one_a_second_after(clock: Clock) -> None:
    """300 pupils in the same minute are recorded; who goes on is told when to come again."""
    limits = Limits(100, clock)
    assert [limits.wait(PUPIL) for _ in range(NETWORK_BURST)] == [0] * NETWORK_BURST
    assert [limits.wait(PUPIL) for _ in range(3)] == [1, 1, 1]
    clock.now += 10
    assert [limits.wait(f"8.8.4.{number}") for number in range(12)] == [0] * 10 + [1] * 2
    assert limits.wait("8.8.8.8") == 0


def test_site_has_a_budget_whatever_the_networks(clock: Clock) -> None:
    """A botnet of fresh addresses writes 3,600 rows an hour on a budget of one a second, not more."""
    limits = Limits(1, clock)
    posts = [limits.wait(f"8.{n >> 8}.{n & 255}.7") for n in range(256 * 30)]
    recorded = posts.count(0)
    assert 3_500 <= recorded <= 3_600
    clock.now += 60
    assert [limits.wait("8.8.8.8") for _ in range(61)] == [0] * 60 + [1]


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("8.8.4.4", bytes([8, 8, 4, 0])),
        ("::ffff:8.8.4.4", bytes([8, 8, 4, 0])),
        ("2a01:e0a:1:2::3", bytes.fromhex("2a010e0a0001") + bytes(10)),
        ("2a01:e0a:1:ffff::1%eth0", bytes.fromhex("2a010e0a0001") + bytes(10)),
        ("127.0.0.1", None),
        ("::1", None),
        ("10.1.2.3", None),
        ("192.168.1.1", None),
        ("100.64.0.1", None),
        ("fe80::1", None),
        ("", None),
        ("unix:/run/site.sock", None),
        ("<script>", None),
    ],
)
def test_network_is_a_prefix_and_a_proxy_is_none(client: str, network: bytes | None) -> None:
    """Behind a proxy that does not pass the address on, all readers would be one network."""
    assert network_of(client) == network


def test_readers_behind_a_proxy_are_limited_by_the_budget_alone(clock: Clock) -> None:
    """No reader is locked out because the proxy's address is the same for all."""
    limits = Limits(100, clock)
    assert {limits.wait("127.0.0.1") for _ in range(10 * NETWORK_BURST)} == {0}
    assert limits.remembered() == 0


def test_networks_are_forgotten(clock: Clock) -> None:
    """What is remembered is bounded, and goes when a network has been quiet for five minutes."""
    limits = Limits(100_000, clock)
    for number in range(MOST_NETWORKS + 100):
        limits.wait(f"{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.1")
    assert limits.remembered() == MOST_NETWORKS
    clock.now += NETWORK_BURST
    limits.wait("8.8.8.8")
    assert limits.remembered() == 1


@pytest.mark.parametrize("form", [True, False])
def test_refusal_beyond_the_limit_takes_effect(form: bool) -> None:
    """429 with a time to come again; not recorded, and everything that was allowed is refused."""
    browser = Browser()
    browser.accept()
    erased: list[Withdrawal] = []
    browser.site.on_withdraw("personalisation")(erased.append)
    limited(browser, spent())
    answer = browser.refuse() if form else browser.post_json({**PANEL, "action": "refuse"})
    assert (answer.status, header(answer, "retry-after")) == (429, "1")
    assert not any(browser.allows(each) for each in ("audience", "social", "personalisation", "advertising"))
    assert len(erased) == 1
    assert browser.site.store.count() == 1


@pytest.mark.parametrize("form", [True, False])
def test_accept_beyond_the_limit_allows_nothing(form: bool) -> None:
    """Nothing is allowed that is not recorded; the reader is asked again."""
    browser = limited(Browser(), spent())
    answer = browser.accept() if form else browser.post_json({**PANEL, "action": "accept"})
    assert answer.status == 429
    assert not browser.allows("audience")
    assert browser.site.store.count() == 0
    assert browser.cookies == {}


def test_page_beyond_the_limit_offers_another_try() -> None:
    """Without JavaScript too, in the reader's words; the form holds the same answers."""
    answer = limited(Browser(), spent()).accept()
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    assert "Votre choix n’a pas pu être enregistré" in answer.body.decode()
    assert 'name="action" value="accept"' in answer.body.decode()


def test_budget_of_the_policy_is_the_sites() -> None:
    """One a second, averaged over an hour: the first 3,600 posts, and then one a second."""
    site = Browser().site
    site.policy = a_policy(proof=Proof(budget=1))
    browser = Browser(site)
    assert browser.endpoints._limits._site.tokens == 3_600


def test_address_is_neither_kept_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not in the record, not in a log line, below and beyond the limit."""
    browser = limited(Browser(), Limits(100, Clock()))
    head = RequestHead("POST", "https", "gazette.example", "/bandeau/choices", client="8.8.4.4")
    send = browser.endpoints.handle

    def from_afar(request: RequestHead, *rest: object) -> object:
        return send(replace(request, client=head.client), *rest)  # type: ignore[arg-type]

    browser.endpoints.handle = from_afar  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.DEBUG):
        statuses = [browser.refuse().status for _ in range(NETWORK_BURST + 5)]
    assert (statuses.count(303), statuses.count(429)) == (NETWORK_BURST, 5)
    (log,) = browser.site.store.logs()
    kept = b"".join(row.body + row.subject_id.encode() for row in browser.site.store.rows(log.origin))
    assert b"8.8.4" not in kept
    assert "8.8.4" not in caplog.text


def test_servers_say_who_posts() -> None:
    """ASGI by the scope's client, WSGI by REMOTE_ADDR."""
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("8.8.4.4", 4_000)}
    assert asgi._head(scope).client == "8.8.4.4"
    assert asgi._head({**scope, "client": None}).client == ""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "REMOTE_ADDR": "8.8.4.4"}
    assert wsgi._head(environ).client == "8.8.4.4"  # type: ignore[arg-type]
