"""Starlette, FastAPI and Litestar: the ASGI middleware, dependencies and decorators in each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse as FastText
from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.enums import MediaType
from litestar.response import Response as LitestarResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from bandeau import requires
from bandeau.core.decision import Decision
from bandeau.errors import PolicyError
from bandeau.site import Site
from bandeau.testing import choice, local_site
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.starlette import allows
from tests.testing.apps import POLICY

PUBLIC = {"Cache-Control": "public, s-maxage=60"}
TAG = '<script src="http://ads.localhost/t.js"></script>'
PAGE = f"<!doctype html><html lang='fr'><head><title>x</title>{TAG}</head><body><p>Texte</p></body></html>"
Needed = NamedDependency[Decision]
Wrong = Annotated[Decision, Depends(allows("adds"))]
Wanted = Annotated[Decision, Depends(allows("ads"))]


def starlette_app(site: Site) -> Any:
    """The paper in Starlette."""

    async def house(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("house", headers=PUBLIC)

    @requires("ads", otherwise=house)
    async def decorated(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("profiled", headers=PUBLIC)

    @requires("ads", otherwise=PlainTextResponse("house", headers=PUBLIC))
    def in_a_thread(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("profiled", headers=PUBLIC)

    async def state(request: Any) -> PlainTextResponse:
        allowed = request.scope["bandeau"].allows("ads")
        return PlainTextResponse("profiled" if allowed else "house", headers=PUBLIC)

    async def page(_request: Any) -> PlainTextResponse:
        return PlainTextResponse(PAGE, headers=PUBLIC, media_type="text/html")

    below = [Route("/decorated", decorated), Route("/thread", in_a_thread), Route("/other", state)]
    return Starlette(
        routes=[Route("/", page), Mount("/a", routes=below)],
        middleware=[Middleware(BandeauMiddleware, site=site)],
    )


def fastapi_app(site: Site) -> Any:
    """The paper in FastAPI."""
    app = FastAPI()
    app.add_middleware(BandeauMiddleware, site=site)

    @app.get("/", response_class=FastText)
    async def page() -> Any:
        return FastText(PAGE, headers=PUBLIC, media_type="text/html")

    @app.get("/a/other", response_class=FastText)
    async def other(ads: Wanted) -> Any:
        return FastText("profiled" if ads else "house", headers=PUBLIC)

    @app.get("/a/thread", response_class=FastText)
    def in_a_thread(ads: Wanted) -> Any:
        return FastText("profiled" if ads.allowed else "house", headers=PUBLIC)

    @app.get("/a/decorated", response_class=FastText)
    @requires("ads", otherwise=lambda slot="": FastText("house", headers=PUBLIC))
    async def decorated(slot: str = "") -> Any:
        return FastText(f"profiled{slot}", headers=PUBLIC)

    return app


def litestar_app(site: Site) -> Any:
    """The paper in Litestar."""

    def text(body: str, kind: MediaType = MediaType.TEXT) -> LitestarResponse[str]:
        return LitestarResponse(body, headers=PUBLIC, media_type=kind)

    @get("/")
    async def page() -> LitestarResponse[str]:
        return text(PAGE, MediaType.HTML)

    @get("/a/other", dependencies={"ads": Provide(allows("ads"))})
    async def other(ads: Needed) -> LitestarResponse[str]:
        return text("profiled" if ads else "house")

    @get("/a/thread", sync_to_thread=True)
    @requires("ads", otherwise=lambda: text("house"))
    def in_a_thread() -> LitestarResponse[str]:
        return text("profiled")

    @get("/a/decorated")
    @requires("ads", otherwise=lambda: text("house"))
    async def decorated() -> LitestarResponse[str]:
        return text("profiled")

    for each in (page, other, in_a_thread, decorated):
        assert each
    app = Litestar([page, other, in_a_thread, decorated], openapi_config=None)
    return BandeauMiddleware(app, site=site)


APPS = {"starlette": starlette_app, "fastapi": fastapi_app, "litestar": litestar_app}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site in memory."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    return local_site(path)


@pytest.fixture(params=sorted(APPS))
def make(request: Any) -> Callable[[Site], Any]:
    """Makes the paper in each of them."""
    return APPS[request.param]


def read(app: Any, path: str, cookies: dict[str, str] | None = None) -> httpx.Response:
    """Ask for a page."""

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        header = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers={"Cookie": header} if header else {})

    return asyncio.run(run())


def test_page_is_rewritten_and_stays_public(make: Callable[[Site], Any], site: Site) -> None:
    """Collectors are answered in their place, and so are Bandeau's own addresses."""
    app = make(site)
    found = read(app, "/")
    assert 'data-bd-src="http://ads.localhost/t.js"' in found.text
    assert found.headers["cache-control"] == PUBLIC["Cache-Control"]
    assert read(app, "/hit").status_code == 204
    assert read(app, "/bandeau/choices").status_code == 200


@pytest.mark.parametrize("path", ["/a/other", "/a/thread", "/a/decorated"])
@pytest.mark.parametrize("allowed", [True, False])
def test_asking_makes_the_response_private(
    make: Callable[[Site], Any], site: Site, path: str, allowed: bool
) -> None:
    """By a dependency, in a thread of the framework's, by the decorator."""
    cookies = choice(site, allow=["ads"] if allowed else (), refuse=() if allowed else ["ads"])
    found = read(make(site), path, cookies)
    assert found.text == ("profiled" if allowed else "house")
    assert "private" in found.headers["cache-control"]
    assert "Cookie" in found.headers["vary"]


def wrong_starlette(site: Site) -> Any:
    """A misspelt decorator below a mount."""
    view = requires("adds", otherwise=None)(lambda _request: None)
    middleware = [Middleware(BandeauMiddleware, site=site)]
    return Starlette(routes=[Mount("/a", routes=[Route("/b", view)])], middleware=middleware)


def wrong_fastapi(site: Site) -> Any:
    """A misspelt dependency of a dependency."""
    app = FastAPI()
    app.add_middleware(BandeauMiddleware, site=site)

    def chosen(_ads: Wrong) -> None:
        """Depend on it."""

    @app.get("/x", dependencies=[Depends(chosen)])
    def page() -> str:
        return ""

    return app


def wrong_litestar(site: Site) -> Any:
    """A misspelt dependency."""

    @get("/x", dependencies={"ads": Provide(allows("adds"))})
    async def page(ads: Needed) -> str:
        return str(ads)

    return BandeauMiddleware(Litestar([page], openapi_config=None), site=site)


@pytest.mark.parametrize("make_wrong", [wrong_starlette, wrong_fastapi, wrong_litestar])
def test_unknown_name_keeps_the_application_from_starting(
    make_wrong: Callable[[Site], Any], site: Site
) -> None:
    """The server is told at `lifespan`, with place and remedy; without one, the first request is."""
    app, sent = make_wrong(site), []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "test_starlette.py" in sent[0]["message"]
    assert "did you mean 'ads'" in sent[0]["message"]
    with pytest.raises(PolicyError, match="did you mean 'ads'"):
        read(make_wrong(site), "/nothing")
