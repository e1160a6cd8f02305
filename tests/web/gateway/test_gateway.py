"""The gateway follows the policy in force, and one reader's page never reaches another."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead, Response
from bandeau.web.gateway.engine import Gateway, Passage
from tests.enforcement.sample import POLICY, SERVICES, with_enforce
from tests.web.gateway.case import METER_TAG, PAGE, Case
from tests.web.gateway.drivers import through_asgi
from tests.web.gateway.fakes import FakeSite, gateway


def head(path: str = "/", cookie: str = "") -> RequestHead:
    """Return a request."""
    headers = (("host", "paper.example"), *((("cookie", cookie),) if cookie else ()))
    return RequestHead("GET", "https", "paper.example", path, headers=headers)


def passage(over: Gateway, request: RequestHead) -> Passage:
    """Return the way to the application."""
    found = over.pass_on(request)
    assert isinstance(found, Passage)
    return found


def page_for(over: Gateway, cookie: str, cache: str = "") -> tuple[list[tuple[str, str]], bytes]:
    """Return head and body of a page."""
    outgoing = passage(over, head(cookie=cookie)).respond(
        200, [("content-type", "text/html"), ("cache-control", cache)]
    )
    body = outgoing.feed(PAGE, last=True)
    return outgoing.head.headers, body


def test_a_policy_that_changes_is_compiled_once() -> None:
    """The next request meets the new one; a request on its way keeps its own."""
    site = FakeSite()
    over = gateway()
    over.site = site
    before = passage(over, head())
    assert over.compiled(POLICY) is over.compiled(POLICY)
    site.policy = replace(POLICY, revision=6, services=SERVICES[:1])
    after = passage(over, head())
    assert (before.compiled.policy.revision, after.compiled.policy.revision) == (5, 6)
    assert passage(over, head()).compiled is after.compiled


def test_the_memo_never_mixes_policies_of_one_revision() -> None:
    """A file that was edited without a new revision has another digest."""
    site = FakeSite()
    over = gateway()
    over.site = site
    held = page_for(over, "")[1]
    elsewhere = replace(SERVICES[1], hosts=SERVICES[3].hosts, inline=())
    site.policy = replace(POLICY, services=(SERVICES[0], elsewhere, *SERVICES[2:]), digest="other")
    assert page_for(over, "")[1] != held


def test_opposite_choices_share_no_private_byte() -> None:
    """One body, four readers, in turns: each gets what its choice says, from the memo or not."""
    over = gateway()
    cookies = ["", "__Host-bd=refused", "__Host-bd=audience", "__Host-bd=audience+social+ads"]
    fresh = {cookie: page_for(gateway(), cookie) for cookie in cookies}
    for cookie in cookies * 3:
        assert page_for(over, cookie) == fresh[cookie]
    assert METER_TAG.encode() in fresh[cookies[2]][1]
    assert METER_TAG.encode() not in fresh[cookies[1]][1]


def test_opposite_choices_share_every_byte_of_a_public_page() -> None:
    """Head and body, so that a cache may give either to both."""
    over = gateway()
    pages = [
        page_for(over, cookie, "public, max-age=60") for cookie in ("", "__Host-bd=audience", "__Host-bd=bad")
    ]
    assert pages[0] == pages[1] == pages[2]


def test_a_page_with_a_nonce_is_not_remembered() -> None:
    """It is never the same twice."""
    over = gateway()
    for nonce in ("a", "b"):
        case = Case("nonce", headers=(("content-security-policy", f"script-src 'nonce-{nonce}'"),))
        assert f'<script nonce="{nonce}">'.encode() in through_asgi(over, case).body
    assert len(over.workshop._memo) == 0


def test_sockets_pass_unless_they_are_refused() -> None:
    """In report mode all do."""
    assert gateway().refuses_socket(head("/metrics/live"))
    assert not gateway().refuses_socket(head("/metrics/live", "__Host-bd=audience"))
    assert not gateway().refuses_socket(head("/chat"))
    assert not gateway(with_enforce(mode=Mode.REPORT)).refuses_socket(head("/metrics/live"))


def test_hints_pass_where_nothing_is_enforced() -> None:
    """As the application gave them."""
    links = ["<//meter.example>; rel=preconnect"]
    assert passage(gateway(with_enforce(mode=Mode.REPORT)), head()).hints(links) == links
    assert passage(gateway(), head()).hints(links) == []


def test_a_late_question_makes_a_public_page_private_while_it_can() -> None:
    """Asked while the first bytes are made: still private. Later: one error in the log."""
    over = gateway()
    public = [("content-type", "text/html"), ("cache-control", "public")]
    way = passage(over, head())
    outgoing = way.respond(200, list(public))
    way.visit.allows("ads")
    outgoing.feed(PAGE, last=True)
    assert outgoing.head.first("cache-control") == "private, no-cache"


def test_a_question_that_comes_too_late_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """A shared cache may already keep the page."""
    way = passage(gateway(), head())
    outgoing = way.respond(200, [("content-type", "text/html"), ("cache-control", "public")])
    outgoing.feed(PAGE)
    way.visit.allows("ads")
    with caplog.at_level(logging.ERROR):
        outgoing.close()
    assert "asked for a decision after its head had gone" in caplog.text


def test_a_refused_collector_is_answered_in_the_applications_place() -> None:
    """With nothing in it."""
    assert gateway().pass_on(head("/metrics/hit")) == Response(
        204, (("cache-control", "no-store"), ("x-bandeau", "held"))
    )
