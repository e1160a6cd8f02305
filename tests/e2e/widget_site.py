"""A small site that serves pages with the built wall, guard and panel, and third parties that log their calls.

Everything answers on one port of 127.0.0.1; Chromium is told that every `*.example` lives there too. The
choices endpoint keeps to the policy's own rules, so the guard meets real cookies.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bandeau.core.consent import Action, Choice, Consent, apply_choice
from bandeau.core.cookie import Key, Keyring, encode, read
from bandeau.enforcement.csp import csp_text, strictest
from bandeau.enforcement.html.rewriter import Rewriter
from bandeau.enforcement.html.rules import KEEP, Inserts, Verdict
from bandeau.enforcement.table import in_script, site_table
from bandeau.enforcement.visit import Visit
from tests.e2e.widget_policy import make_policy

CHROMIUM = "/usr/bin/chromium"
MARKUP = Path(__file__).parents[2] / "widget" / "test" / "markup"
STATIC = files("bandeau.web") / "static"
KEYS = Keyring((Key("k1", bytes(range(32))),))
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


def built(name: str) -> str:
    """Return a file of the committed build."""
    return (STATIC / name).read_text(encoding="utf-8")


@dataclass
class Call:
    """One request as the server saw it."""

    method: str
    host: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Answer = tuple[int, dict[str, str], bytes]


class WidgetSite:
    """Routes, a log of calls, and the pieces that a page needs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.policy = make_policy(port)
        self.calls: list[Call] = []
        self.routes: dict[str, Answer | Callable[[Call], Answer]] = {}
        self.choice_status: list[int] = []
        self.choice_delay = 0.0
        self.answered: dict[str, object] = {}
        self.last = "<p>Dernier choix : <time>4 octobre 2024</time></p>"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def today(self) -> int:
        return int(time.time() // 86_400)

    def third(self, name: str, path: str = "/t.js") -> str:
        """Return a third party's URL."""
        return f"http://{name}.example:{self.port}{path}"

    def called(self, name: str) -> list[str]:
        """Return the paths that a third party was asked for."""
        return [call.path for call in self.calls if call.host == f"{name}.example"]

    def posted(self) -> list[dict[str, object]]:
        """Return the choices that were posted as JSON."""
        return [
            json.loads(call.body)
            for call in self.calls
            if call.path == "/bandeau/choices"
            and call.method == "POST"
            and call.headers.get("content-type") == "application/json"
        ]

    def reported(self) -> list[dict[str, object]]:
        """Return the reports that came."""
        return [json.loads(call.body) for call in self.calls if call.path == "/bandeau/reports"]

    def table(self, **changes: object) -> dict[str, object]:
        return site_table(self.policy, mode="enforce") | changes

    def wall(self, **changes: object) -> str:
        """Return the wall's text for a page."""
        return built("wall.js").replace('"%T%"', in_script(self.table(**changes)))

    def head(self, *, wall: str = "inline", guard: str = "/bandeau/g.js", **changes: object) -> str:
        """Return what stands first in <head>."""
        if wall == "inline":
            first = f"<script>{self.wall(**changes)}</script>"
        else:
            fallback = built("fallback.js").replace('"%C%"', in_script(strictest(self.policy)))
            first = f'<script src="{wall}"></script><script>{fallback}</script>'
        return f'{first}<script src="{guard}"></script><link rel="stylesheet" href="/bandeau/p.css">'

    def page(
        self,
        path: str,
        body: str,
        *,
        head: str = "",
        before: str | None = None,
        headers: dict[str, str] | None = None,
        **changes: object,
    ) -> str:
        """Serve a page under a path and return its URL."""
        html = (
            f'<!doctype html><html lang="fr"><head>{self.head(**changes) if before is None else before}'
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Une page</title>{head}</head><body>{self.first()}{body}{self.foot()}</body></html>'
        )
        self.routes[path] = (
            200,
            {"content-type": "text/html; charset=utf-8"} | (headers or {}),
            html.encode(),
        )
        return self.url + path

    def first(self) -> str:
        return self._local((MARKUP / "first.html").read_text())

    def foot(self) -> str:
        return self._local((MARKUP / "foot.html").read_text())

    def _local(self, text: str) -> str:
        return text.replace("https://gazette.example", self.url).replace(
            "fr.0000000000000000.html", "fr.html"
        )

    def cookie(self, *granted: str, revision: int | None = None, day: int | None = None) -> dict[str, str]:
        """Return the cookie of a reader who answered everything and allowed these purposes."""
        bits = sum(1 << self.policy.purpose(name).bit for name in granted)
        answered = sum(1 << purpose.bit for purpose in self.policy.switches())
        consent = Consent(
            revision or self.policy.revision, self.today if day is None else day, answered, bits
        )
        return {"name": "bd", "value": encode(consent, self.policy.site, KEYS), "url": self.url}

    def answer(self, call: Call) -> Answer:
        """Answer a request."""
        path = call.path.partition("?")[0]
        if call.host != "127.0.0.1":
            return self._third_party(path)
        if path in self.routes:
            route = self.routes[path]
            return route(call) if callable(route) else route
        fixed = {
            "/bandeau/g.js": ("text/javascript", built("guard.js").encode),
            "/bandeau/w.js": ("text/javascript", self.wall().encode),
            "/bandeau/p.css": ("text/css", built("first.css").encode),
            "/bandeau/o.css": ("text/css", built("panel.css").encode),
            "/bandeau/last": ("text/html; charset=utf-8", self.last.encode),
            "/bandeau/panel/fr.html": (
                "text/html; charset=utf-8",
                lambda: self._local((MARKUP / "panel.html").read_text()).encode(),
            ),
        }
        if path in fixed:
            kind, body = fixed[path]
            return 200, {"content-type": kind}, body()
        if re.fullmatch(r"/bandeau/o\.[0-9a-f]{16}\.css", path):
            return 200, {"content-type": "text/css"}, built("panel.css").encode()
        if re.fullmatch(r"/bandeau/a\.[0-9a-f]{16}\.js", path):
            return 200, {"content-type": "text/javascript"}, built("act.js").encode()
        if path == "/bandeau/choices" and call.method == "POST":
            return self._choose(call)
        if path in ("/bandeau/reports", "/bandeau/lost"):
            return 204, {}, b""
        return 404, {"content-type": "text/plain"}, b"no"

    def _third_party(self, path: str) -> Answer:
        kind = {"js": "text/javascript", "css": "text/css", "gif": "image/gif", "html": "text/html"}.get(
            path.rpartition(".")[2], "text/plain"
        )
        body = {"image/gif": PIXEL, "text/javascript": f"(window.ran||=[]).push({path!r})".encode()}.get(
            kind, b""
        )
        return (
            200,
            {"content-type": kind, "access-control-allow-origin": "*", "cache-control": "no-store"},
            body,
        )

    def _choose(self, call: Call) -> Answer:
        time.sleep(self.choice_delay)
        if self.choice_status:
            return self.choice_status.pop(0), {"content-type": "application/problem+json"}, b"{}"
        asked = (
            json.loads(call.body) if call.headers["content-type"] == "application/json" else _form(call.body)
        )
        before = read([call.headers.get("cookie", "")], self.policy.site, KEYS)
        choice = Choice(
            Action(asked["action"]),
            asked["revision"],
            frozenset(asked["shown"]),
            frozenset(asked["shown_services"]),
            asked["purposes"],
            asked["services"],
        )
        after = apply_choice(self.policy, before, choice, self.today)
        headers = {
            "set-cookie": f"bd={encode(after, self.policy.site, KEYS)}; Path=/; SameSite=Lax; Max-Age=999999"
        }
        if call.headers["content-type"] == "application/json":
            return 200, headers | {"content-type": "application/json"}, json.dumps(self.answered).encode()
        return 303, headers | {"location": asked["return"]}, b""

    def private(self, known: Consent | None) -> dict[str, object]:
        """Return what a private page's wall and header are made of, for a known choice."""
        visit = Visit(self.policy, known, self.today)
        return {"l": 0, "x": visit.choice_bits, "csp": csp_text(self.policy, visit.allowed_services)}


def _form(body: bytes) -> dict[str, object]:
    fields = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    shown = fields.get("shown", "").split(",")
    return {
        "action": fields["action"],
        "revision": int(fields["revision"]),
        "shown": shown,
        "shown_services": fields.get("shown_services", "").split(","),
        "purposes": {name: f"p.{name}" in fields for name in shown},
        "services": {},
        "return": fields["return"],
    }


class _HoldStats:
    """Holds what leads to the stats service, and inline scripts that are not marked as the site's own."""

    def url(self, url: str, base: str, destination: str) -> Verdict:
        return Verdict(hold=True, service="stats") if "stats.example" in url else KEEP

    def inline(self, text: str) -> Verdict:
        return KEEP if "own2" in text else Verdict(hold=True, service="stats")


def neutralise(html: str) -> str:
    """Hold the scripts of some markup as the server does on a shared page, each with its release point."""
    rewriter = Rewriter(_HoldStats(), Inserts(), release=b"<script>bd.r()</script>", base="http://127.0.0.1/")
    return (rewriter.feed(html.encode()) + rewriter.close()).decode()


@contextmanager
def serve() -> Iterator[WidgetSite]:
    """Serve a site on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            call = Call(
                self.command,
                self.headers["host"].partition(":")[0],
                self.path,
                body,
                {k.lower(): v for k, v in self.headers.items()},
            )
            site.calls.append(call)
            status, headers, content = site.answer(call)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that goes away in the middle of an answer is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    site = WidgetSite(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site() -> Iterator[WidgetSite]:
    """A site of its own for each test."""
    with serve() as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1"],
        )
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile for each test."""
    made = browser.new_context(locale="fr-FR")
    made.set_default_timeout(8_000)
    yield made
    # On a busy machine Chromium now and then never says that a tab is closed; the browser's end closes it.
    with suppress(TimeoutError):
        made._sync(asyncio.wait_for(made._impl_obj.close(reason=None), 20))


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A fresh page; what goes wrong in it is kept in `page.problems`."""
    made = context.new_page()
    made.problems = []  # type: ignore[attr-defined]
    made.on("pageerror", lambda error: made.problems.append(str(error)))  # type: ignore[attr-defined]
    return made
