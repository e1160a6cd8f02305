"""A request to a declared collector is known, however it is written."""

from __future__ import annotations

import pytest

from bandeau.core.request import RequestHead
from bandeau.enforcement.requests import called_service
from tests.enforcement.sample import compiled

HOSTS = compiled().hosts


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("paper.example", "/metrics/hit"),
        ("paper.example:443", "/metrics/"),
        ("PAPER.example", "/metrics/a/b"),
        ("paper.example.", "/metrics/hit"),
        ("paper.example", "/pixel.gif"),
        ("paper.example", "//metrics/hit"),
        ("paper.example", "/a/../metrics/hit"),
        ("paper.example", "/./metrics//hit"),
        ("paper.example", "\\metrics\\hit"),
        ("paper.example", "/metrics;x=1/hit"),
        ("paper.example", "/pixel.gif/"),
        ("paper.example", "/pixel.gif;jsessionid=1"),
        ("paper.example", "/pixel.gif\0.txt"),
        ("stats.paper.example", "/anything"),
        ("stats.paper.example:8443", "/"),
    ],
)
def test_a_collector_is_recognised(host: str, path: str) -> None:
    """By path, by host, tidied or not."""
    called = called_service(HOSTS, RequestHead("GET", "https", host, path))
    assert called is not None
    assert called[1].id == "own-count"
    assert called[0] == 2


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("paper.example", "/"),
        ("paper.example", "/metrics"),
        ("paper.example", "/news?/metrics/hit"),
        ("www.paper.example", "/metrics/hit"),
        ("unknown.test", "/metrics/hit"),
        ("", "/metrics/hit"),
        ("[::1]:8000", "/metrics/hit"),
    ],
)
def test_a_page_is_no_collector(host: str, path: str) -> None:
    """Pages, other hosts, and requests that name no host."""
    assert called_service(HOSTS, RequestHead("GET", "https", host, path)) is None
