"""Answers of our own: each with the strictest headers that let it work."""

from __future__ import annotations

from msgspec import json

from bandeau.core.request import Headers, Response

#: What an answer that is no document may do if a browser shows it as one all the same: nothing.
INERT_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
#: A page of ours: its own stylesheet, scripts and forms, nothing of anybody else's.
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
PRIVATE = "private, no-store"
#: RFC 9457.
PROBLEM = "application/problem+json"


def answer(
    status: int,
    body: bytes,
    content_type: str,
    *,
    cache: str,
    csp: str = INERT_CSP,
    readers: str = "same-origin",
    headers: Headers = (),
) -> Response:
    """Make an answer; ``readers`` says which pages may load it."""
    own = (
        ("cache-control", cache),
        ("content-security-policy", csp),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", readers),
        ("x-dns-prefetch-control", "off"),
    )
    return Response.of(status, body, content_type, (*own, *headers))


def page(
    status: int, text: str, *, csp: str = PAGE_CSP, cache: str = PRIVATE, headers: Headers = ()
) -> Response:
    """Make a page, which hangs on the reader unless its caching says otherwise."""
    varied = (("vary", "Cookie, Sec-GPC"),) if cache == PRIVATE else ()
    unlisted = (("x-robots-tag", "noindex"),) if cache == PRIVATE else ()
    body = text.encode()
    kept = (*varied, *unlisted, *headers)
    return answer(status, body, "text/html; charset=utf-8", cache=cache, csp=csp, headers=kept)


def data(status: int, value: object, *, headers: Headers = ()) -> Response:
    """Make an answer in JSON."""
    return answer(status, json.encode(value), "application/json", cache=PRIVATE, headers=headers)


def problem(status: int, title: str, detail: str, *, headers: Headers = ()) -> Response:
    """Make an error that says what happened and what to do (RFC 9457)."""
    value = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return answer(status, json.encode(value), PROBLEM, cache=PRIVATE, headers=headers)


def redirect(location: str, *, headers: Headers = ()) -> Response:
    """Send the browser to a path of this site; the caller has checked it."""
    return answer(303, b"", "text/plain", cache=PRIVATE, headers=(("location", location), *headers))


def nothing() -> Response:
    """Answer that there is nothing to say."""
    return Response(204, (("cache-control", PRIVATE), ("x-content-type-options", "nosniff")))
