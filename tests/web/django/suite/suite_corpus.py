"""The corpus of exchanges through Django's middleware: the same bytes as through WSGI."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings

from bandeau.web.django import middleware
from bandeau.web.django.heads import Line
from tests.web.gateway.case import Case
from tests.web.gateway.cases import CASES
from tests.web.gateway.drivers import Outcome, through_wsgi
from tests.web.gateway.fakes import gateway

#: Django keeps one line for a name, so what an application sends twice cannot come from a view.
POSSIBLE = [
    case
    for case in CASES
    if not any(
        count > 1 and name != "set-cookie"
        for name, count in Counter(name.lower() for name, _ in case.response_headers).items()
    )
]
_RAW = ("content-type",)


def response_of(case: Case) -> Any:
    """Return what a view would."""
    streamed = case.streamed or len(case.chunks) > 1
    made: Any = StreamingHttpResponse(iter(case.chunks)) if streamed else HttpResponse(b"".join(case.chunks))
    made.status_code = case.status
    del made.headers["Content-Type"]
    for name, value in case.response_headers:
        if name.lower() == "set-cookie":
            made.cookies[f"{len(made.cookies)}"] = Line(value)
        else:
            made.headers[name] = value
    return made


def environ_of(case: Case) -> dict[str, Any]:
    """Return what a server makes of the request."""
    path, _, query = case.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": "0",
        "SERVER_NAME": "paper.example",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
    }
    for name, value in case.request_headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    return environ


def through_django(case: Case, monkeypatch: pytest.MonkeyPatch, *, is_async: bool) -> Outcome:
    """Run a case through the middleware."""
    outcome = Outcome()
    monkeypatch.setattr(middleware, "gateway", lambda: gateway(case.policy))

    def view(request: Any) -> Any:
        outcome.seen = {
            key[5:].replace("_", "-").lower(): value
            for key, value in request.META.items()
            if key.startswith("HTTP_")
        }
        if case.asks:
            request.bandeau.allows(case.asks)
        return response_of(case)

    async def aview(request: Any) -> Any:
        return view(request)

    async def run() -> Any:
        response = await middleware.BandeauMiddleware(aview)(request)
        if response.streaming:
            outcome.pieces = [piece async for piece in response]
        return response

    with override_settings(ALLOWED_HOSTS=["*"]):
        request = WSGIRequest(environ_of(case))
        response = asyncio.run(run()) if is_async else middleware.BandeauMiddleware(view)(request)
    if not response.streaming:
        outcome.pieces = [response.content]
    elif not is_async:
        outcome.pieces = list(response)
    outcome.status = response.status_code
    cookies = [("set-cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    outcome.headers = [*response.items(), *cookies]
    return outcome


def merged(outcome: Outcome) -> dict[str, Any]:
    """Return the headers by name, as a list means them."""
    found: dict[str, list[str]] = {}
    for name, value in outcome.headers:
        found.setdefault(name.lower(), []).append(value)
    cookies = sorted(found.pop("set-cookie", []))
    return {**{name: ", ".join(values) for name, values in found.items()}, "set-cookie": cookies}


def test_the_corpus_is_large() -> None:
    """Nearly all of it can come from a view."""
    assert len(POSSIBLE) >= 0.85 * len(CASES)


@pytest.mark.parametrize("case", POSSIBLE, ids=[case.name for case in POSSIBLE])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_django_gives_the_same_as_wsgi(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status, headers, body and what the view saw, synchronous and asynchronous."""
    expected = through_wsgi(gateway(case.policy), case)
    for is_async in (False, True):
        found = through_django(case, monkeypatch, is_async=is_async)
        assert (found.status, found.body) == (expected.status, expected.body)
        assert merged(found) == merged(expected)
        assert found.seen == expected.seen
