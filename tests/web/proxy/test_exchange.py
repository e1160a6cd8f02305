"""One request and its answer: streamed both ways, kept open, tunnelled, and never taken for another's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.proxy.limits import Limits
from tests.web.proxy.standing import HANDSHAKE, Echo, Reader, heard, ok, proxied, talking, websocket
from tests.web.sites import POLICY, Browser

GET = "GET / HTTP/1.1"


def test_connections_to_the_upstream_are_used_again() -> None:
    """Twenty requests of two readers need no more connections than two."""
    echo = Echo()
    with talking(echo) as address, proxied(address) as port, Reader(port) as one, Reader(port) as two:
        for reader in [one, two] * 10:
            reader.ask(GET)
            reader.until(b"hello")
    assert len(echo.seen) == 20
    assert echo.connections <= 2


def test_a_connection_that_the_upstream_closed_is_replaced() -> None:
    """A request that may be asked twice is: the reader notices nothing."""
    seen = list[bytes]()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await heard(reader))
        writer.write(ok(b"hello"))
        await writer.drain()
        # Kept open until the next request comes, then closed under its feet.
        await reader.readuntil(b"\r\n\r\n")

    with talking(once) as address, proxied(address) as port, Reader(port) as reader:
        for _ in range(3):
            reader.ask(GET)
            assert reader.head().startswith(b"http/1.1 200")
            reader.until(b"hello")
    assert len(seen) == 3


def test_a_post_is_never_asked_twice() -> None:
    """It goes over a connection of its own, and its failure is the reader's to judge."""
    seen = list[bytes]()

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await heard(reader))

    with talking(drop) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("POST / HTTP/1.1\nContent-Length: 3", b"abc")
        assert reader.head().startswith(b"http/1.1 502")
    assert len(seen) == 1


def test_what_a_slow_page_has_is_shown_at_once() -> None:
    """The first bytes are there while the upstream still holds the rest."""
    go_on = threading.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<p>first..")
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        writer.write(b"<p>rest...")

    with talking(slow) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(GET)
        reader.until(b"<p>first..")
        go_on.set()
        reader.until(b"<p>rest...")


def test_an_upload_reaches_the_upstream_while_it_is_sent() -> None:
    """The second half is sent only after the upstream has the first."""
    has_first, pieces = threading.Event(), list[bytes]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        pieces.append(await reader.readexactly(5))
        has_first.set()
        pieces.append(await reader.readexactly(5))
        writer.write(ok(b"thanks"))

    with talking(take) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("POST / HTTP/1.1\nContent-Length: 10", b"first")
        assert has_first.wait(5)
        reader.send(b"later")
        reader.until(b"thanks")
    assert pieces == [b"first", b"later"]


def test_a_large_body_is_not_held_whole() -> None:
    """A reader who takes nothing stops the upstream: what is read ahead stays below 16 MB of 200."""
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(2_000):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    with talking(pour) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(GET)
        reader.head()
        before = -1
        while before != sent:  # until nothing moves any more
            before = sent
            threading.Event().wait(0.3)
        assert 0 < sent < 16_000_000


def test_a_reader_who_leaves_ends_an_event_stream() -> None:
    """Nobody listens any more, so the upstream is told."""
    ended = threading.Event()

    async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n")
        await reader.read()
        ended.set()

    with talking(events) as address, proxied(address) as port:
        with Reader(port) as reader:
            reader.ask(GET)
            reader.until(b"data: one\n\n")
        assert ended.wait(5)


def test_ranges_validators_and_heads_pass() -> None:
    """206, 304 and HEAD arrive as the upstream gave them, and the connection goes on."""
    answers = {
        b"GET /part": b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\nllo",
        b"GET /same": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 5\r\n\r\n',
        b"HEAD /all": b"HTTP/1.1 200 OK\r\nContent-Length: 123456\r\n\r\n",
        b"GET /last": ok(b"hello"),
    }
    seen = list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append(await heard(reader))
            writer.write(next(value for start, value in answers.items() if seen[-1].startswith(start)))

    with talking(answer) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("GET /part HTTP/1.1\nRange: bytes=2-4")
        assert b"content-range: bytes 2-4/9" in reader.head()
        reader.until(b"llo")
        reader.ask('GET /same HTTP/1.1\nIf-None-Match: "x"')
        assert reader.head().startswith(b"http/1.1 304")
        reader.ask("HEAD /all HTTP/1.1")
        assert b"content-length: 123456" in reader.head()
        reader.ask("GET /last HTTP/1.1")
        assert reader.head().startswith(b"http/1.1 200")
        assert reader.until(b"hello") == b"hello"
    assert b"range: bytes=2-4" in seen[0].lower()


def test_early_hints_pass() -> None:
    """103 arrives before the answer that it announces."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
    with talking(Echo(hint + ok(b"hello"))) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(GET)
        assert reader.head().startswith(b"http/1.1 103 early hints\r\nlink: </s.css>; rel=preload")
        assert reader.head().startswith(b"http/1.1 200")


def test_a_body_that_the_upstream_does_not_want_is_not_sent() -> None:
    """`Expect: 100-continue` is the upstream's to answer (RFC 9110 §10.1.1)."""
    seen = list[bytes]()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    with talking(refuse) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("POST / HTTP/1.1\nExpect: 100-continue\nContent-Length: 10")
        assert reader.head().startswith(b"http/1.1 413")
    assert b"expect: 100-continue" in seen[0].lower()


def test_a_body_that_the_upstream_asks_for_is_asked_for() -> None:
    """The upstream's 100 brings the reader's."""

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.write(ok(await reader.readexactly(5)))

    with talking(ask) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask("POST / HTTP/1.1\nExpect: 100-continue\nContent-Length: 5")
        assert reader.head().startswith(b"http/1.1 100")
        reader.send(b"abcde")
        assert reader.head().startswith(b"http/1.1 200")
        assert reader.until(b"abcde") == b"abcde"


@pytest.mark.parametrize(
    "head", ["Content-Length: 11", "Transfer-Encoding: chunked"], ids=["told", "not told"]
)
def test_an_upload_beyond_the_limit_is_refused(head: str) -> None:
    """413, whether its size was told or not."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = Limits(upload_bytes=10)
    body = b"b\r\nhello world\r\n0\r\n\r\n" if "chunked" in head else b"hello world"
    with talking(listen) as address, proxied(address, limits=limits) as port, Reader(port) as reader:
        reader.ask(f"POST / HTTP/1.1\n{head}", body)
        assert reader.head().startswith(b"http/1.1 413")


SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nSTOLEN"
BAD_ANSWERS = {
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a coding that nobody asked for": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
    "a folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    "a status that is none": b"HTTP/1.1 999 No\r\nContent-Length: 5\r\n\r\nhello",
    "no HTTP": b"hello\r\n\r\n",
    "an upgrade that nobody asked for": b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 500 + b"\r\n",
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_an_answer_that_leaves_doubt_is_none(case: str) -> None:
    """It gives 502, and its connection is not used again."""
    echo = Echo(BAD_ANSWERS[case])
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(GET)
        assert reader.head().startswith(b"http/1.1 502")


def test_interim_answers_come_to_an_end() -> None:
    """An upstream that only ever announces is given up."""
    flood = b"HTTP/1.1 103 E\r\n\r\n" * 40 + ok(b"hello")
    with talking(Echo(flood)) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(GET + "\nConnection: close")
        assert b"HTTP/1.1 502 " in reader.all()


def test_what_comes_behind_an_answer_is_nobodys() -> None:
    """Bytes that nobody asked for never become the next reader's answer."""
    echo = Echo(ok(b"hello") + SMUGGLED)
    with talking(echo) as address, proxied(address) as port, Reader(port) as one, Reader(port) as two:
        for reader in (one, two, one):
            reader.ask(GET)
            reader.head()
            assert reader.until(b"o") == b"hello"
            assert reader.rest == b""
    assert echo.connections == 3


def test_a_websocket_passes_as_it_is() -> None:
    """Bytes go to and fro, those that come with the handshake too; the end of one is the end of both."""
    with talking(websocket) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(HANDSHAKE, b"early.")
        assert reader.head().startswith(b"http/1.1 101")
        assert reader.until(b"first.") == b"first."
        assert reader.until(b"EARLY.") == b"EARLY."
        reader.send(b"x" * 300_000 + b".")
        assert len(reader.until(b".")) == 300_001


def test_the_end_of_the_server_does_not_wait_for_what_has_none() -> None:
    """A WebSocket and an event stream are closed at once; browsers open them again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        websocket = b"upgrade: websocket" in head.lower()
        kind = (
            b"101 S\r\nConnection: upgrade\r\nUpgrade: websocket"
            if websocket
            else b"200 OK\r\nContent-Type: text/event-stream"
        )
        writer.write(b"HTTP/1.1 %b\r\n\r\nfirst." % kind)
        await reader.read()

    with talking(talk) as address:
        with proxied(address, drain=3_600) as port:
            readers = [Reader(port), Reader(port)]
            for reader, head in zip(readers, (HANDSHAKE, GET), strict=True):
                reader.ask(head)
                reader.until(b"first.")
        for reader in readers:
            with reader:
                assert reader.all() in (b"", b"\r\n")


def test_the_cookies_of_a_handshake_pass_the_gate() -> None:
    """What no page may set no WebSocket sets either."""
    site = Browser().site

    def around(app: Any) -> Any:
        return BandeauMiddleware(app, site=site)

    with talking(websocket) as address, proxied(address, around=around) as port, Reader(port) as reader:
        reader.ask(HANDSHAKE)
        head = reader.head()
    assert head.startswith(b"http/1.1 101")
    assert b"set-cookie: sessionid=1" in head
    assert b"_fbp" not in head
    assert POLICY.enforce.mode.value == "enforce"


def test_a_refused_handshake_is_an_answer_and_no_tunnel() -> None:
    """After anything but 101 nothing more of the reader's reaches the upstream."""
    echo = Echo(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno")
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        reader.ask(HANDSHAKE, b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = reader.all()
    assert answer.startswith(b"HTTP/1.1 426 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert len(echo.seen) == 1
