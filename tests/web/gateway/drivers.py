"""The same case through ASGI and through WSGI."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bandeau.web.asgi import BandeauMiddleware as Asgi
from bandeau.web.gateway.engine import Gateway
from bandeau.web.wsgi import BandeauMiddleware as Wsgi
from tests.web.gateway.case import Case


@dataclass
class Outcome:
    """What reached the client, and what reached the application."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    seen: dict[str, str] | None = None

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces)

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]


def through_asgi(gateway: Gateway, case: Case, sent: bytes = b"") -> Outcome:
    """Run a case through the ASGI middleware."""
    outcome = Outcome()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        outcome.seen = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        if case.asks:
            scope["bandeau"].allows(case.asks)
        headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in case.response_headers]
        await send({"type": "http.response.start", "status": case.status, "headers": headers})
        for chunk in case.chunks[: len(case.chunks) if case.streamed else -1]:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        last = b"" if case.streamed or not case.chunks else case.chunks[-1]
        await send({"type": "http.response.body", "body": last})

    async def receive() -> Any:
        return {"type": "http.request", "body": sent}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert not outcome.status
            outcome.status = message["status"]
            outcome.headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]
        else:
            assert outcome.status
            outcome.pieces.append(message.get("body", b""))

    path, _, query = case.path.partition("?")
    scope = {
        "type": "http",
        "method": case.method,
        "scheme": "https",
        "path": path,
        "query_string": query.encode(),
        "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in case.request_headers],
    }
    asyncio.run(Asgi(app, gateway=gateway)(scope, receive, send))
    return outcome


def through_wsgi(gateway: Gateway, case: Case, sent: bytes = b"") -> Outcome:
    """Run a case through the WSGI middleware, as the reference server would."""
    outcome = Outcome()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        outcome.seen = {
            key[5:].replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        if case.asks:
            environ["bandeau"].allows(case.asks)
        start_response(f"{case.status} Status", case.response_headers)
        if case.streamed or len(case.chunks) > 1:
            return iter(case.chunks)
        return list(case.chunks)

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        assert not outcome.status
        outcome.status, outcome.headers = int(status.split()[0]), headers
        return outcome.pieces.append

    path, _, query = case.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(sent),
    }
    for name, value in case.request_headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    result = Wsgi(app, gateway=gateway)(environ, start_response)
    for piece in _closed(result):
        assert outcome.status
        outcome.pieces.append(piece)
    return outcome


def _closed(result: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from result
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
