"""Bandeau around an ASGI application; imports no framework."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from bandeau.core.request import RequestHead, Response
from bandeau.errors import PolicyError
from bandeau.site import Site
from bandeau.web.callables import needs_of_app
from bandeau.web.decisions import answering, must_be_declared
from bandeau.web.endpoints.pending import awaited
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.gateway.engine import Gateway, Passage
from bandeau.web.gateway.outgoing import Outgoing

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_BYPASSES = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
_RawHeaders = list[tuple[bytes, bytes]]


class BandeauMiddleware:
    """Enforces a policy around an application.

    The visit of each request stands at ``scope["bandeau"]``, and at ``scope["state"]["bandeau"]``
    where the server keeps a state: ``scope["bandeau"].allows("personalisation")``.

    Args:
        policy: the policy file; keys and store are found by it.
        site: a site that is open already, in place of ``policy``.
    """

    def __init__(
        self,
        app: Application,
        policy: str | Path | None = None,
        site: Site | None = None,
        *,
        gateway: Gateway | None = None,
    ) -> None:
        self.app = app
        self.gateway = gateway or open_gateway(policy, site)
        self._is_checked = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "websocket" and self.gateway.refuses_socket(_head(scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check_names(scope)
        except PolicyError as error:
            # Raised, it would read as "no lifespan here", and the server would start.
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        else:
            try:
                await self.app(scope, receive, send)
            finally:
                # A server that got a signal ends without the interpreter's own end.
                self.gateway.tallies.close()

    def _check_names(self, scope: Scope) -> None:
        """Refuse an application that names what the policy does not declare; look once."""
        if not self._is_checked:
            must_be_declared(needs_of_app([self.app, scope.get("app")]), self.gateway.site.policy)
            self._is_checked = True

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._check_names(scope)
        head = _head(scope)
        if self.gateway.owns(head):
            await self._own(head, receive, send)
            return
        passage = self.gateway.pass_on(head)
        if isinstance(passage, Response):
            await _send_whole(passage, head, send)
            return
        with answering(passage.visit, self.gateway):
            await self.app(_inner_scope(scope, passage), receive, _Sender(passage, send))

    async def _own(self, head: RequestHead, receive: Receive, send: Send) -> None:
        limit = self.gateway.endpoints.body_limit(head)
        body = await read_body(receive, limit)
        if body is None:  # the client has gone
            return
        answer = self.gateway.answer(head, body)
        whole = answer if isinstance(answer, Response) else await awaited(answer)
        await _send_whole(whole, head, send)


class _Sender:
    """Takes the application's messages and sends what becomes of them."""

    def __init__(self, passage: Passage, send: Send) -> None:
        self._passage, self._send = passage, send
        self._outgoing: Outgoing | None = None
        self._trailers = False
        self._started = False

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message.get("headers", ())]
            self._outgoing = self._passage.respond(message["status"], headers)
            self._trailers = bool(message.get("trailers"))
            await self._start()
        elif kind == "http.response.body" and self._outgoing is not None:
            await self._body(self._outgoing, message)
        elif kind == "http.response.early_hint":
            links = self._passage.hints([link.decode("latin-1") for link in message["links"]])
            if links:
                await self._send({**message, "links": [link.encode("latin-1") for link in links]})
        else:
            await self._send(message)

    async def _body(self, outgoing: Outgoing, message: Message) -> None:
        if outgoing.passes and self._started:
            await self._send(message)
            return
        data, more = message.get("body", b""), message.get("more_body", False)
        if outgoing.is_heavy(data, last=not more):
            output = await asyncio.to_thread(outgoing.feed, data, last=not more)
        else:
            output = outgoing.feed(data, last=not more)
        await self._start()
        if self._started and (output or not more):
            await self._send({"type": "http.response.body", "body": output, "more_body": more})

    async def _start(self) -> None:
        outgoing = self._outgoing
        if outgoing is None or self._started or not outgoing.ready:
            return
        self._started = True
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in outgoing.head.headers]
        start: Message = {"type": "http.response.start", "status": outgoing.head.status, "headers": headers}
        if self._trailers:
            start["trailers"] = True
        await self._send(start)


def _head(scope: Scope) -> RequestHead:
    headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in scope["headers"])
    host = next((value for name, value in headers if name == "host"), "")
    return RequestHead(
        method=scope.get("method", "GET"),
        scheme=scope.get("scheme", "http"),
        host=host or _server(scope),
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        raw_path=(scope.get("raw_path") or b"").decode("latin-1").partition("?")[0],
        client=(scope.get("client") or ("",))[0],
    )


def _server(scope: Scope) -> str:
    server = scope.get("server")
    return "" if not server else f"{server[0]}:{server[1]}" if server[1] else str(server[0])


def _inner_scope(scope: Scope, passage: Passage) -> Scope:
    inner = dict(scope)
    inner["bandeau"] = passage.visit
    if scope.get("extensions"):
        # With these a server would send a file that the gateway never sees.
        inner["extensions"] = {k: v for k, v in scope["extensions"].items() if k not in _BYPASSES}
    if isinstance(scope.get("state"), MutableMapping):
        inner["state"] = {**scope["state"], "bandeau": passage.visit}
    if passage.changes:
        inner["headers"] = _changed(scope["headers"], passage.changes)
    return inner


def _changed(headers: _RawHeaders, changes: dict[str, str | None]) -> _RawHeaders:
    kept = [pair for pair in headers if pair[0].decode("latin-1").lower() not in changes]
    added = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in changes.items() if v is not None]
    return kept + added


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """Read a body, one byte beyond the limit at most, so that what is too large can be told."""
    body, more = b"", True
    while more and len(body) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body[: limit + 1]


async def _send_whole(response: Response, head: RequestHead, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if head.method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})
