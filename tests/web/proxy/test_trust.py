"""Whom the proxy believes about who asks."""

from __future__ import annotations

from typing import Any

import pytest

from bandeau.web.proxy.headers import TRUSTED, request_headers
from bandeau.web.proxy.trust import Trust

FRONT = "10.0.0.1"


def resolved(trust: Trust, *headers: tuple[str, str], peer: str = FRONT) -> dict[str, Any]:
    """Return the scope of a request after its claims were judged."""
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"client": (peer, 1), "scheme": "http", "headers": [(b"host", b"paper.example"), *pairs]}
    trust.resolve(scope)
    return scope


def sent(scope: dict[str, Any]) -> dict[str, str]:
    """Return what the upstream is told."""
    return {name.decode(): value.decode() for name, value in request_headers(scope, upgrades=False)}


@pytest.mark.parametrize(
    ("claimed", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("6.6.6.6, nonsense, 10.0.0.9", "10.0.0.9"),
        ("", FRONT),
    ],
)
def test_the_last_address_that_no_proxy_has_is_the_client(claimed: str, client: str) -> None:
    """What stands before it a client may have written."""
    scope = resolved(Trust(["10.0.0.0/8"]), ("x-forwarded-for", claimed), ("x-forwarded-proto", "https"))
    assert scope["client"][0] == client
    assert scope["scheme"] == "https"


def test_who_is_not_trusted_says_nothing() -> None:
    """Each claim of a client about itself is dropped, with hyphens or underscores."""
    claims = (
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "forwarded",
        "x-real-ip",
        "true-client-ip",
    )
    claims += ("x_forwarded_for", "x-original-url", "x-rewrite-url", "proxy", "x_real_ip", "cf-connecting-ip")
    scope = resolved(Trust([]), *((name, "6.6.6.6") for name in claims), ("x-mine", "1"), peer="203.0.113.7")
    told = sent(scope)
    assert "6.6.6.6" not in told.values()
    assert TRUSTED not in scope
    assert told["x-mine"] == "1"
    assert told["x-forwarded-for"] == told["x-real-ip"] == "203.0.113.7"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-host"] == "paper.example"
    assert told["forwarded"] == 'for=203.0.113.7;host="paper.example";proto=http'


def test_the_standard_header_is_read_only_when_it_is_the_one_that_is_written() -> None:
    """A proxy that writes X-Forwarded-For hands a client's Forwarded on, and the other way round."""
    both = (("forwarded", 'for="[2001:db8::7]:1";proto=https, for=10.0.0.2'), ("x-forwarded-for", "6.6.6.6"))
    standard = resolved(Trust(["10.0.0.0/8"], standard=True), *both)
    assert (standard["client"][0], standard["scheme"]) == ("2001:db8::7", "https")
    usual = resolved(Trust(["10.0.0.0/8"]), *both)
    assert (usual["client"][0], usual["scheme"]) == ("6.6.6.6", "http")
    assert sent(standard)["forwarded"] == 'for="[2001:db8::7]";host="paper.example";proto=https'


def test_a_proxy_that_hides_its_client_is_the_client() -> None:
    """`for=unknown` and `for=_hidden` name nobody (RFC 7239 §6.2, §6.3)."""
    for name in ("unknown", "_hidden"):
        scope = resolved(Trust(["10.0.0.0/8"], standard=True), ("forwarded", f"for=6.6.6.6, for={name}"))
        assert scope["client"][0] == FRONT


def test_headers_of_one_connection_stay_there() -> None:
    """Hop-by-hop headers and those that `Connection` names go no further; what is meant does."""
    told = sent(
        resolved(
            Trust([]),
            ("connection", "x-mine, cookie, sec-gpc, keep-alive"),
            ("x-mine", "1"),
            ("cookie", "a=1"),
            ("sec-gpc", "1"),
            *((name, "1") for name in ("te", "keep-alive", "upgrade", "proxy-authorization", "trailer")),
        )
    )
    assert {"cookie", "sec-gpc", "host"} <= set(told)
    assert not {"connection", "x-mine", "te", "keep-alive", "upgrade", "proxy-authorization"} & set(told)


@pytest.mark.parametrize(
    ("destination", "asked"), [("style", "gzip, br"), ("document", "identity"), ("worker", "identity")]
)
def test_only_what_is_never_rewritten_may_come_compressed(destination: str, asked: str) -> None:
    """A page, a fragment and a worker's script come plain."""
    scope = resolved(Trust([]), ("accept-encoding", "gzip, br"), ("sec-fetch-dest", destination))
    assert sent(scope)["accept-encoding"] == asked
