"""What only an ASGI server does: messages, states, sockets, threads, clients that go away."""

from __future__ import annotations

import asyncio
import gzip
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bandeau.enforcement.visit import Visit
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.gateway.bodies import UnreadableBody
from bandeau.web.gateway.outgoing import Outgoing
from tests.web.gateway.case import HELD_TAG, METER_TAG, PAGE, page
from tests.web.gateway.fakes import gateway

Messages = list[dict[str, Any]]
HTML = [(b"content-type", b"text/html")]
START = {"type": "http.response.start", "status": 200, "headers": HTML}


def scope(path: str = "/", kind: str = "http", **more: Any) -> dict[str, Any]:
    """Return a connection's scope."""
    return {
        "type": kind,
        "method": "GET",
        "path": path,
        "headers": [(b"host", b"paper.example"), *more.pop("headers", ())],
        **more,
    }


def answer(*messages: dict[str, Any], seen: list[Any] | None = None) -> Callable[..., Awaitable[None]]:
    """Return an application that sends these messages."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if seen is not None:
            seen.append(scope)
        for message in messages:
            await send(message)

    return app


def run(app: Any, given: dict[str, Any], *received: dict[str, Any]) -> Messages:
    """Run one connection and return what was sent."""
    sent: Messages = []
    waiting = list(received)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(BandeauMiddleware(app, gateway=gateway())(given, receive, send))
    return sent


def test_other_connections_pass_untouched() -> None:
    """Lifespan belongs to the application."""
    message = {"type": "lifespan.startup.complete"}
    given = {"type": "lifespan"}
    seen: list[Any] = []
    assert run(answer(message, seen=seen), given) == [message]
    assert seen == [given]


def test_a_socket_to_a_refused_collector_is_closed() -> None:
    """Before it is accepted; other sockets, and allowed ones, pass."""
    sent = run(
        answer({"type": "websocket.accept"}),
        scope("/metrics/live", "websocket"),
        {"type": "websocket.connect"},
    )
    assert sent == [{"type": "websocket.close", "code": 1008}]
    allowed = scope("/metrics/live", "websocket", headers=[(b"cookie", b"__Host-bd=audience")])
    assert run(answer({"type": "websocket.accept"}), allowed) == [{"type": "websocket.accept"}]
    assert run(answer({"type": "websocket.accept"}), scope("/chat", "websocket")) == [
        {"type": "websocket.accept"}
    ]


def test_the_application_finds_the_visit() -> None:
    """In the scope, and in the state that Starlette shows as `request.state`; the server's stays."""
    seen: list[Any] = []
    given = scope(state={"a": 1})
    run(answer(START, {"type": "http.response.body", "body": PAGE}, seen=seen), given)
    assert isinstance(seen[0]["bandeau"], Visit)
    assert seen[0]["state"] == {"a": 1, "bandeau": seen[0]["bandeau"]}
    assert given["state"] == {"a": 1}
    assert "bandeau" not in given


def test_no_server_sends_a_file_past_the_gateway() -> None:
    """The extensions that would are hidden from the application."""
    seen: list[Any] = []
    given = scope(extensions={"http.response.pathsend": {}, "tls": {}})
    run(answer(START, {"type": "http.response.body"}, seen=seen), given)
    assert seen[0]["extensions"] == {"tls": {}}


def test_the_head_waits_for_the_first_bytes_only() -> None:
    """A page that comes in pieces is sent in pieces."""
    pieces = [
        b"<!doctype html><html><head>",
        b"</head><body>" + METER_TAG.encode(),
        b"<p>x",
        b"</body></html>",
    ]
    messages = [{"type": "http.response.body", "body": piece, "more_body": True} for piece in pieces]
    sent = run(answer(START, *messages, {"type": "http.response.body"}), scope())
    assert [message["type"] for message in sent[:2]] == ["http.response.start", "http.response.body"]
    assert HELD_TAG.encode() in b"".join(message.get("body", b"") for message in sent[:3])
    assert [message.get("more_body", False) for message in sent[1:]][-1] is False
    assert len(sent) >= 4


def test_early_hints_to_refused_hosts_are_dropped() -> None:
    """A cache may give them to everybody, so they hold what everybody may load."""
    links = [b"</a.css>; rel=preload", b"<https://meter.example/m.js>; rel=preload"]
    hint = {"type": "http.response.early_hint", "links": links}
    body = {"type": "http.response.body", "body": PAGE}
    allowed = scope(headers=[(b"cookie", b"__Host-bd=audience")])
    for given in (scope(), allowed):
        assert run(answer(hint, START, body), given)[0]["links"] == links[:1]
    assert run(answer({**hint, "links": links[1:]}, START, body), scope())[0]["type"] == "http.response.start"


def test_trailers_and_unknown_messages_pass() -> None:
    """What is not the body is the server's business."""
    trailers = {"type": "http.response.trailers", "headers": []}
    sent = run(
        answer({**START, "trailers": True}, {"type": "http.response.body", "body": PAGE}, trailers), scope()
    )
    assert sent[0]["trailers"] is True
    assert sent[-1] == trailers


def test_our_own_addresses_never_reach_the_application() -> None:
    """The body is read up to one byte beyond its limit; a HEAD gets no body."""
    seen: list[Any] = []
    app = answer(START, seen=seen)
    first = {"type": "http.request", "body": b"a", "more_body": True}
    second = {"type": "http.request", "body": b"b"}
    sent = run(app, scope("/bandeau/choices", method="POST"), first, second)
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"POST /bandeau/choices ab")
    large = [{"type": "http.request", "body": b"x" * 40, "more_body": True}] * 5
    assert run(app, scope("/bandeau/choices", method="POST"), *large)[0]["status"] == 413
    full = [{"type": "http.request", "body": b"x" * 64, "more_body": True}, second]
    assert run(app, scope("/bandeau/choices", method="POST"), *full)[0]["status"] == 413
    assert run(app, scope("/bandeau/choices", method="HEAD"))[1]["body"] == b""
    assert seen == []


def test_an_answer_may_wait_for_the_store() -> None:
    """The event loop goes on until the record is durable."""
    sent = run(answer(START), scope("/bandeau/slow"), {"type": "http.request", "body": b"row 1"})
    assert sent[1]["body"] == b"kept row 1"


def test_a_client_that_went_away_gets_no_answer() -> None:
    """Nothing is recorded of a half-sent choice."""
    half = {"type": "http.request", "body": b"a", "more_body": True}
    assert (
        run(answer(START), scope("/bandeau/choices", method="POST"), half, {"type": "http.disconnect"}) == []
    )


def test_an_application_that_fails_midway_ends_the_connection() -> None:
    """No half of a tag that was held back gets out."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(
            {
                "type": "http.response.body",
                "body": page("<p>a")[:-14] + b"<script src='https://me",
                "more_body": True,
            }
        )
        raise RuntimeError("upstream died")

    sent: Messages = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    with pytest.raises(RuntimeError, match="upstream died"):
        asyncio.run(BandeauMiddleware(app, gateway=gateway())(scope(), receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    assert b"<p>a" in body
    assert b"<script src" not in body
    assert sent[-1]["more_body"] is True


def test_a_body_that_turns_out_broken_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log says where."""
    whole = gzip.compress(page("<p>text" * 4_000), mtime=0)
    start = {**START, "headers": [*HTML, (b"content-encoding", b"gzip")]}
    first = {"type": "http.response.body", "body": whole[:-40], "more_body": True}
    with caplog.at_level(logging.ERROR), pytest.raises(UnreadableBody):
        run(answer(start, first, {"type": "http.response.body"}), scope("/a\r\nb"))
    assert len(caplog.records) == 1
    assert "page /a\\r\\nb" in caplog.records[0].getMessage()


def test_a_large_page_does_not_hold_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is rewritten in a thread; what passes as it is, and what is small, is not worth one."""
    where: list[bool] = []
    feed = Outgoing.feed

    def watched(self: Outgoing, data: bytes, *, last: bool = False) -> bytes:
        where.append(threading.current_thread() is threading.main_thread())
        return feed(self, data, last=last)

    monkeypatch.setattr(Outgoing, "feed", watched)
    large = page((METER_TAG + "<p>text</p>" * 20) * 2_000)
    packed = gzip.compress(page("".join(map(str, range(40_000)))))
    encoded = {**START, "headers": [*HTML, (b"content-encoding", b"gzip")]}
    picture = {**START, "headers": [(b"content-type", b"image/png")]}
    for start, body in ((START, large), (encoded, packed), (START, PAGE), (picture, large)):
        run(answer(start, {"type": "http.response.body", "body": body}), scope())
    assert where == [False, False, True]


def test_neither_policy_nor_site_is_a_mistake() -> None:
    """As are both."""
    with pytest.raises(TypeError, match="either"):
        BandeauMiddleware(answer(START))


def test_a_page_that_cannot_be_made_is_served_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Closed for trackers, open for the page."""
    monkeypatch.setattr("tests.web.gateway.fakes.FakePages.inserts", lambda *a, **k: 1 / 0)
    with caplog.at_level(logging.ERROR):
        sent = run(answer(START, {"type": "http.response.body", "body": PAGE}), scope())
    assert sent[1]["body"] == PAGE
    headers = dict(sent[0]["headers"])
    assert b"meter.example" not in headers[b"content-security-policy"]
    assert "could not be rewritten" in caplog.text


def test_a_head_that_cannot_be_planned_is_sent_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours opens nothing."""
    monkeypatch.setattr("bandeau.web.gateway.engine.plan_response", lambda *a: 1 / 0)
    with caplog.at_level(logging.ERROR):
        sent = run(answer(START, {"type": "http.response.body", "body": PAGE}), scope())
    assert sent[1]["body"] == PAGE
    assert b"content-security-policy" in dict(sent[0]["headers"])
    assert "could not be planned" in caplog.text
