"""The paper's views: each shows one thing that a Django site does."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page

from bandeau import allows, requires

PUBLIC = "public, s-maxage=60"
TAG = '<script src="http://ads.localhost/t.js"></script>'
PAGE = f"<!doctype html><html lang='fr'><head><title>x</title>{TAG}</head><body><p>Texte</p></body></html>"


def page(request: Any) -> HttpResponse:
    """A page that asks nothing."""
    return HttpResponse(PAGE, headers={"Cache-Control": request.GET.get("cache", PUBLIC)})


async def apage(request: Any) -> HttpResponse:
    """The same, asynchronous."""
    return page(request)


def cookies(_request: Any) -> HttpResponse:
    """A page that sets a refused cookie, a technical one, and an undeclared one."""
    response = HttpResponse(PAGE)
    response.set_cookie("_count", "1", max_age=999)
    response.set_cookie("sessionid", "s", httponly=True, samesite="Lax")
    return response


def streamed(_request: Any) -> StreamingHttpResponse:
    """A page in pieces, each of which asks."""
    return StreamingHttpResponse(iter([PAGE[:40].encode(), PAGE[40:].encode()]))


async def astreamed(_request: Any) -> StreamingHttpResponse:
    """A page in asynchronous pieces."""

    async def pieces() -> Any:
        for piece in (PAGE[:40], PAGE[40:]):
            yield piece

    return StreamingHttpResponse(pieces())


def lazily(_request: Any) -> StreamingHttpResponse:
    """A page whose first piece asks."""

    def pieces() -> Any:
        yield f"<!doctype html><title>{bool(allows('ads'))}</title>" + "<p>x</p>" * 500

    return StreamingHttpResponse(pieces(), headers={"Cache-Control": PUBLIC})


def asks(request: Any) -> HttpResponse:
    """Ask by `request.bandeau`."""
    decision = request.bandeau.allows("ads")
    text = f"{decision.allowed} {decision.reason}"
    return HttpResponse(text, "text/plain", headers={"Cache-Control": PUBLIC})


def _house(_request: Any) -> HttpResponse:
    return HttpResponse("house", headers={"Cache-Control": PUBLIC})


@requires("ads", otherwise=_house)
def advertisement(_request: Any) -> HttpResponse:
    """Profile who allows it."""
    return HttpResponse("profiled", headers={"Cache-Control": PUBLIC})


@requires("ads", otherwise=_house)
async def aadvertisement(_request: Any) -> HttpResponse:
    """The same, asynchronous."""
    return HttpResponse("profiled", headers={"Cache-Control": PUBLIC})


@method_decorator(requires("ads", otherwise=_house), name="dispatch")
class Advertisement(View):
    """The same, as a class."""

    def get(self, request: Any) -> HttpResponse:
        """Profile."""
        return HttpResponse("profiled", headers={"Cache-Control": PUBLIC})


def template(request: Any) -> HttpResponse:
    """A page that is made by the template tags."""
    response = render(request, f"paper/{request.GET['name']}.html", {"option": "ads"})
    response.headers["Cache-Control"] = PUBLIC
    return response


@cache_page(60)
def cached(request: Any) -> HttpResponse:
    """A page that Django's cache keeps, and that asks."""
    return HttpResponse(f"<title>{bool(request.bandeau.allows('ads'))}</title>")


@cache_page(60)
def cached_for_all(_request: Any) -> HttpResponse:
    """A page that Django's cache keeps, and that asks nothing."""
    return HttpResponse(PAGE)


def signed_in(request: Any) -> HttpResponse:
    """Write a session."""
    request.session["name"] = "x"
    return HttpResponse(PAGE)


def form(request: Any) -> HttpResponse:
    """A page with a CSRF token."""
    from django.middleware.csrf import get_token

    return HttpResponse(PAGE.replace("Texte", get_token(request)))


def document(_request: Any) -> FileResponse:
    """A file."""
    from io import BytesIO

    return FileResponse(BytesIO(b"%PDF-"), filename="x.pdf")


def page_file(_request: Any) -> FileResponse:
    """A page that is kept as a file."""
    from io import BytesIO

    return FileResponse(BytesIO(PAGE.encode()), content_type="text/html")


def broken(_request: Any) -> HttpResponse:
    """A bug."""
    raise RuntimeError("bug")


urlpatterns = [
    path("", page),
    path("a/", apage),
    path("cookies/", cookies),
    path("streamed/", streamed),
    path("astreamed/", astreamed),
    path("lazily/", lazily),
    path("asks/", asks),
    path("ad/", advertisement),
    path("aad/", aadvertisement),
    path("classes/", include([path("ad/", Advertisement.as_view())])),
    path("template/", template),
    path("cached/", cached),
    path("cached-for-all/", cached_for_all),
    path("signed-in/", signed_in),
    path("form/", form),
    path("document/", document),
    path("page-file/", page_file),
    path("broken/", broken),
    path("hit", page),
]
