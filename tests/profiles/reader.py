"""A reader of a newspaper that makes profiles: one browser, signed in or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware

URL = "https://www.journal.example"
View = Callable[[str], object]


def newspaper(site: Site, view: View) -> BandeauMiddleware:
    """Return an application that calls ``view`` with the account of each request to /read."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        account = dict(scope["headers"]).get(b"x-account", b"").decode()
        found = view(account) if scope["path"] == "/read" else None
        text = str(await found if isinstance(found, Awaitable) else found)
        headers = [(b"content-type", b"text/plain"), (b"cache-control", b"public, max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    return BandeauMiddleware(app, site=site)


class Browser:
    """Keeps its cookies; ``account`` is who is signed in."""

    def __init__(self, app: BandeauMiddleware, *, account: str = "", gpc: bool = False) -> None:
        self._app = app
        self.account = account
        self.cookies: dict[str, str] = {}
        self._gpc = {"sec-gpc": "1"} if gpc else {}

    def read(self, purpose: str = "") -> httpx.Response:
        """Read an article, or fetch it ahead (``Sec-Purpose``)."""
        return self._send("GET", "/read", headers={"sec-purpose": purpose} if purpose else {})

    def choose(self, action: str) -> httpx.Response:
        """Answer by a button of the first layer."""
        post = {"action": action, "revision": 1, "source": "first", "shown": ["reading"]}
        return self._send("POST", "/bandeau/choices", json=post)

    def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"origin": URL, "x-account": self.account, **self._gpc, **(headers or {})}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = asyncio.run(self._answered(method, path, headers, more))
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    async def _answered(self, method: str, path: str, headers: Any, more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=URL) as client:
            return await client.request(method, path, headers=headers, **more)
