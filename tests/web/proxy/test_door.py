"""The reader's connection: what is let in, what is not, and how it ends."""

from __future__ import annotations

import pytest

from bandeau.web.proxy import door
from tests.web.proxy.standing import Echo, Reader, ok, proxied, talking

POST = "POST / HTTP/1.1\r\nHost: a\r\n"
DOUBTFUL = {
    "length and chunks": (f"{POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (f"{POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "a list of lengths": (f"{POST}Content-Length: 3, 3\r\n\r\nabc", 400),
    "a length with a sign": (f"{POST}Content-Length: +3\r\n\r\nabc", 400),
    "space before the colon": (f"{POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked behind another coding": (f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "not quite chunked": (f"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "chunks in HTTP/1.0": ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    "a folded line": ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    "bare line feeds": ("GET / HTTP/1.1\nHost: a\n\n", 400),
    "a bare carriage return": ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
    "no host": ("GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a host that is none": ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a host with a user": ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "an upgrade with a body": (
        f"{POST}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        400,
    ),
    "CONNECT": ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    "TRACE": ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    "HTTP/0.9": ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    "no resource": ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bytes that are no URL": ("GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_head_that_leaves_doubt_is_not_let_in(case: str) -> None:
    """What two servers could read in two ways is answered here, and reaches no upstream."""
    sent, status = DOUBTFUL[case]
    echo = Echo()
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        reader.send(sent.encode("latin-1"))
        answer = reader.all()
    assert int(answer[9:12]) == status
    assert answer.count(b"HTTP/1.1 ") == 1
    assert echo.seen == []


def test_what_leaves_no_doubt_is_let_in_and_the_connection_stays() -> None:
    """The control of the above: chunks arrive, and a second request follows over the same connection."""
    seen = list[bytes]()

    async def chunks(reader, writer):  # type: ignore[no-untyped-def]
        while True:
            seen.append(await reader.readuntil(b"0\r\n\r\n"))
            writer.write(ok(b"hello"))

    with talking(chunks) as address, proxied(address) as port, Reader(port) as reader:
        for _ in range(2):
            reader.ask("POST / HTTP/1.1\nTransfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")
            assert reader.head().startswith(b"http/1.1 200")
            reader.until(b"hello")
    assert [b"3\r\nabc\r\n0\r\n\r\n" in each for each in seen] == [True, True]


def test_a_header_behind_the_body_is_nobodys() -> None:
    """A trailer cannot claim who asks."""
    seen = list[bytes]()

    async def chunks(reader, writer):  # type: ignore[no-untyped-def]
        seen.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(ok(b"hello"))

    with talking(chunks) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("POST / HTTP/1.1\nTransfer-Encoding: chunked", b"0\r\nX-Late: 1\r\n\r\n")
        reader.until(b"hello")
    assert b"x-late" not in seen[0].lower()


def test_an_absolute_target_outweighs_host() -> None:
    """RFC 9112 §3.2.2: the host that is asked is the one in the target, for the policy and upstream alike."""
    echo = Echo()
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("GET http://paper.example/a?b HTTP/1.1\nHost: other.example")
        reader.until(b"hello")
    assert echo.seen[0].startswith(b"GET /a?b HTTP/1.1\r\n")
    assert b"host: paper.example\r\n" in echo.seen[0].lower()
    assert b"other.example" not in echo.seen[0]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1\nX: " + "a" * 70_000, 431),
        ("GET / HTTP/1.1\n" + "\n".join(f"X-{i}: a" for i in range(300)), 431),
        ("GET /" + "a" * 20_000 + " HTTP/1.1", 414),
    ],
    ids=["bytes", "headers", "target"],
)
def test_a_head_has_bounds(head: str, status: int) -> None:
    """Nobody fills the memory with a head."""
    echo = Echo()
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(head)
        assert int(reader.all()[9:12]) == status
    assert echo.seen == []


def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a head is answered 408 and closed; a connection that says nothing is closed without a word."""
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.2)
    with talking(Echo()) as address, proxied(address) as port, Reader(port) as slow, Reader(port) as silent:
        slow.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slo")
        assert slow.all().startswith(b"HTTP/1.1 408 ")
        assert silent.all() == b""


def test_old_clients_get_no_chunks() -> None:
    """HTTP/1.0 knows none: the end of the body is that of the connection (RFC 9112 §6.1)."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nthere\r\n0\r\n\r\n"
    with talking(Echo(chunked)) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("GET / HTTP/1.0")
        answer = reader.all()
    assert answer.endswith(b"\r\n\r\nhellothere")
    assert b"transfer-encoding" not in answer.lower()


def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    """Pipelined requests are answered one after the other."""
    numbers = iter(range(10))

    async def count(reader, writer):  # type: ignore[no-untyped-def]
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ok(b"answer %d!" % next(numbers)))

    with talking(count) as address, proxied(address) as port, Reader(port) as reader:
        reader.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        assert [reader.until(b"!")[-9:] for _ in range(3)] == [b"answer %d!" % i for i in range(3)]


def test_a_date_is_there_once() -> None:
    """The upstream's stays; where there is none the proxy says one (RFC 9110 §6.6.1)."""
    for answer in (ok(b"hello", "Date: Tue, 03 Nov 2026 10:00:00 GMT"), ok(b"hello")):
        with talking(Echo(answer)) as address, proxied(address) as port, Reader(port) as reader:
            reader.ask("GET / HTTP/1.1")
            assert reader.head().count(b"\r\ndate: ") == 1
