"""The reverse proxy, before a scripted upstream over real sockets."""

from __future__ import annotations

import logging
import socket

import httpx
import pytest

from bandeau.web.proxy import ReverseProxy
from tests.web.serving import serving, upstream

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Twice: a\r\nX-Twice: b\r\nConnection: close\r\n\r\nhello"


def test_request_and_response_pass_unchanged() -> None:
    """Method, raw path, query, body, repeated headers and bytes arrive as they were sent."""
    with upstream(lambda _: [HELLO]) as (url, seen), serving(ReverseProxy(url)) as base:
        answer = httpx.post(f"{base}/a%2Fb/%C3%A9?q=1&q=%20", content=b"body", headers={"X-Mine": "1"})
    assert (
        answer.status_code,
        answer.content,
        answer.headers.get_list("x-twice"),
    ) == (200, b"hello", ["a", "b"])
    assert seen[0].startswith(b"POST /a%2Fb/%C3%A9?q=1&q=%20 HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\nbody")
    assert b"x-mine: 1" in seen[0].lower()


def test_upstream_is_asked_for_plain_bytes_and_told_who_asks() -> None:
    """Identity only; the reader's host is kept; claims of the client about itself are replaced."""
    with upstream(lambda _: [HELLO]) as (url, seen), serving(ReverseProxy(url)) as base:
        httpx.get(base, headers={"Host": "paper.example", "X-Forwarded-For": "6.6.6.6", "TE": "trailers"})
    head = seen[0].lower()
    assert b"accept-encoding: identity\r\n" in head
    assert b"host: paper.example\r\n" in head
    assert b"x-forwarded-for: 127.0.0.1\r\n" in head
    assert b"6.6.6.6" not in head
    assert b"\r\nte:" not in head


def test_redirects_and_cookies_are_handed_on_not_followed() -> None:
    """The proxy keeps no jar and follows nothing: that is the browser's part."""
    moved = (
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nSet-Cookie: a=1\r\n"
        b"Set-Cookie: b=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    with upstream(lambda _: [moved]) as (url, seen), serving(ReverseProxy(url)) as base:
        first = httpx.get(base)
        httpx.get(base)
    assert (first.status_code, first.headers["location"]) == (302, "https://elsewhere.example/")
    assert first.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert all(b"\r\ncookie:" not in head.lower() for head in seen)


def test_upstream_that_is_away_gives_502(caplog: pytest.LogCaptureFixture) -> None:
    """The reader gets a sentence, the operator one log line."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with serving(ReverseProxy(address)) as base, caplog.at_level(logging.ERROR):
            answer = httpx.get(base)
    assert answer.status_code == 502
    assert [r.getMessage() for r in caplog.records] == ["upstream: not reachable (ConnectionRefusedError)"]


def test_upstream_that_breaks_off_breaks_off_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    """Half a body is never passed for a whole one."""
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nhalf"
    with (
        upstream(lambda _: [half]) as (url, _),
        serving(ReverseProxy(url)) as base,
        pytest.raises(httpx.RemoteProtocolError),
        caplog.at_level(logging.ERROR),
    ):
        httpx.get(base)
    assert "upstream: broke off in the middle of a body (closed early)" in caplog.messages


def test_address_that_is_no_url_is_refused() -> None:
    """A wrong --upstream is told at start."""
    with pytest.raises(ValueError, match="http or https address"):
        ReverseProxy("ftp://x")


def test_target_that_names_nothing_is_refused() -> None:
    """`OPTIONS *` gets 400 and no traceback."""
    with upstream(lambda _: [HELLO]) as (url, seen), serving(ReverseProxy(url)) as base:
        host, _, port = base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 5) as line:
            line.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = line.recv(4096)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))
    assert len(seen) <= 1


def test_client_cannot_name_headers_away() -> None:
    """`Connection: host, cookie` takes neither from the upstream."""
    with upstream(lambda _: [HELLO]) as (url, seen), serving(ReverseProxy(url)) as base:
        httpx.get(
            base,
            headers={
                "Host": "paper.example",
                "Cookie": "a=1",
                "Connection": "host, cookie, x-mine",
                "X-Mine": "1",
            },
        )
    head = seen[0].lower()
    assert b"host: paper.example" in head
    assert b"cookie: a=1" in head
    assert b"x-mine" not in head
