"""Decisions in code: allowed with a reason, refused otherwise, and names that nobody declared."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bandeau
from bandeau import allows, requires
from bandeau.core.decision import Reason
from bandeau.errors import PolicyError
from bandeau.site import Site
from bandeau.testing import choice, local_site
from bandeau.web.asgi import BandeauMiddleware as Asgi
from bandeau.web.decisions import must_be_declared, needs_of
from bandeau.web.starlette import allows as dependency
from bandeau.web.wsgi import BandeauMiddleware as Wsgi
from tests.testing.apps import POLICY


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small site in memory."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    return local_site(path)


@requires("ads", otherwise="house")
def advertisement(slot: str) -> str:
    """Say what the slot shows."""
    return f"profiled {slot}"


def test_package_exports_what_applications_import() -> None:
    """A name that is added here is promised for good."""
    assert bandeau.__all__ == ["allows", "requires"]
    with pytest.raises(AttributeError, match="nothing"):
        _ = bandeau.nothing  # type: ignore[attr-defined]


def test_decision_comes_with_its_reason(site: Site) -> None:
    """True or false by itself, and why."""
    with choice(site, allow=["audience"], refuse=["ads"]):
        assert (bool(allows("audience")), allows("audience").reason) == (True, Reason.GRANTED)
        assert (bool(allows("ads")), allows("ads").reason) == (False, Reason.DENIED)
        assert allows("technical").reason is Reason.NECESSARY
    with choice(site):
        assert allows("counter").reason is Reason.UNSET


def test_asking_marks_the_visit_once(site: Site) -> None:
    """The caches of the application are told at the first question."""
    told: list[str] = []
    with choice(site, refuse=["ads"]) as visit:
        visit.when_asked = lambda: told.append("asked")
        assert (visit.asked, told) == (False, [])
        assert advertisement("top") == "house"
        allows("audience")
        assert (visit.asked, told) == (True, ["asked"])


def test_outside_of_a_request_nobody_is_taken_to_agree() -> None:
    """A job without a reader is told what to do."""
    with pytest.raises(LookupError, match="no request is being answered"):
        allows("ads")


def test_unknown_name_is_told_with_the_one_that_was_meant(site: Site) -> None:
    """Here too, when nothing found it at the start."""
    with choice(site), pytest.raises(KeyError, match="did you mean 'audience'"):
        allows("audiense")


def test_refusal_gives_what_stands_in_its_place(site: Site) -> None:
    """A value as it is, a function with the same arguments."""
    shout = requires("ads", otherwise=str.upper)(lambda word: f"profiled {word}")
    with choice(site, allow=["ads"]):
        assert (advertisement("top"), shout("a")) == ("profiled top", "profiled a")
    with choice(site, refuse=["ads"]):
        assert (advertisement("top"), shout("a")) == ("house", "A")


@pytest.mark.parametrize("allowed", [True, False])
def test_coroutines_are_decided_too(site: Site, allowed: bool) -> None:
    """With a coroutine, a function or a value otherwise."""

    async def other(word: str) -> str:
        return f"other {word}"

    async def profile(word: str) -> str:
        return f"profiled {word}"

    async def run() -> list[str]:
        ways: tuple[object, ...] = (other, lambda word: f"other {word}", "other a")
        return [await requires("ads", otherwise=way)(profile)("a") for way in ways]

    with choice(site, allow=["ads"] if allowed else (), refuse=() if allowed else ["ads"]):
        assert asyncio.run(run()) == ["profiled a" if allowed else "other a"] * 3


def test_generator_cannot_be_decided() -> None:
    """It would run after the decision."""

    def pages() -> Iterator[str]:
        yield ""

    with pytest.raises(TypeError, match="yields"):
        requires("ads", otherwise=None)(pages)


def test_names_in_code_are_known_before_it_runs(site: Site) -> None:
    """Place, mistake and remedy of all of them at once; wrapping hides none."""
    wrong = requires("adds", otherwise=None)(requires("audiense", otherwise=None)(lambda: None))
    line = sys._getframe().f_lineno - 1
    needs = [*needs_of(wrong), *needs_of(advertisement), *needs_of(dependency("soziales"))]
    with pytest.raises(PolicyError) as caught:
        must_be_declared(needs, site.policy)
    assert len(caught.value.problems) == 3
    assert f"{Path(__file__).name}:{line}: no purpose or service 'adds'" in str(caught.value)
    assert "did you mean 'ads'" in str(caught.value)
    must_be_declared(needs_of(advertisement), site.policy)


async def _read(app: Any, cookies: dict[str, str]) -> dict[str, str]:
    sent: list[Any] = []
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = [(b"host", b"127.0.0.1"), (b"cookie", header.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return {**found, "body": b"".join(message.get("body", b"") for message in sent[1:]).decode()}


def _read_wsgi(app: Any, cookies: dict[str, str]) -> dict[str, str]:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": header}
    found: dict[str, str] = {}

    def start(_status: str, headers: list[tuple[str, str]], _info: object = None) -> Any:
        found.update({name.lower(): value for name, value in headers})

    body = b"".join(app(environ, start))
    return {**found, "body": body.decode()}


_PUBLIC = "public, s-maxage=60"


def _advertised(*, asks: bool) -> str:
    return advertisement("top") if asks else "nothing asked"


@pytest.mark.parametrize("server", ["asgi", "wsgi", "lazy wsgi"])
@pytest.mark.parametrize("asks", [True, False])
def test_asking_makes_the_response_private(site: Site, server: str, asks: bool) -> None:
    """A page that calls itself public is not, once it asked; one that did not ask stays public."""

    async def asgi_app(_scope: Any, _receive: Any, send: Any) -> None:
        body = _advertised(asks=asks).encode()
        headers = [(b"content-type", b"text/plain"), (b"cache-control", _PUBLIC.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def wsgi_app(_environ: Any, start_response: Any) -> list[bytes]:
        body = _advertised(asks=asks).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", _PUBLIC)])
        return [body]

    def lazy_app(environ: Any, start_response: Any) -> Iterator[bytes]:
        yield from wsgi_app(environ, start_response)

    cookies = choice(site, allow=["ads"])
    if server == "asgi":
        found = asyncio.run(_read(Asgi(asgi_app, site=site), cookies))
    else:
        found = _read_wsgi(Wsgi(wsgi_app if server == "wsgi" else lazy_app, site=site), cookies)
    assert found["body"] == ("profiled top" if asks else "nothing asked")
    assert ("private" in found["cache-control"]) == asks
    assert ("Cookie" in found.get("vary", "")) == asks


def test_visit_ends_with_its_request(site: Site) -> None:
    """The thread that answered it works for nobody afterwards."""

    def wsgi_app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [advertisement("top").encode()]

    _read_wsgi(Wsgi(wsgi_app, site=site), choice(site, allow=["ads"]))
    with pytest.raises(LookupError):
        allows("ads")


def test_decision_touches_neither_disk_nor_network(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the cookie neither: what a decision needs is in memory."""
    cookies = choice(site, allow=["ads"])

    def refused(*_: object, **__: object) -> Any:
        raise AssertionError("the decision touched the outside")

    for module, name in ((os, "stat"), (os, "open"), (sys.modules["socket"], "socket")):
        monkeypatch.setattr(module, name, refused)
    monkeypatch.setattr("builtins.open", refused)
    with cookies:
        assert allows("ads")
        assert not allows("audience")
    with pytest.raises(AssertionError, match="outside"):
        os.stat(".")  # the control
