"""The stand-in third parties remember everything a browser sends them."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest

from standin import StandIn


@pytest.fixture
def third_parties() -> Iterator[StandIn]:
    """A running stand-in."""
    with StandIn() as standin:
        yield standin


def ask(standin: StandIn, path: str, *, host: str = "ads.localhost", **headers: str) -> HTTPResponse:
    """One request on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", standin.port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(
        "GET", path, headers={"Host": f"{host}:{standin.port}", "Connection": "close", **named}
    )
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def eventually(condition: Callable[[], bool]) -> bool:
    """Waits at most two seconds for another thread."""
    deadline = time.monotonic() + 2
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_a_hit_is_remembered_with_all_that_it_told(third_parties: StandIn) -> None:
    """Host, path, query, cookie and referrer of a call are kept."""
    ask(third_parties, "/tr?id=1", host="Facebook.localhost", Cookie="id=7", Referer="http://a.test/")
    (hit,) = third_parties.hits
    told = (hit.host, hit.path, hit.query, hit.cookie, hit.referer)
    assert told == ("facebook.localhost", "/tr", "id=1", "id=7", "http://a.test/")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/gtag/js?id=G-1", "text/javascript"),
        ("/gtm.js", "text/javascript"),
        ("/en_US/fbevents.js", "text/javascript"),
        ("/matomo.js", "text/javascript"),
        ("/matomo.php?rec=1", "image/gif"),
        ("/prebid.js", "text/javascript"),
        ("/embed/abc", "text/html"),
        ("/css2?family=x", "text/css"),
        ("/any/thing.png", "image/gif"),
        ("/any/thing.css", "text/css"),
        ("/events", "text/event-stream"),
        ("/any", "text/plain"),
    ],
)
def test_every_vendor_answers_and_sets_a_third_party_cookie(
    third_parties: StandIn, path: str, kind: str
) -> None:
    """Each answer has the vendor's type, an identifier and open CORS."""
    response = ask(third_parties, path)
    assert response.getheader("Content-Type", "").startswith(kind)
    assert "SameSite=None; Secure" in (response.getheader("Set-Cookie") or "")
    assert response.getheader("Access-Control-Allow-Origin") == "*"


def test_a_connection_without_a_request_is_counted(third_parties: StandIn) -> None:
    """A `preconnect` leaves a trace although no request follows."""
    with socket.create_connection(("127.0.0.1", third_parties.port)):
        assert eventually(lambda: third_parties.connections == 1)
    assert third_parties.hits == []


def test_reading_the_log_leaves_no_trace(third_parties: StandIn) -> None:
    """`/__hits` is neither a hit nor a connection."""
    ask(third_parties, "/a.js")
    log = json.loads(ask(third_parties, "/__hits").body)  # type: ignore[attr-defined]
    assert [hit["path"] for hit in log["hits"]] == ["/a.js"]
    assert third_parties.connections == 1


def test_a_broken_client_is_answered_400_and_the_next_one_is_served(third_parties: StandIn) -> None:
    """Rubbish on the wire harms nobody else."""
    with socket.create_connection(("127.0.0.1", third_parties.port)) as broken:
        broken.sendall(b"rubbish\r\n\r\n")
        assert broken.recv(100).startswith(b"HTTP/1.1 400 ")
    assert ask(third_parties, "/a.js").status == 200


def test_a_websocket_is_accepted_then_closed(third_parties: StandIn) -> None:
    """The attempt is a hit, and the browser sees a proper end."""
    lines = (
        "GET /ws HTTP/1.1",
        "Host: ws.localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    with socket.create_connection(("127.0.0.1", third_parties.port)) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        answer = client.makefile("rb").read()
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    assert answer.endswith(b"\x88\x02\x03\xe8")
    assert [hit.host for hit in third_parties.hits] == ["ws.localhost"]


def test_a_reset_forgets_hits_and_connections(third_parties: StandIn) -> None:
    """After a reset only what comes later is there."""
    ask(third_parties, "/a.js")
    third_parties.reset()
    ask(third_parties, "/b.js")
    assert ([hit.path for hit in third_parties.hits], third_parties.connections) == (["/b.js"], 1)


def test_over_tls_connections_are_counted_by_name() -> None:
    """The name in the TLS handshake tells which third party was reached."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with StandIn(tls=True) as standin:
        raw = socket.create_connection(("127.0.0.1", standin.port))
        with context.wrap_socket(raw, server_hostname="ads.example"):
            assert eventually(lambda: standin.connections_by_name["ads.example"] == 1)
