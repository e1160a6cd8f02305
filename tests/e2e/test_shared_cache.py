"""nginx in front as a shared cache, and visitors with opposite choices one after the other."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import Key, Keyring, encode
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware

from .newsroom import PURPOSES, SITE_HOST, Newsroom, news_policy
from .nginx import shared_cache
from .serving import serve

_URL = f"http://{SITE_HOST}"
_KEYRING = Keyring((Key("cache", b"c" * 32),))
_BITS = sum(1 << bit for bit in range(1, len(PURPOSES) + 1))


def site() -> Site:
    """Return the newspaper's site, served over plain http as behind a terminating proxy."""
    return Site(news_policy(_URL), _KEYRING, MemoryStore())


def visitor(granted: int) -> dict[str, str]:
    """Return the request headers of a reader who allowed exactly these purposes."""
    policy = news_policy(_URL)
    consent = Consent(policy.revision, int(time.time() // 86_400), _BITS, granted, 0, 0)
    # A reader known already: otherwise each answer would start another profile.
    known = f"bd={encode(consent, policy.site, _KEYRING)}; _profile=reader{granted}"
    return {"cookie": known, "host": SITE_HOST}


VISITORS: dict[str, dict[str, str]] = {
    "unset": {"host": SITE_HOST},
    "accepted": visitor(_BITS),
    "refused": visitor(0),
    "half": visitor(0b00110),
    "damaged": {"host": SITE_HOST, "cookie": "bd=1.4.5.1f.1f.0.0.cache.AAAAAAAAAAAAAAAAAAAAAA"},
}


class Wrongly:
    """The same newspaper with every page marked as public, against what Bandeau said: the control."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                dropped = (b"cache-control", b"vary", b"set-cookie")
                kept = [pair for pair in message["headers"] if pair[0].lower() not in dropped]
                message = {**message, "headers": [*kept, (b"cache-control", b"public, s-maxage=60")]}
            await send(message)

        await self._app(scope, receive, marked)


def protected() -> Any:
    """Return the newspaper behind Bandeau."""
    newsroom = Newsroom(allows=lambda scope, purpose: scope["bandeau"].allows(purpose))
    return BandeauMiddleware(newsroom, site=site())


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The newspaper's own port, and nginx's."""
    with serve(protected()) as origin, shared_cache(tmp_path, origin) as front:
        yield origin, front


def essence(response: httpx.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Return everything of a response that could carry a choice."""
    kept = ("content-security-policy", "set-cookie", "link", "etag", "cache-control", "vary")
    headers = [(name, value) for name, value in response.headers.multi_items() if name in kept]
    return response.status_code, response.content, tuple(sorted(headers))


def mixed_up(origin: int, front: int, *, rounds: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Let visitors alternate; return who got another's bytes, and what the cache said per page."""
    order = random.Random(7)
    wrong: list[str] = []
    cache: list[tuple[str, str]] = []
    with httpx.Client() as client:
        own = {
            (name, path): essence(client.get(f"http://127.0.0.1:{origin}{path}", headers=headers))
            for name, headers in VISITORS.items()
            for path in ("/private/a", "/shared/a")
        }
        for _ in range(rounds):
            name, path = order.choice(sorted(own))
            client.cookies.clear()  # what one answer sets must not travel with another reader's request
            answer = client.get(f"http://127.0.0.1:{front}{path}", headers=VISITORS[name])
            cache.append((path, answer.headers["x-cache"]))
            if essence(answer) != own[name, path]:
                wrong.append(f"{name} {path}")
    return wrong, cache


def test_no_byte_of_one_reader_reaches_another(cached: tuple[int, int]) -> None:
    """600 requests of five readers: each gets what the newspaper itself would have given."""
    wrong, cache = mixed_up(*cached, rounds=600)
    assert wrong == []
    assert {path for path, said in cache if said == "HIT"} == {"/shared/a"}


def test_shared_pages_come_from_the_cache(cached: tuple[int, int]) -> None:
    """A public page is fetched once for everybody, whatever they chose."""
    _, cache = mixed_up(*cached, rounds=100)
    said = [verdict for path, verdict in cache if path == "/shared/a"]
    assert said[0] == "MISS"
    assert set(said[1:]) == {"HIT"}


def test_shared_pages_are_the_same_bytes_for_everybody(cached: tuple[int, int]) -> None:
    """Otherwise the first reader's page would be everybody's."""
    origin, _ = cached
    with httpx.Client() as client:
        answers = {
            essence(client.get(f"http://127.0.0.1:{origin}/shared/a", headers=headers))
            for headers in VISITORS.values()
        }
    assert len(answers) == 1


def test_readers_with_opposite_choices_get_different_private_pages(cached: tuple[int, int]) -> None:
    """Without a difference there would be nothing to mix up."""
    origin, _ = cached
    with httpx.Client() as client:
        pages = [
            client.get(f"http://127.0.0.1:{origin}/private/a", headers=VISITORS[name]).content
            for name in ("accepted", "refused")
        ]
    assert pages[0] != pages[1]


def test_a_page_marked_wrongly_would_be_found(tmp_path: Path) -> None:
    """The control: where private pages are marked public, readers do get each other's bytes."""
    with serve(Wrongly(protected())) as origin, shared_cache(tmp_path, origin) as front:
        wrong, cache = mixed_up(origin, front, rounds=60)
    assert wrong
    assert ("/private/a", "HIT") in cache
