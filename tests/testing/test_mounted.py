"""An application on loopback, read by a real browser and judged."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bandeau.testing import local_site, mount
from bandeau.testing.serving import is_asgi
from bandeau.web.asgi import BandeauMiddleware

from .apps import POLICY, asgi_app, wsgi_app


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The policy's file."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    return path


class _Callable:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer nothing."""


class _PlainAsgi:
    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Return a coroutine without being one."""


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (asgi_app, True),
        (wsgi_app, False),
        (_Callable(), True),
        (_PlainAsgi(), True),
        (lambda e, s: [], False),
    ],
)
def test_interface_of_an_application_is_told(app: Any, expected: bool) -> None:
    """By how it is called."""
    assert is_asgi(app) is expected


@pytest.mark.parametrize("app", [asgi_app, wsgi_app], ids=["asgi", "wsgi"])
def test_application_is_served_with_bandeau_around_it(app: Any, policy: Path) -> None:
    """Before any choice neither the tag nor the cookie comes through."""
    with mount(app, policy) as mounted, urllib.request.urlopen(mounted.url, timeout=20) as answer:
        body = answer.read().decode()
        assert 'id="bd-first"' in body
        assert '<script src="http://ads.localhost' not in body
        assert answer.headers.get_all("Set-Cookie") is None


def test_neither_policy_nor_site_is_a_mistake() -> None:
    """So are both."""
    with pytest.raises(TypeError, match="either"), mount(asgi_app):
        pass


def test_sites_policy_comes_back_when_it_is_taken_down(policy: Path) -> None:
    """The address of the test is nobody else's."""
    site = local_site(policy)
    before = site.policy
    with mount(BandeauMiddleware(asgi_app, site=site), site=site) as mounted:
        assert site.policy.site.url == mounted.url
    assert site.policy is before


@pytest.mark.browser
@pytest.mark.parametrize("app", [asgi_app, wsgi_app], ids=["asgi", "wsgi"])
def test_protected_application_obeys(app: Any, policy: Path, bandeau_mount: Any) -> None:
    """The plugin's fixture, in a real browser, also within an event loop."""
    mounted = bandeau_mount(app, policy)

    async def inside() -> None:
        mounted.obeys("none", "refuse", pages=("/", "/b"))

    asyncio.run(inside())


@pytest.mark.browser
def test_application_that_bypasses_bandeau_does_not_obey(policy: Path, bandeau_mount: Any) -> None:
    """What was seen, where, and the remedy stand in the message."""

    async def leaky(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"set-cookie", b"_count=1; Path=/; Max-Age=999")]
            await send(message)

        await protected(scope, receive, sent)

    site = local_site(policy)
    protected = BandeauMiddleware(asgi_app, site=site)
    with pytest.raises(AssertionError, match=r"BND505[\s\S]*_count"):
        bandeau_mount(leaky, site=site).obeys("refuse")
