"""The small newspaper of the matrix in Flask and FastAPI, as their users would write it."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from flask import Flask, make_response, request
from uvicorn.middleware.wsgi import WSGIMiddleware

from bandeau import allows, requires
from bandeau.core.decision import Decision
from bandeau.site import Site
from bandeau.web import starlette
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.flask import Bandeau

from .newsroom import ARTICLE, Newsroom

PUBLIC = "public, s-maxage=60"
Personal = Annotated[Decision, Depends(starlette.allows("personalisation"))]


def in_flask(newsroom: Newsroom, site: Site) -> Any:
    """The newspaper in Flask."""
    app = Flask("newsroom")
    Bandeau(app, site=site)

    @requires("personalisation", otherwise=None)
    def remember(response: Any) -> None:
        response.set_cookie("_profile", newsroom.remember(request.cookies.get("_profile"), request.path))

    @app.get("/private/<name>")
    def private(name: str) -> Any:
        response = make_response(ARTICLE)
        response.set_cookie("sessionid", name, httponly=True)
        response.set_cookie("_visit", "1")
        remember(response)
        return response

    @app.get("/shared/<name>")
    def shared(name: str) -> Any:
        return ARTICLE, {"Cache-Control": PUBLIC, "X-Name": name}

    with warnings.catch_warnings():
        # It names a2wsgi in its place; asgiref's bridge loses its thread when a browser hangs up.
        warnings.simplefilter("ignore", DeprecationWarning)
        return WSGIMiddleware(app)


def in_fastapi(newsroom: Newsroom, site: Site) -> Any:
    """The newspaper in FastAPI."""
    app = FastAPI()
    app.add_middleware(BandeauMiddleware, site=site)

    @app.get("/private/{name}")
    async def private(name: str, personal: Personal, asked: Request) -> HTMLResponse:
        response = HTMLResponse(ARTICLE)
        response.set_cookie("sessionid", name, httponly=True)
        response.set_cookie("_visit", "1")
        if personal and allows("personalisation"):
            response.set_cookie("_profile", newsroom.remember(asked.cookies.get("_profile"), asked.url.path))
        return response

    @app.get("/shared/{name}")
    async def shared(name: str) -> HTMLResponse:
        return HTMLResponse(ARTICLE, headers={"Cache-Control": PUBLIC, "X-Name": name})

    return app


NEWSROOMS = {"flask": in_flask, "fastapi": in_fastapi}
