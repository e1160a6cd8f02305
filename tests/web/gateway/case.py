"""One exchange as data, and what is expected of it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bandeau.core.policy import Policy
from tests.enforcement.sample import POLICY

Pairs = tuple[tuple[str, str], ...]

HTML = "text/html; charset=utf-8"
METER_TAG = '<script src="https://meter.example/m.js"></script>'
HELD_TAG = '<script data-bd="meter" type="text/plain" data-bd-src="https://meter.example/m.js"></script>'
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>News</title>{METER_TAG}</head>
<body><p>Text</p><img src="https://evil.example/x.png"><img src="/own.png">
<iframe src="https://player.example/v/1"></iframe></body></html>
""".encode()


def page(body: str = "", *, head: str = "", attributes: str = "") -> bytes:
    """Return a small document."""
    return f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>".encode()


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, what the application answers, what must come out.

    ``body``: "same" (byte for byte), "page" (rewritten), "empty", or the expected bytes themselves.
    ``csp``: "visitor", "refuse-all", "none"; ``report`` says that it only reports.
    ``seen``: request headers as the application sees them, ``None`` for absent ones.
    """

    name: str
    cookie: str = ""
    method: str = "GET"
    path: str = "/news/a"
    host: str = "paper.example"
    request: Pairs = ()
    status: int = 200
    type: str = HTML
    headers: Pairs = ()
    chunks: tuple[bytes, ...] = (PAGE,)
    streamed: bool = False
    length: bool = True
    policy: Policy = POLICY
    asks: str = ""
    # what is expected
    answer: int | None = None
    body: str | bytes = "page"
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    csp: str = "visitor"
    report: bool = False
    out: dict[str, list[str]] = field(default_factory=dict)
    seen: dict[str, str | None] = field(default_factory=dict)
    log: str = ""
    reaches: bool = True

    @property
    def request_headers(self) -> list[tuple[str, str]]:
        """All headers of the request."""
        cookie = [("cookie", self.cookie)] if self.cookie else []
        return [("host", self.host), *cookie, *self.request]

    @property
    def response_headers(self) -> list[tuple[str, str]]:
        """All headers that the application gives."""
        kind = [("content-type", self.type)] if self.type else []
        plain = self.length and not self.streamed
        size = [("content-length", str(sum(map(len, self.chunks))))] if plain else []
        return [*kind, *self.headers, *size]


def decoded(headers: list[tuple[str, str]], body: bytes) -> bytes:
    """Return a body without its encoding."""
    found = [value.strip().lower() for name, value in headers if name.lower() == "content-encoding"]
    encoding = found[0] if found else ""
    readers: dict[str, Callable[[bytes], Any]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}
    return bytes(readers[encoding](body)) if encoding in readers else body
