"""The cookie gate: what may be set, and how what was refused is made to expire."""

from __future__ import annotations

import pytest

from bandeau.core.policy import Undeclared
from bandeau.enforcement.cookies import (
    MOST_EXPIRIES,
    CookieTable,
    ancestors,
    cookie_name,
    expiries,
    is_expiry,
)
from tests.enforcement.sample import METER, POLICY, STEADY, TODAY, registrable, with_enforce

TABLE = CookieTable(POLICY, STEADY)


@pytest.mark.parametrize(
    ("name", "allowed", "keep", "depends"),
    [
        ("sessionid", STEADY, True, False),
        ("_m", STEADY, False, True),
        ("_m_123", STEADY, False, True),
        ("_m", STEADY | METER, True, True),
        ("__Host-bd", STEADY, True, False),
        ("__Host-bdid", STEADY, True, False),
        ("unknown", STEADY, True, False),
        ("_mx", STEADY, True, False),
        ("", STEADY, True, False),
    ],
)
def test_a_cookie_passes_when_its_service_is_allowed(
    name: str, allowed: int, keep: bool, depends: bool
) -> None:
    """Exempt ones and our own always; undeclared ones as the policy says."""
    verdict = TABLE.judge(name, allowed)
    assert (verdict.keep, verdict.depends) == (keep, depends)


def test_undeclared_cookies_can_be_blocked() -> None:
    """For everybody alike: that hangs on no choice."""
    table = CookieTable(with_enforce(undeclared_cookies=Undeclared.BLOCK), STEADY)
    verdict = table.judge("unknown", STEADY)
    assert (verdict.keep, verdict.depends, verdict.service) == (False, False, "?")
    assert table.judge("__Host-bd", STEADY).keep


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a=b", "a"),
        (" a \t= b; Path=/", "a"),
        ("a=b=c", "a"),
        ("novalue", "novalue"),
        ("=x", "x"),
        ("=_id=1; Path=/", "_id"),
        ("", ""),
        ("a;b=c", "a"),
        ("__Host-bd=1; Secure", "__Host-bd"),
    ],
)
def test_a_name_is_read_as_browsers_read_it(text: str, name: str) -> None:
    """RFC 6265bis §5.6: a cookie without a name comes back as its value, which servers read as a name."""
    assert cookie_name(text) == name


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("Max-Age=0", True),
        ("max-age = -1", True),
        ("Max-Age=00", True),
        ("Max-Age=60", False),
        ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("expires=Thursday, 01-Jan-70 00:00:00 GMT", True),
        ("Expires=Tue, 19 Jan 2038 03:14:07 GMT", False),
        ("Expires=Tue, 31 Feb 1999 00:00:00 GMT", False),
        ("Expires=Thu, 03 Oct 2024 23:59:59 GMT", True),
        ("Expires=Fri, 04 Oct 2024 00:00:00 GMT", False),
        ("Expires=never", False),
        ("Expires=40, 01 Jan 1970", False),
        ("Expires=01 Jan 1970", False),
        ("Expires=Sun, 01 Foo 1999 00:00:00 GMT", False),
        ("Path=/", False),
        ("", False),
    ],
)
def test_a_deletion_is_recognised(attributes: str, expected: bool) -> None:
    """It is let through whatever the reader said: deleting is never a deposit."""
    assert is_expiry(f"_m=; {attributes}", TODAY) is expected


def test_a_cookie_expires_wherever_it_may_have_been_set() -> None:
    """Host-only and each parent domain, at each path, the likeliest first."""
    texts = expiries(POLICY, ["_m"], host="www.paper.example", paths=["/", "/news"], registrable=registrable)
    places = [tuple(part.strip() for part in text.split(";")[3:-1]) for text in texts]
    assert places == [
        ("Path=/", "Domain=paper.example"),
        ("Path=/",),
        ("Path=/", "Domain=www.paper.example"),
        ("Path=/news", "Domain=paper.example"),
        ("Path=/news",),
        ("Path=/news", "Domain=www.paper.example"),
    ]
    assert all(text.startswith("_m=; Max-Age=0; Expires=Thu, 01 Jan 1970") for text in texts)
    assert all(text.endswith("; Secure") for text in texts)


def test_prefixes_and_partitions_have_their_own_rules() -> None:
    """A browser takes no __Host- cookie with a domain; a partitioned one is another cookie."""
    host = expiries(POLICY, ["__Host-x"], host="a.paper.example", paths=["/", "/a"], registrable=registrable)
    assert [text.split("; ", 3)[3] for text in host] == ["Path=/; Secure"]
    split = expiries(POLICY, ["pl_1"], host="localhost", paths=["/"], registrable=registrable)
    assert [text.split("; ")[-1] for text in split] == ["Secure", "Partitioned"]


def test_addresses_and_bare_names_have_no_parent() -> None:
    """Only a host-only cookie can have been set."""
    for host in ("127.0.0.1", "localhost"):
        texts = expiries(POLICY, ["_m"], host=host, paths=["/"], registrable=registrable)
        assert len(texts) == 1
        assert "Domain" not in texts[0]


def test_the_number_of_expiries_is_limited() -> None:
    """What is left goes with the next response; each name gets its likeliest place first."""
    names = [f"_m_{number}" for number in range(80)]
    texts = expiries(
        POLICY, names, host="a.b.paper.example", paths=ancestors("/a/b/c"), registrable=registrable
    )
    assert len(texts) == MOST_EXPIRIES
    assert len({text.partition("=")[0] for text in texts}) == 80


@pytest.mark.parametrize("name", ["a;b", "a b", "a\r\nX: y", "", "é", "a=b", "a,b", "x" * 300])
def test_no_name_can_carry_anything_else(name: str) -> None:
    """Names come from the request: what is no name is left out."""
    assert expiries(POLICY, [name], host="paper.example", paths=["/"], registrable=registrable) == ()


def test_paths_of_a_request_are_its_ancestors() -> None:
    """With and without the slash, but never what could end the attribute."""
    assert list(ancestors("/")) == ["/"]
    assert list(ancestors("/a/b")) == ["/", "/a", "/a/", "/a/b"]
    assert list(ancestors("/a/b/")) == ["/", "/a", "/a/", "/a/b", "/a/b/"]
    assert list(ancestors("/a;x/b c/\r\n/d")) == ["/"]
    assert len(list(ancestors("/x" * 100))) == 17
