"""A site, pages and endpoints small enough to see through."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any

from bandeau.core.consent import INVALID, Known
from bandeau.core.cookie import pairs
from bandeau.core.decision import Signals
from bandeau.core.policy import Policy
from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.html import Inserts
from bandeau.enforcement.visit import Visit
from bandeau.interop.gpc import decode_gpc
from bandeau.web.endpoints.pending import Pending
from bandeau.web.gateway.engine import Gateway
from tests.enforcement.sample import POLICY, TODAY, granting, registrable


class FakeSite:
    """Reads the choice as words: ``__Host-bd=audience+ads``, or ``refused``, or ``bad``."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.log = logging.getLogger("bandeau.test")

    def visit(self, head: RequestHead) -> Visit:
        """Read what is known of the reader."""
        cookies = tuple(pair for header in head.all("cookie") for pair in pairs(header))
        return Visit(
            self.policy,
            known_of(cookies, self.policy),
            TODAY,
            signals=Signals(gpc=decode_gpc(head.all("sec-gpc"))),
            mode=self.policy.enforce.mode_for(head.hostname, head.path),
            cookies=cookies,
        )


def known_of(cookies: tuple[tuple[str, str], ...], policy: Policy) -> Known:
    """Read the choice."""
    words = [value for name, value in cookies if name == "__Host-bd"]
    if not words:
        return None
    if words[0] == "bad" or len(words) > 1:
        return INVALID
    return granting(*(word for word in words[0].split("+") if word != "refused"), policy=policy)


class FakePages:
    """Inserts marks that say what was asked for."""

    def inserts(
        self,
        visit: Visit | None,
        language: str,
        *,
        shared: bool,
        nonce: str | None,
        external: bool,
        posted: bool,
        origin: str = "",
    ) -> Inserts:
        """Return marks."""
        who = "all" if shared else visit.choice_bits
        wall = (
            '<script src="/bandeau/w.js"></script><script>fallback()</script>' if external else _inline(nonce)
        )
        flags = f"{language}{'+shared' if shared else ''}{'+posted' if posted else ''}"
        return Inserts(
            head=f"<!--wall {who} {flags}-->{wall}".encode(),
            body=b'<section id="bd-first" hidden></section>',
            foot=b'<footer id="bd-foot"></footer>',
        )


def _inline(nonce: str | None) -> str:
    return f'<script nonce="{nonce}">wall()</script>' if nonce else "<script>wall()</script>"


def waiting(result: str) -> Pending:
    """Return an answer that comes when the future is done."""
    future: Future[Any] = Future()
    future.set_result(result)
    return Pending(future, lambda kept: Response.of(200, f"kept {kept}".encode(), "text/plain"))


class FakeEndpoints:
    """Echoes; ``/bandeau/slow`` answers by a future."""

    def owns(self, path: str) -> bool:
        """Tell whether a path is Bandeau's own."""
        return path.startswith("/bandeau/") or path == "/.well-known/gpc.json"

    def body_limit(self, head: RequestHead) -> int:
        """Return a small limit."""
        return 64

    def handle(self, head: RequestHead, body: bytes, visit: Visit) -> Response | Pending:
        """Answer a request."""
        if head.path == "/bandeau/slow":
            return waiting(body.decode())
        if len(body) > 64:
            return Response(413)
        return Response.of(200, f"{head.method} {head.path} {body.decode()}".encode(), "text/plain")


def gateway(policy: Policy = POLICY) -> Gateway:
    """Return a gateway around the fakes."""
    return Gateway(FakeSite(policy), FakePages(), FakeEndpoints(), registrable=registrable)
