"""The plan of an exchange, from heads alone; the corpus in tests/web/gateway runs it whole."""

from __future__ import annotations

import pytest

from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead, ResponseHead
from bandeau.enforcement.exchange import (
    Work,
    early_hints,
    is_prefetch,
    is_worker,
    media_type,
    plan_request,
    plan_response,
    wants_document,
)
from tests.enforcement.sample import POLICY, compiled, visit


def request(*headers: tuple[str, str], path: str = "/", method: str = "GET") -> RequestHead:
    """Return a request."""
    return RequestHead(method, "https", "paper.example", path, headers=headers)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["text/html"], "text/html"),
        (["Text/HTML;charset=x"], "text/html"),
        (["text/plain", "text/html"], "text/html"),
        (["text/html, text/plain"], "text/plain"),
        (["text/html, broken"], "text/html"),
        (["text/html, */*"], "text/html"),
        (["  text/html  ; x"], "text/html"),
        (["text/ html"], ""),
        ([""], ""),
        ([], ""),
    ],
)
def test_a_type_is_read_as_browsers_read_it(values: list[str], expected: str) -> None:
    """Of several the last that can be read (Fetch §2.2.6)."""
    assert media_type(ResponseHead(200, [("Content-Type", value) for value in values])) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("sec-fetch-dest", "document"),), True),
        ((("sec-fetch-dest", "iframe"),), True),
        ((("sec-fetch-dest", "empty"), ("accept", "text/html")), False),
        ((("sec-fetch-dest", "image"),), False),
        ((("accept", "text/html,*/*"),), True),
        ((("accept", "*/*"),), False),
        ((), False),
    ],
)
def test_a_navigation_is_told_from_a_file(headers: tuple[tuple[str, str], ...], expected: bool) -> None:
    """By fetch metadata, else by what is accepted."""
    assert wants_document(request(*headers)) is expected


def test_workers_and_prefetches_are_known_by_their_headers() -> None:
    """Old and new ones."""
    assert is_worker(request(("sec-fetch-dest", "sharedworker")))
    assert is_worker(request(("service-worker", "script")))
    assert not is_worker(request(("sec-fetch-dest", "script")))
    assert is_prefetch(request(("sec-purpose", "prefetch;prerender")))
    assert is_prefetch(request(("x-moz", "Prefetch")))
    assert not is_prefetch(request(("sec-purpose", "other")))


def test_early_hints_hold_what_everybody_may_load() -> None:
    """Whoever asks; in report mode all."""
    links = ["<https://fonts.example/f>; rel=preload, <//meter.example>; rel=preconnect"]
    assert early_hints(compiled(), request(), Mode.ENFORCE, links) == [
        "<https://fonts.example/f>; rel=preload"
    ]
    assert early_hints(compiled(), request(), Mode.REPORT, links) == links


def test_a_request_is_refused_for_its_service() -> None:
    """The plan names it."""
    plan = plan_request(compiled(), request(path="/metrics/hit"), visit())
    assert plan.refused is POLICY.service("own-count")
    assert plan_request(compiled(), request(path="/metrics/hit"), visit("audience")).refused is None


def test_what_needs_no_change_is_not_changed() -> None:
    """A picture's request passes as it came."""
    plan = plan_request(compiled(), request(("accept-encoding", "br"), ("if-modified-since", "x")), visit())
    assert (plan.changes, plan.etags) == ({}, {})


def test_a_page_waits_for_its_first_bytes() -> None:
    """Its policy and cache headers come when it is known how it can be read."""
    head = ResponseHead(200, [("content-type", "text/html")])
    plan = plan_response(compiled(), request(), visit(), head, {})
    assert plan.work is Work.PAGE
    assert not head.all("content-security-policy")
    plan.as_page()
    assert head.all("content-security-policy") == [compiled().csp(plan.allowed)]


def test_texts_are_made_once_for_each_set_of_services() -> None:
    """And kept within bounds."""
    made = compiled()
    assert made.csp(0) is made.csp(0)
    for mask in range(5_000):
        made.csp(mask << 6)
    assert len(made._texts) <= 4_096


def test_entity_tags_tell_choices_revisions_and_builds_apart() -> None:
    """Only the same reader's state confirms a page."""
    marks = {compiled().private_suffix(visit(*names)) for names in ((), ("audience",), ("ads",))}
    assert len(marks) == 3
    assert compiled().private_suffix(visit()) == compiled().private_suffix(visit())
