"""Reverse proxy: hands every request to an upstream, so that Bandeau can stand before any site."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from bandeau.errors import MissingExtra

try:
    import httpx
except ImportError as error:  # the extra is not installed
    raise MissingExtra("bandeau proxy", "proxy") from error

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: They belong to one connection and are never handed on (RFC 9110 §7.6.1).
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"}
    | {"te", "trailer", "transfer-encoding", "upgrade"}
)
#: A client may not name these away: they say what is asked, and by whom.
_MEANT = {"host", "cookie", "content-length", "content-type", "authorization", "origin"}
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 60.0

_log = logging.getLogger("bandeau.proxy")


class ReverseProxy:
    """An ASGI application that forwards http requests to one upstream, streaming both ways.

    The reader's ``Host`` is kept, so that the upstream writes the links that the reader needs.
    The upstream is asked for ``identity``: what is compressed cannot be rewritten. An upstream
    that cannot be reached gives 502, one that is silent 504; one that breaks off in the middle
    of a body breaks off the reader's connection too, so that nobody takes half a page for whole.
    WebSockets are refused: let the front server take them straight to the upstream.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = httpx.URL(upstream)
        if self._upstream.scheme not in ("http", "https") or not self._upstream.host:
            raise ValueError(f"the upstream is an http or https address, not {upstream!r}")
        # The bare transport: a client would keep one reader's cookies and send them with the next.
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1011})
        else:
            await self._forward(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._transport.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = self._request(scope, receive)
        except httpx.InvalidURL:
            # "OPTIONS *" and the like name no resource that could be asked for.
            await _answer_plainly(scope, send, 400, b"This address cannot be asked for.\n")
            return
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.HTTPError as error:
            await _refuse(scope, send, error)
            return
        except ConnectionError:
            return  # the reader went away while sending; there is nobody to answer
        try:
            await self._answer(response, send)
        finally:
            await response.aclose()

    def _request(self, scope: Scope, receive: Receive) -> httpx.Request:
        return httpx.Request(
            scope["method"],
            self._target(scope),
            headers=_request_headers(scope),
            content=_body(receive) if _has_body(scope) else None,
            extensions={"timeout": httpx.Timeout(IDLE_SECONDS, connect=CONNECT_SECONDS).as_dict()},
        )

    def _target(self, scope: Scope) -> httpx.URL:
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string", b"")
        return self._upstream.copy_with(raw_path=path + (b"?" + query if query else b""))

    async def _answer(self, response: httpx.Response, send: Send) -> None:
        headers = [(k.lower(), v) for k, v in response.headers.raw if _may_pass(k, response.headers)]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        try:
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx.HTTPError as error:
            # Returning without the last message makes the server cut the connection.
            _log.error("upstream: broke off in the middle of a body (%s)", type(error).__name__)
            return
        await send({"type": "http.response.body", "body": b""})


def _may_pass(name: bytes, headers: httpx.Headers) -> bool:
    named = {item.strip().lower() for item in headers.get("connection", "").split(",")}
    return name.decode("latin-1").lower() not in HOP_BY_HOP | named


def _request_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    named = {
        item.strip().lower()
        for key, value in scope["headers"]
        if key == b"connection"
        for item in value.decode("latin-1").split(",")
    }
    named -= _MEANT
    dropped = (
        HOP_BY_HOP | named | {"accept-encoding", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    )
    kept = [(k, v) for k, v in scope["headers"] if k.decode("latin-1") not in dropped]
    return [*kept, (b"accept-encoding", b"identity"), *_forwarded(scope)]


def _forwarded(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Tell the upstream who asked; what the client claims of itself is not believed."""
    headers = dict(scope["headers"])
    client = scope.get("client")
    named = [
        (b"x-forwarded-proto", scope["scheme"].encode()),
        (b"x-forwarded-host", headers.get(b"host", b"")),
    ]
    return [*named, (b"x-forwarded-for", client[0].encode())] if client else named


def _has_body(scope: Scope) -> bool:
    names = {key for key, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the reader went away before the request was whole")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _refuse(scope: Scope, send: Send, error: httpx.HTTPError) -> None:
    late = isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
    status = 504 if late else 502
    _log.error("upstream: %s (%s)", "no answer in time" if late else "not reachable", type(error).__name__)
    body = b"The site behind this address does not answer. Please try again in a moment.\n"
    await _answer_plainly(scope, send, status, body)


async def _answer_plainly(scope: Scope, send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
