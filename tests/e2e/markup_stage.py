"""A stage for pages of markup: Chromium reads them, the third parties write down what they are asked for."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser, sync_playwright

OWN = "own.test"
_GIF = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_ANSWERS = {
    "script": (b"text/javascript", b""),
    "style": (b"text/css", b""),
    "image": (b"image/gif", _GIF),
    "font": (b"font/woff2", b""),
}
# Nothing but the page's own markup may cause a request, and http is to stay http.
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks",
)
_MAKERS = "update.googleapis.com"
_QUIET = 0.6
_PATIENCE = 20.0


class Stage:
    """One server for all names; `hits` are the (host, path) pairs of every request that came."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.hits: list[tuple[str, str]] = []
        self.last_hit = time.monotonic()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def answer(self, host: str, path: str, destination: str) -> tuple[str, bytes]:
        """Return what is served for a request, after noting it."""
        self.last_hit = time.monotonic()
        self.hits.append((host, path))
        if host == OWN and path in self.pages:
            return self.pages[path]
        kind, body = _ANSWERS.get(destination, (b"text/html", b""))
        return kind.decode(), body


def _handler(stage: Stage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0].lower()
            kind, body = stage.answer(host, self.path, self.headers.get("Sec-Fetch-Dest") or "")
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def open_stage() -> Iterator[tuple[Stage, Browser]]:
    """Start the server and a fresh Chromium that finds every name there."""
    stage = Stage()
    thread = threading.Thread(target=stage.server.serve_forever, daemon=True)
    thread.start()
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{stage.port}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*_FLAGS, rules])
            yield stage, browser
            browser.close()
    finally:
        stage.server.shutdown()
        stage.server.server_close()
        thread.join()


def requested(
    stage: Stage,
    browser: Browser,
    pages: Mapping[str, bytes],
    *,
    scripts: bool,
    kind: str = "text/html; charset=utf-8",
) -> set[tuple[str, str]]:
    """Show each page in a frame of its own and return what was asked of other hosts."""
    stage.hits.clear()
    stage.pages = {f"/page/{name}": (kind, body) for name, body in pages.items()}
    frames = "".join(
        f'<iframe width=60 height=40 style="border:0" src="/page/{name}"></iframe>' for name in pages
    )
    stage.pages["/"] = ("text/html", f"<!doctype html><title>hub</title>{frames}".encode())
    context = browser.new_context(java_script_enabled=scripts)
    try:
        page = context.new_page()
        page.goto(f"http://{OWN}/", wait_until="load", timeout=60_000)
        _wait_until_quiet(stage)
    finally:
        context.close()
    # No page of the tests names the browser's makers: what it asks of them is its own affair.
    return {hit for hit in stage.hits if hit[0] != OWN and hit[0] != _MAKERS}


def _wait_until_quiet(stage: Stage) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() - stage.last_hit < _QUIET and time.monotonic() < end:
        time.sleep(0.05)
