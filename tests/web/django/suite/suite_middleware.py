"""The middleware, synchronous and asynchronous: enforced, private when asked, its own addresses answered."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncClient, Client, override_settings

from bandeau.testing import choice
from bandeau.web.django import running
from bandeau.web.wsgi import BandeauMiddleware

from .conftest import BANDEAU
from .paper import PUBLIC

WAYS = ["sync", "async"]


class Reader:
    """A client of either kind."""

    def __init__(self, way: str) -> None:
        self.is_async = way == "async"
        self.client: Any = AsyncClient() if self.is_async else Client()

    def get(self, path: str, **options: Any) -> Any:
        """Ask for a page, and read all of it."""
        return self._ask("get", path, **options)

    def post(self, path: str, data: Any, **options: Any) -> Any:
        """Send a form."""
        return self._ask("post", path, data, **options)

    def _ask(self, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        if not self.is_async:
            response = getattr(self.client, method)(path, *arguments, **options)
            response.page = (response.getvalue() if response.streaming else response.content).decode()
            return response

        async def run() -> Any:
            response = await getattr(self.client, method)(path, *arguments, **options)
            body = response.content if not response.streaming else b""
            if response.streaming:
                body = b"".join([part async for part in response])
            response.page = body.decode()
            return response

        return asyncio.run(run())

    def choose(self, **answers: bool) -> None:
        """Carry a choice."""
        made = choice(
            running.site(),
            allow=[name for name, yes in answers.items() if yes],
            refuse=[name for name, yes in answers.items() if not yes],
        )
        self.client.cookies.load(made)


@pytest.fixture(params=WAYS)
def reader(request: Any) -> Reader:
    """A reader through WSGI, and one through ASGI."""
    return Reader(request.param)


@pytest.mark.parametrize("path", ["/", "/a/", "/streamed/", "/astreamed/"])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_page_is_rewritten(reader: Reader, path: str) -> None:
    """The tag of a service is held back, the first layer is in, whole or streamed."""
    response = reader.get(path)
    assert response.status_code == 200
    assert '<script src="http://ads.localhost' not in response.page
    assert 'data-bd-src="http://ads.localhost/t.js"' in response.page
    assert response.page.count('id="bd-first"') == 1
    assert response.page.endswith("</body></html>")


def test_without_the_middleware_the_tag_is_there() -> None:
    """The control."""
    without = [path for path in settings.MIDDLEWARE if path != BANDEAU]
    with override_settings(MIDDLEWARE=without):
        assert '<script src="http://ads.localhost' in Reader("sync").get("/").page


def test_public_page_stays_public_and_a_private_one_carries_the_policy(reader: Reader) -> None:
    """Shared: the same bytes for all. Private: a header for this reader, and the allowed tag stays."""
    shared = reader.get("/").page
    reader.choose(ads=True)
    assert reader.get("/").page == shared
    assert reader.get("/").headers["Cache-Control"] == PUBLIC
    private = reader.get("/?cache=no-cache")
    assert '<script src="http://ads.localhost/t.js">' in private.page
    assert "ads.localhost" in private.headers["Content-Security-Policy"]
    assert "private" in private.headers["Cache-Control"]
    assert int(private.headers["Content-Length"]) == len(private.content)


@pytest.mark.parametrize(
    "path", ["/asks/", "/ad/", "/aad/", "/classes/ad/", "/template/?name=all", "/lazily/"]
)
@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_asking_makes_the_response_private(reader: Reader, path: str, allowed: bool) -> None:
    """By the request, a decorator, a class, a template tag, a late piece; the answer is the reader's."""
    reader.choose(ads=allowed)
    response = reader.get(path)
    assert ("True" in response.page or "profiled" in response.page) == allowed
    assert "private" in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]


def test_reason_comes_with_the_decision(reader: Reader) -> None:
    """Before a choice, after a refusal."""
    assert reader.get("/asks/").page == "False unset"
    reader.choose(ads=False)
    assert reader.get("/asks/").page == "False denied"


def test_djangos_cache_keeps_no_page_of_one_reader(reader: Reader) -> None:
    """`cache_page` stands inside the middleware; it keeps only what nobody was asked for."""
    from django.core.cache import cache

    cache.clear()
    other = Reader("sync")
    reader.choose(ads=True)
    other.choose(ads=False)
    assert "True" in reader.get("/cached/").page
    assert "False" in other.get("/cached/").page
    assert not list(cache._cache)
    first = reader.get("/cached-for-all/").page
    assert list(cache._cache), "the control: Django's cache works"
    assert "data-bd-src" not in first
    assert "data-bd-src" in other.get("/cached-for-all/").page


def test_refused_cookies_are_dropped_and_those_that_came_expire(reader: Reader) -> None:
    """The technical one passes as it was set."""
    reader.client.cookies["_count"] = "9"
    response = reader.get("/cookies/")
    lines = [morsel.OutputString() for morsel in response.cookies.values()]
    assert [line for line in lines if line.startswith("_count=1")] == []
    assert [line for line in lines if line.startswith("_count=;") and "Max-Age=0" in line]
    (session,) = [line for line in lines if line.startswith("sessionid")]
    assert ("HttpOnly" in session, "SameSite=Lax" in session) == (True, True)
    reader.choose(audience=True)
    assert reader.get("/cookies/").cookies["_count"].value == "1"


def test_sessions_and_tokens_work(reader: Reader) -> None:
    """Django's own cookies are declared as technical."""
    assert "sessionid" in reader.get("/signed-in/").cookies
    assert "csrftoken" in reader.get("/form/").cookies


def test_collector_without_consent_is_answered_in_its_place(reader: Reader) -> None:
    """The view is not called."""
    assert (reader.get("/hit").status_code, reader.get("/hit").page) == (204, "")
    reader.choose(audience=True)
    assert reader.get("/hit").status_code == 200


def test_choice_is_posted_kept_and_in_force(reader: Reader) -> None:
    """Before Django's CSRF check, which knows nothing of it: the origin is checked instead."""
    origin = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    before = running.site().store.count()
    body = {
        "action": "save",
        "purposes": {"ads": True, "audience": False},
        "shown": ["audience", "ads"],
        "revision": 1,
        "source": "panel",
        "language": "fr",
    }
    response = reader.post(
        "/bandeau/choices", json.dumps(body), content_type="application/json", headers=origin
    )
    assert response.status_code == 200, response.page
    assert running.site().store.count() == before + 1
    assert {"bd", "bdid"} <= set(response.cookies)
    assert reader.get("/asks/").page == "True granted"


def test_too_large_a_choice_is_refused(reader: Reader) -> None:
    """A limit stands before the body is read."""
    response = reader.post("/bandeau/choices", "x" * 200_000, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/bandeau/choices", "/bandeau/policy", "/.well-known/gpc.json"])
def test_own_addresses_need_no_url_configuration(reader: Reader, path: str) -> None:
    """They are answered before Django looks for a view."""
    assert reader.get(path).status_code == 200


def test_errors_are_pages_too(reader: Reader) -> None:
    """404 and 500 carry the policy that closes them."""
    reader.client.raise_request_exception = False
    for path, status in (("/nothing/", 404), ("/broken/", 500)):
        response = reader.get(path)
        assert response.status_code == status
        assert "Content-Security-Policy" in response.headers


def test_file_passes_as_it_is(reader: Reader) -> None:
    """Under the policy that closes it."""
    response = reader.client.get("/document/") if not reader.is_async else None
    if response is not None:
        assert response.getvalue() == b"%PDF-"
        assert "default-src" in response.headers["Content-Security-Policy"]


def through_wsgi(application: Any, address: str = "/", **more: Any) -> str:
    """Ask a WSGI application as a server does."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "HTTP_HOST": "testserver",
        **more,
    }
    return b"".join(application(environ, lambda *_: lambda _: None)).decode()


def test_page_that_is_a_file_takes_no_short_way() -> None:
    """A server that sends files by itself would send it as it was kept."""

    def file_wrapper(file: Any, _size: int) -> Any:
        sent.append(file.read())
        return [sent[-1]]

    sent: list[bytes] = []
    page = through_wsgi(WSGIHandler(), "/page-file/", **{"wsgi.file_wrapper": file_wrapper})
    assert 'data-bd-src="http://ads.localhost/t.js"' in page
    assert sent == []
    assert through_wsgi(WSGIHandler(), "/document/", **{"wsgi.file_wrapper": file_wrapper}) == "%PDF-"
    assert sent == [b"%PDF-"], "the control: other files do"


def test_head_has_no_body_and_the_head_of_the_page(reader: Reader) -> None:
    """A HEAD says what a GET would."""
    response = reader._ask("head", "/?cache=no-cache")
    assert "private" in response.headers["Cache-Control"]


def test_outer_middleware_is_not_enforced_twice() -> None:
    """Where `wsgi.py` wraps the application already, the visit is handed on."""
    application = BandeauMiddleware(WSGIHandler(), gateway=running.gateway())
    assert through_wsgi(application).count('id="bd-first"') == 1
