"""Whatever comes in, the page is served, trackers stay out, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import Key, Keyring, encode
from bandeau.core.policy import Policy
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.storage.sqlite import SqliteStore
from bandeau.web.asgi import BandeauMiddleware
from tests.storage.records import TestSigner

from .newsroom import SITE_HOST, Newsroom, news_policy
from .pages import third_parties
from .serving import serve

_URL = f"http://{SITE_HOST}"
_KEYRING = Keyring((Key("bad", b"b" * 32),))
_READ_BY_ALL = "Le texte que chacun peut lire."
_EVERYTHING = 0b11110


def cookie(
    policy: Policy | None = None, keyring: Keyring = _KEYRING, *, granted: int = _EVERYTHING, days: int = 0
) -> str:
    """Return the cookie of a reader who accepted everything."""
    known = policy or news_policy(_URL)
    day = int(time.time() // 86_400) + days
    return encode(Consent(known.revision, day, _EVERYTHING, granted, 0, 0), known.site, keyring)


def _foreign(*, site: str = "news", environment: str = "test") -> str:
    policy = news_policy(_URL)
    return cookie(replace(policy, site=replace(policy.site, id=site, environment=environment)))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The newspaper behind Bandeau."""
    newsroom = Newsroom(allows=lambda scope, purpose: scope["bandeau"].allows(purpose))
    site = Site(news_policy(_URL), _KEYRING, MemoryStore())
    with serve(BandeauMiddleware(newsroom, site=site)) as number:
        yield number


def get(port: int, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask the newspaper for a page by its own name."""
    with httpx.Client() as client:
        return client.get(f"http://127.0.0.1:{port}{path}", headers={"host": SITE_HOST, **(headers or {})})


def raw(port: int, request: bytes) -> bytes:
    """Send bytes as they are and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def assert_closed(response: httpx.Response) -> None:
    """The article is there and nothing in it reaches a third party."""
    assert response.status_code == 200
    assert _READ_BY_ALL in response.text
    assert third_parties(response.text) == set()
    assert ".example" not in response.headers["content-security-policy"]


def test_an_honest_accept_opens_the_page(port: int) -> None:
    """The control: otherwise a closed page would prove nothing about bad cookies."""
    answer = get(port, "/private/a", {"cookie": f"bd={cookie()}"})
    assert "ads.example" in third_parties(answer.text)
    assert "ads.example" in answer.headers["content-security-policy"]


_GOOD = cookie()
_PARTS = _GOOD.split(".")
BAD_COOKIES = {
    "cut": f"bd={_GOOD[:-1]}",
    "cut to nothing": "bd=",
    "one character changed": f"bd={_GOOD[:-2]}{'A' if _GOOD[-2] != 'A' else 'B'}{_GOOD[-1]}",
    "bits raised": "bd=" + ".".join([*_PARTS[:4], "ff", *_PARTS[5:]]),
    "upper case": f"bd={_GOOD.upper()}",
    "leading zero": "bd=" + ".".join([_PARTS[0], "0" + _PARTS[1], *_PARTS[2:]]),
    "another version": "bd=2" + _GOOD[1:],
    "unknown key": "bd=" + ".".join([*_PARTS[:7], "nokey", _PARTS[8]]),
    "too many parts": f"bd={_GOOD}.{_PARTS[-1]}",
    "quoted": f'bd="{_GOOD}x"',
    "forged with another secret": f"bd={cookie(keyring=Keyring((Key('bad', b'x' * 32),)))}",
    "of another site": f"bd={_foreign(site='other')}",
    "of another environment": f"bd={_foreign(environment='staging')}",
    "expired": f"bd={cookie(days=-400)}",
    "of the far future": f"bd={cookie(days=400)}",
    "twice the same": f"bd={_GOOD}; bd={_GOOD}",
    "refusal then accept": f"bd={cookie(granted=0)}; bd={_GOOD}",
    "accept then refusal": f"bd={_GOOD}; bd={cookie(granted=0)}",
    "good then damaged": f"bd={_GOOD}; bd=x",
    "oversized": "bd=" + "1." * 4000,
    "oversized number": "bd=" + ".".join([*_PARTS[:3], "f" * 500, *_PARTS[4:]]),
    "SQL": "bd=1' OR '1'='1; DROP TABLE records",
    "markup": "bd=<script src=https://ads.example/a.js></script>",
    "template": "bd={{7*7}}${7*7}",
    "percent": "bd=%31%2e%00",
    "another name": f"BD={_GOOD}; xbd={_GOOD}; __Host-bd={_GOOD}",
}


@pytest.mark.parametrize("value", BAD_COOKIES.values(), ids=BAD_COOKIES.keys())
@pytest.mark.parametrize("path", ["/private/a", "/private/b?x=1"])
def test_a_bad_cookie_is_no_choice(port: int, path: str, value: str) -> None:
    """Damaged, duplicate, forged, foreign or oversized: never an accept, and the page is served."""
    assert_closed(get(port, path, {"cookie": value}))


def test_two_cookie_headers_are_duplicates_too(port: int) -> None:
    """A cookie tossed in by a sibling host does not win by standing in another header."""
    lines = [f"Cookie: bd={_GOOD}", f"Cookie: bd={cookie(granted=0)}", "Connection: close"]
    head = "\r\n".join(["GET /private/a HTTP/1.1", f"Host: {SITE_HOST}", *lines])
    answer = raw(port, head.encode() + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert third_parties(answer.decode()) == set()


@pytest.mark.parametrize("byte", [b"\x80", b"\xff\xfe", b"\t", b"\x7f"])
def test_raw_bytes_in_a_cookie_do_not_stop_the_page(port: int, byte: bytes) -> None:
    """What is not text is no choice either."""
    head = f"GET /private/a HTTP/1.1\r\nHost: {SITE_HOST}\r\nConnection: close\r\nCookie: bd={_GOOD}"
    answer = raw(port, head.encode() + byte + b"x\r\n\r\n")
    assert answer[9:12] in (b"200", b"400")
    assert third_parties(answer.decode("latin-1")) == set()


HOSTILE_QUERIES = [
    "?<script>alert(1)</script>",
    "?bd=" + _GOOD,
    "?%00%0d%0aSet-Cookie:%20bd=1",
    "?" + "a=1&" * 2000,
    "?u=javascript:alert(1)",
    "?%ff%fe%c0%80",
    "?return=//evil.example/",
    "?;;;===&&&%%%",
]


@pytest.mark.parametrize("query", HOSTILE_QUERIES, ids=lambda q: q[:20])
def test_a_hostile_query_changes_nothing(port: int, query: str) -> None:
    """The page is the same closed page."""
    target = f"/private/a{query}"
    answer = raw(port, f"GET {target} HTTP/1.1\r\nHost: {SITE_HOST}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert _READ_BY_ALL.encode() in answer
    assert third_parties(answer.decode()) == set()
    assert b"<script>alert(1)</script>" not in answer


OWN_ADDRESSES = [
    "/bandeau/choices",
    "/bandeau/policy",
    "/bandeau/embed/video",
    "/bandeau/embed/nobody",
    "/bandeau/panel/fr.0.html",
    "/bandeau/g.0.js",
    "/bandeau/s.css",
    "/bandeau/../private",
    "/bandeau/%2e%2e/etc/passwd",
    "/bandeau/",
    "/.well-known/gpc.json",
]


@pytest.mark.parametrize("address", OWN_ADDRESSES)
@pytest.mark.parametrize("query", [*HOSTILE_QUERIES, "?u=https://evil.example/x"], ids=lambda q: q[:20])
def test_own_addresses_survive_hostile_queries(port: int, address: str, query: str) -> None:
    """No server error, no reflected markup, no redirect to another host, no live third party."""
    answer = raw(
        port, f"GET {address}{query} HTTP/1.1\r\nHost: {SITE_HOST}\r\nConnection: close\r\n\r\n".encode()
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head[9:10] in b"234"
    assert b"<script>alert(1)" not in body
    assert b"javascript:alert" not in body
    assert b"location: //" not in head.lower()
    assert b"location: http" not in head.lower().replace(f"location: {_URL}".encode(), b"")
    assert b"evil.example" not in head
    assert third_parties(body.decode("utf-8", "replace")) == set()


class Bursting:
    """An application that breaks off in the middle of a tag of its page."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html"), (b"cache-control", b"public, s-maxage=9")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = f'<p>{_READ_BY_ALL}</p><script src="https://ads.example/a.js"></script>'.encode() * 400
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b'<img src="https://ads.exam', "more_body": True})
        raise ConnectionResetError("the application broke off")


def test_an_application_that_breaks_off_leaks_nothing() -> None:
    """What it sent is served closed; the reader's browser is told that the rest is missing."""
    site = Site(news_policy(_URL), _KEYRING, MemoryStore())
    with serve(BandeauMiddleware(Bursting(), site=site)) as number:
        answer = raw(number, f"GET /shared/a HTTP/1.1\r\nHost: {SITE_HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert _READ_BY_ALL.encode() in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert third_parties(answer.decode()) == set()


def test_an_upstream_that_dies_behind_the_proxy_leaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The part that came is served closed, nobody waits, and one line says what happened."""
    from bandeau.web.proxy import ReverseProxy

    site = Site(news_policy(_URL), _KEYRING, MemoryStore())
    with dying_upstream() as upstream, caplog.at_level("INFO", logger="bandeau"):
        proxy = ReverseProxy(f"http://127.0.0.1:{upstream}")
        with serve(BandeauMiddleware(proxy, site=site)) as number:
            answer = raw(number, f"GET /a HTTP/1.1\r\nHost: {SITE_HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert _READ_BY_ALL.encode() in answer
    assert third_parties(answer.decode()) == set()
    assert len([record for record in caplog.records if record.name.startswith("bandeau")]) == 1


@contextmanager
def dying_upstream() -> Iterator[int]:
    """A server that promises a long page, sends half of it and closes."""
    body = f'<p>{_READ_BY_ALL}</p><script src="https://ads.example/a.js"></script>'.encode() * 400
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: public, s-maxage=9\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + f"Content-Length: {2 * len(body)}\r\n\r\n".encode() + body)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.fixture
def disk_site(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The newspaper with records on disk, in a process of its own."""
    command = [sys.executable, "-m", "tests.e2e.full_disk_site", str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def limit_files(process: subprocess.Popen[str], size: int) -> None:
    """Let no file of the process grow beyond `size` bytes: to it, the disk is full."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def post_choice(port: int, key: str, action: str = "accept") -> httpx.Response:
    """Send a choice as the panel does."""
    choice = {
        "action": action,
        "shown": ["audience", "social", "personalisation", "advertising"],
        "revision": 4,
        "source": "first",
        "language": "fr",
        "key": key,
    }
    headers = {"host": SITE_HOST, "origin": _URL, "sec-fetch-site": "same-origin"}
    with httpx.Client(timeout=20) as client:
        return client.post(f"http://127.0.0.1:{port}/bandeau/choices", json=choice, headers=headers)


def test_a_full_disk_loses_nothing_acknowledged(
    disk_site: tuple[int, subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Readers are told, pages stay closed, one line says so, and all goes on afterwards."""
    port, process = disk_site
    kept = [post_choice(port, f"before-{n}").json()["code"] for n in range(5)]
    limit_files(process, 0)
    failed = [post_choice(port, f"while-full-{n}") for n in range(2)]
    page = get(port, "/private/a")
    limit_files(process, resource.RLIM_INFINITY)
    kept.append(post_choice(port, "afterwards").json()["code"])
    process.kill()
    _, log = process.communicate()
    assert [answer.status_code for answer in failed] == [503, 503]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in failed)
    assert all("set-cookie" not in answer.headers for answer in failed)
    assert_closed(page)
    store = SqliteStore.open(tmp_path / "records.db", TestSigner())
    found = [store.find(code) for code in kept]
    count = store.count()
    store.close()
    assert None not in found
    assert count == 6
    assert len([line for line in log.splitlines() if line.startswith("ERROR bandeau.store")]) == 1, log
