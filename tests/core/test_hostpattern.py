"""Host patterns."""

from __future__ import annotations

import pytest

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import SiteInfo


@pytest.mark.parametrize(
    ("pattern", "url", "expected"),
    [
        ("youtube.com", ("youtube.com", 443, "/"), True),
        ("youtube.com", ("www.youtube.com", 443, "/"), False),
        ("*.youtube.com", ("www.youtube.com", 443, "/"), True),
        ("*.youtube.com", ("a.b.youtube.com", 443, "/"), True),
        ("*.youtube.com", ("youtube.com", 443, "/"), False),
        ("*.youtube.com", ("notyoutube.com", 443, "/"), False),
        ("x.example/a/*", ("x.example", 443, "/a/b"), True),
        ("x.example/a/*", ("x.example", 443, "/a/"), True),
        ("x.example/a/*", ("x.example", 443, "/a"), False),
        ("x.example/a/*", ("x.example", 443, "/ab"), False),
        ("x.example/a", ("x.example", 443, "/a"), True),
        ("x.example/a", ("x.example", 443, "/a/b"), False),
        ("x.example/*", ("x.example", 443, "/anything"), True),
        ("x.example:8001", ("x.example", 8001, "/"), True),
        ("x.example:8001", ("x.example", 80, "/"), False),
        ("[::1]:8001", ("[::1]", 8001, "/"), True),
    ],
)
def test_pattern_matches_what_it_says(pattern: str, url: tuple[str, int, str], expected: bool) -> None:
    """Hosts, subdomains, ports and paths."""
    assert expected == HostPattern.parse(pattern).matches(*url)


@pytest.mark.parametrize(
    "text",
    ["", "*", "*.", "https://x.example", "x.example/a?b", "a b", "x.*", "x..y", "-", "é.example",
     "x.example:0", "x.example:99999", "x.example/a*", "x.example/*/b", "x.example:", ".example"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str) -> None:
    """The error is a ValueError with a sentence."""
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        HostPattern.parse(text)


@pytest.mark.parametrize(
    ("pattern", "source"),
    [("x.example", "x.example"), ("*.x.example:81", "*.x.example:81"), ("x.example/a/*", "x.example/a/")],
)
def test_pattern_as_csp_source(pattern: str, source: str) -> None:
    """A prefix path ends in a slash in a Content-Security-Policy (CSP3 §6.7.2.10)."""
    assert source == HostPattern.parse(pattern).csp_source
    assert pattern == str(HostPattern.parse(pattern))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("paper.example", True), ("PAPER.example:443", True), ("www.paper.example", True), ("[::1]:8000", True),
     ("paper.example:8443", False), ("other.example", False), ("paper.example:99999", False), ("[::1", False),
     ("", False), ("paper.example:٤٤٣", False), ("paper.example:", True), ("paper.example.evil.example", False)],
)  # fmt: skip
def test_site_knows_its_own_hosts(host: str, expected: bool) -> None:
    """A Host header names a declared host with a declared port, or it does not."""
    hosts = ("paper.example:443", "*.paper.example", "[::1]:8000")
    site = SiteInfo("p", "test", "P", "https://paper.example", tuple(map(HostPattern.parse, hosts)))
    assert site.declares(host) == expected
