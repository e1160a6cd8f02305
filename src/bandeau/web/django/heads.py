"""Django's requests and responses as the gateway reads them, and what it changed put back."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import Morsel
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from bandeau.core.request import RequestHead, Response, ResponseHead
from bandeau.web.wsgi import environ_headers

_Pairs = list[tuple[str, str]]


class Line(Morsel[str]):
    """A cookie that Bandeau sets: Django writes it as it is given, whatever its name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        pair, *attributes = text.split(";")
        self.key, _, self.value = pair.partition("=")
        self.coded_value = self.value
        for attribute in attributes:
            name, _, value = attribute.strip().partition("=")
            if self.isReservedKey(name):
                self[name] = value or True
        self._text = text

    key = value = coded_value = ""  # properties in Morsel, which refuse names that some sites use

    def OutputString(self, attrs: Any = None) -> str:  # noqa: N802 - the name in http.cookies
        """Return the text after ``Set-Cookie:``."""
        return self._text


def head_of(request: HttpRequest) -> RequestHead:
    """Return a request's head."""
    raw = getattr(request, "scope", {}).get("raw_path") or b""
    return RequestHead(
        method=request.method or "GET",
        scheme=request.scheme or "http",
        host=_host(request),
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        headers=tuple(environ_headers(request.META)),
        raw_path=raw.decode("latin-1").partition("?")[0],
        client=request.META.get("REMOTE_ADDR") or "",
    )


def _host(request: HttpRequest) -> str:
    try:
        return str(request.get_host())
    except DisallowedHost:
        # Django answers 400 when it is asked further in; a host that nobody declared is never shared.
        return str(request.META.get("HTTP_HOST", ""))


def pairs_of(response: HttpResponseBase) -> _Pairs:
    """Return a response's headers, its cookies among them."""
    cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    return [*response.items(), *cookies]


def put_back(response: HttpResponseBase, head: ResponseHead) -> None:
    """Give a response the head that the gateway decided on."""
    response.status_code = head.status
    kept: dict[str, tuple[str, list[str]]] = {}
    for name, value in head.headers:
        if name.lower() != "set-cookie":
            kept.setdefault(name.lower(), (name, []))[1].append(value)
    for name, _ in list(response.items()):
        if name.lower() not in kept:
            del response.headers[name]
    for name, values in kept.values():
        # Django keeps one line for a name. What is added twice, a content security policy, means the
        # same as a list (CSP3 §2.2.2).
        response.headers[name] = ", ".join(values)
    _put_back_cookies(response, head.all("set-cookie"))


def _put_back_cookies(response: HttpResponseBase, texts: list[str]) -> None:
    for key, morsel in list(response.cookies.items()):
        text = morsel.OutputString()
        if text in texts:
            texts.remove(text)
        else:
            del response.cookies[key]
    for text in texts:
        line = Line(text)
        # One name may be expired at many paths and domains: the next one's key is its whole text.
        response.cookies[text if line.key in response.cookies else line.key] = line


def whole(response: Response) -> HttpResponse:
    """Return one of Bandeau's own answers."""
    made = HttpResponse(response.body, status=response.status)
    del made.headers["Content-Type"]
    put_back(made, ResponseHead(response.status, list(response.headers)))
    return made


def read_body(request: HttpRequest, limit: int) -> bytes:
    """Read a body, one byte beyond the limit at most, so that what is too large can be told."""
    return bytes(request.read(limit + 1)) if limit else b""


def change(request: HttpRequest, changes: Iterable[tuple[str, str | None]]) -> None:
    """Change request headers as the gateway wants; the views see nothing else."""
    for name, value in changes:
        key = "HTTP_" + name.upper().replace("-", "_")
        if value is None:
            request.META.pop(key, None)
        else:
            request.META[key] = value
    request.__dict__.pop("headers", None)  # a cached property, if a middleware has looked already
