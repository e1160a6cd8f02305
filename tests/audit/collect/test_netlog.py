"""The NetLog is read as far as it goes, and says whether that was to its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bandeau.audit.collect.netlines import headers, host_and_port
from bandeau.audit.collect.netlog import NetLog, ends_with, read

NAMES = [
    "URL_REQUEST_START_JOB",
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
    "COOKIE_INCLUSION_STATUS",
    "COOKIE_STORE_COOKIE_ADDED",
    "COOKIE_STORE_COOKIE_DELETED",
    "HOST_RESOLVER_MANAGER_REQUEST",
    "HTTP_STREAM_JOB_CONTROLLER",
    "UDP_BYTES_SENT",
    "OTHER",
]
CONSTANTS = {
    "logEventTypes": {name: number for number, name in enumerate(NAMES)},
    "logSourceType": {"URL_REQUEST": 1, "NETWORK_SERVICE_HOST_RESOLVER": 2, "SOCKET": 3},
    "netError": {"ERR_ABORTED": -3, "ERR_CACHE_MISS": -400},
    "timeTickOffset": "1000000",
    "unknown": [1, 2],
}
PAGE = {
    "url": "https://site.test/",
    "method": "GET",
    "initiator": "not an origin",
    "request_type": "main frame",
}


def event(
    name: str,
    params: dict[str, Any] | None = None,
    *,
    at: int = 0,
    source: int = 7,
    phase: int = 1,
    kind: int = 1,
) -> str:
    """Return an event, as one line of the log."""
    found: dict[str, Any] = {"time": str(at), "type": NAMES.index(name), "phase": phase}
    found["source"] = {"id": source, "type": kind}
    return json.dumps(found | ({"params": params} if params is not None else {}))


def log(path: Path, *events: str, end: str = '\n],\n"polledData": []\n}\n') -> NetLog:
    """Write a log in Chromium's form and read it."""
    path.write_text('{"constants": ' + json.dumps(CONSTANTS) + ',\n"events": [\n' + ",\n".join(events) + end)
    return read(path)


def test_a_request_is_put_together(tmp_path: Path) -> None:
    """From when it began to how it ended, in wall time."""
    found = log(
        tmp_path / "log",
        event("URL_REQUEST_START_JOB", PAGE, at=5),
        event("HTTP_TRANSACTION_SEND_REQUEST_HEADERS", {"headers": ["Sec-GPC: 1", "Cookie: a=1; b=2"]}),
        event("HTTP_TRANSACTION_READ_RESPONSE_HEADERS", {"headers": ["HTTP/1.1 404 Not Found", "ETag: x"]}),
        event("URL_REQUEST_START_JOB", at=9, phase=2),
    )
    leg = found.legs[0]

    assert (leg.wall_ms, leg.ended_ms, leg.status, leg.sent) == (1_000_005, 1_000_009, 404, True)
    assert (leg.header("sec-gpc"), leg.header("cookie"), leg.headers) == ("1", "a=1; b=2", [("etag", "x")])


def test_a_redirect_is_two_legs(tmp_path: Path) -> None:
    """The second knows the first."""
    found = log(
        tmp_path / "log",
        event("URL_REQUEST_START_JOB", PAGE),
        event("HTTP_TRANSACTION_READ_RESPONSE_HEADERS", {"headers": ["HTTP/1.1 302 Found", "Location: /b"]}),
        event("URL_REQUEST_START_JOB", PAGE | {"url": "https://site.test/b"}),
    )

    assert [leg.redirected_from for leg in found.legs] == ["", "https://site.test/"]


def test_a_fault_has_its_name(tmp_path: Path) -> None:
    """As Chromium calls it."""
    found = log(
        tmp_path / "log",
        event("URL_REQUEST_START_JOB", PAGE),
        event("URL_REQUEST_START_JOB", {"net_error": -3}, phase=2),
    )

    assert found.legs[0].error == "ERR_ABORTED"


def test_a_question_to_the_cache_is_no_request(tmp_path: Path) -> None:
    """The request itself comes after it."""
    found = log(
        tmp_path / "log",
        event("URL_REQUEST_START_JOB", PAGE),
        event("URL_REQUEST_START_JOB", {"net_error": -400}, phase=2),
    )

    assert found.legs[0].asked_a_cache


@pytest.mark.parametrize(
    ("params", "own"),
    [
        (PAGE, False),
        (PAGE | {"request_type": "other", "network_isolation_key": "null null"}, True),
        (
            PAGE | {"request_type": "other", "network_isolation_key": "https://site.test https://site.test"},
            False,
        ),
        (PAGE | {"request_type": "other", "initiator": "https://site.test"}, False),
        (PAGE | {"request_type": "other", "initiator": "null", "network_isolation_key": ""}, False),
        (PAGE | {"url": "http://127.0.0.1:9/over"}, True),
    ],
)
def test_the_browsers_own_requests_are_told_apart(tmp_path: Path, params: dict[str, str], own: bool) -> None:
    """What a page could have caused never counts as the browser's."""
    assert log(tmp_path / "log", event("URL_REQUEST_START_JOB", params)).legs[0].is_the_browsers is own


def test_cookies_are_noted_with_what_became_of_them(tmp_path: Path) -> None:
    """Sent or not, stored or refused, and in whose partition."""
    start = event("URL_REQUEST_START_JOB", PAGE)
    base = {"name": "a", "domain": "site.test", "path": "/"}
    found = log(
        tmp_path / "log",
        start,
        event("COOKIE_INCLUSION_STATUS", base | {"operation": "send", "status": "INCLUDE, DO_NOT_WARN"}),
        event(
            "COOKIE_INCLUSION_STATUS",
            base
            | {
                "operation": "store",
                "status": "EXCLUDE_USER_PREFERENCES",
                "partition_key": "https://top.test, x",
            },
        ),
    )
    leg = found.legs[0]

    assert [(note.name, note.included) for note in leg.cookies_sent] == [("a", True)]
    assert [(n.included, n.status, n.partition) for n in leg.cookies_set] == [
        (False, "EXCLUDE_USER_PREFERENCES", "https://top.test")
    ]


def test_contacts_without_a_request_are_noted(tmp_path: Path) -> None:
    """A lookup for its own sake, a connection in advance, a datagram; not those that belong to a request."""
    found = log(
        tmp_path / "log",
        event("HOST_RESOLVER_MANAGER_REQUEST", {"host": "https://asked.example"}, kind=2),
        event("HOST_RESOLVER_MANAGER_REQUEST", {"host": "https://of-a-request.example"}, kind=3),
        event("HTTP_STREAM_JOB_CONTROLLER", {"is_preconnect": True, "url": "https://early.example/"}),
        event("HTTP_STREAM_JOB_CONTROLLER", {"is_preconnect": False, "url": "https://request.example/"}),
        event("UDP_BYTES_SENT", {"address": "192.0.2.1:3478", "byte_count": 20}, phase=0),
        event("UDP_BYTES_SENT", {"byte_count": 1250}, phase=0),
    )

    assert [(c.kind, c.host, c.port) for c in found.contacts] == [
        ("lookup", "asked.example", 443),
        ("preconnect", "early.example", 443),
        ("udp", "192.0.2.1", 3478),
    ]


def test_a_whole_log_says_so(tmp_path: Path) -> None:
    """The positive control of the next test."""
    assert log(tmp_path / "log", event("URL_REQUEST_START_JOB", PAGE)).whole


def test_a_log_that_is_cut_off_anywhere_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """At every third byte: never an error, never said to be whole."""
    events = [
        event("URL_REQUEST_START_JOB", PAGE | {"url": f"https://site.test/{n}"}, source=n) for n in range(3)
    ]
    log(tmp_path / "log", *events)
    data = (tmp_path / "log").read_bytes()
    counted = []
    for length in range(0, len(data) - 2, 3):
        (tmp_path / "cut").write_bytes(data[:length])
        found = read(tmp_path / "cut")
        assert not found.whole
        counted.append(len(found.legs))

    assert counted == sorted(counted)
    assert counted[-1] == 3


def test_a_log_with_a_line_that_cannot_be_read_is_torn(tmp_path: Path) -> None:
    """What follows is read, and it is never taken for one that merely lacks its end."""
    log(tmp_path / "log", *(event("URL_REQUEST_START_JOB", PAGE, source=n) for n in range(3)))
    *before, end = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    events = [index for index, line in enumerate(before) if b"site.test" in line]
    (tmp_path / "log").write_bytes(b"".join([*before[: events[1]], b"{?\n", *before[events[1] + 1 :], end]))
    found = read(tmp_path / "log")

    assert (len(found.legs), found.whole, found.torn) == (2, False, True)


def test_a_log_that_is_not_there_is_not_whole(tmp_path: Path) -> None:
    """The browser ended before it wrote anything."""
    assert read(tmp_path / "nothing") == NetLog(whole=False)


def test_the_mark_is_found_at_the_end(tmp_path: Path) -> None:
    """And nowhere else: what was written after it may not have been written yet."""
    path = tmp_path / "log"
    path.write_text("x" * 100_000 + '"http://127.0.0.1:9/over"')

    assert ends_with(path, "over")
    path.write_text('"http://127.0.0.1:9/over"' + "x" * 100_000)
    assert not ends_with(path, "over")
    assert not ends_with(tmp_path / "nothing", "over")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("https://a.example", ("a.example", 443)),
        ("http://a.example/x", ("a.example", 80)),
        ("wss://a.example:8443/x", ("a.example", 8443)),
        ("a.example:53", ("a.example", 53)),
        ("a.example", ("a.example", 0)),
        ("[::1]:9", ("::1", 9)),
        ("https://[::1]", ("::1", 443)),
    ],
)
def test_host_and_port(where: str, found: tuple[str, int]) -> None:
    """In every form that the log has."""
    assert host_and_port(where) == found


def test_headers_of_http2_are_read() -> None:
    """Their pseudo-headers too."""
    assert headers([":method: GET", "Sec-GPC: 1"]) == [("method", "GET"), ("sec-gpc", "1")]
    assert headers({":method": "GET", "Sec-GPC": "1"}) == [("method", "GET"), ("sec-gpc", "1")]
