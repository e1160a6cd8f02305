"""Where the upstream may be, and how many connections there are to it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bandeau.web.proxy import upstream
from bandeau.web.proxy.limits import Limits
from bandeau.web.proxy.upstream import Upstream
from tests.e2e.certificates import server_context, write_certificate
from tests.web.proxy.standing import Echo, Reader, heard, ok, proxied, talking


@pytest.mark.parametrize(
    "url",
    ["ftp://a", "a:80", "http://", "http://a/path", "http://me:secret@a", "http://a?b", "unix:relative"],
)
def test_an_address_that_is_no_upstream_is_told(url: str) -> None:
    """What stands behind host and port would silently be lost."""
    with pytest.raises(ValueError, match="the upstream is"):
        Upstream(url, Limits())


def test_a_socket_of_this_machine_is_an_upstream(tmp_path: Path) -> None:
    """`unix:/path`, as gunicorn and uvicorn listen on."""
    path, ready, over = tmp_path / "site.sock", threading.Event(), threading.Event()
    echo = Echo()

    async def serve() -> None:
        async with await asyncio.start_unix_server(echo, path):
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(5)
    with proxied(f"unix:{path}") as port, Reader(port) as reader:
        reader.ask("GET /a HTTP/1.1\nConnection: close")
        assert reader.all().endswith(b"hello")
    over.set()
    thread.join(5)
    assert echo.seen[0].startswith(b"GET /a HTTP/1.1\r\n")


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_an_upstream_with_tls_has_to_show_who_it_is(
    is_known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody vouches for gives 502, and nothing of the request is sent."""
    pem = write_certificate(tmp_path)
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    echo = Echo()
    with talking(echo, tls=server_context(pem)) as address:
        secure = address.replace("http://127.0.0.1", "https://localhost")
        with proxied(secure) as port, Reader(port) as reader:
            reader.ask("GET / HTTP/1.1")
            assert reader.head().startswith(b"http/1.1 200" if is_known else b"http/1.1 502")
    assert len(echo.seen) == is_known


def test_no_more_connections_than_allowed_are_opened() -> None:
    """Who finds none free in time gets 503; the one that is used serves the next."""
    go_on = threading.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await heard(reader)
            while not go_on.is_set():
                await asyncio.sleep(0.01)
            writer.write(ok(b"hello"))

    limits = Limits(connections=1, connect_seconds=0.3)
    with talking(slow) as address, proxied(address, limits=limits) as port:
        with Reader(port) as one, Reader(port) as two:
            one.ask("GET / HTTP/1.1")
            threading.Event().wait(0.1)
            two.ask("GET / HTTP/1.1")
            assert two.head().startswith(b"http/1.1 503")
            go_on.set()
            assert one.head().startswith(b"http/1.1 200")
        with Reader(port) as three:
            three.ask("POST / HTTP/1.1\nContent-Length: 1", b"a")  # a fresh one: the idle one has to go
            assert three.head().startswith(b"http/1.1 200")


def test_a_connection_that_was_idle_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The upstream may be about to close it."""
    monkeypatch.setattr(upstream, "IDLE_CONNECTION_SECONDS", 0.0)
    echo = Echo()
    with talking(echo) as address, proxied(address) as port, Reader(port) as reader:
        for _ in range(3):
            reader.ask("GET / HTTP/1.1")
            reader.until(b"hello")
            threading.Event().wait(0.01)
    assert echo.connections == 3
