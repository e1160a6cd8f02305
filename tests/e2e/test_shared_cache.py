"""nginx or Varnish in front as a shared cache, and visitors with opposite choices one after the other."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import Key, Keyring, encode
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware

from .caches import nginx_cache, varnish_cache
from .newsroom import PURPOSES, SITE_HOST, Newsroom, news_policy
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


CACHES = {"nginx": nginx_cache, "varnish": varnish_cache}
ROUNDS = [600, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]


@pytest.fixture(params=CACHES)
def cached(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """The newspaper's own port, and that of the cache in front of it."""
    with serve(protected()) as origin, CACHES[request.param](tmp_path, origin) as front:
        yield origin, front


def essence(response: httpx.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Return everything of a response that could carry a choice."""
    kept = ("content-security-policy", "set-cookie", "link", "etag", "cache-control", "vary")
    headers = [(name, value) for name, value in response.headers.multi_items() if name in kept]
    return response.status_code, response.content, tuple(sorted(headers))


def mixed_up(
    origin: int, front: int, *, rounds: int, paths: Sequence[str] = ("/private/a", "/shared/a")
) -> tuple[list[str], list[tuple[str, str]]]:
    """Let visitors alternate; return who got another's bytes, and what the cache said per page."""
    order = random.Random(7)
    wrong: list[str] = []
    cache: list[tuple[str, str]] = []
    with httpx.Client() as client:
        own = {
            (name, path): essence(client.get(f"http://127.0.0.1:{origin}{path}", headers=headers))
            for name, headers in VISITORS.items()
            for path in paths
        }
        for _ in range(rounds):
            name, path = order.choice(sorted(own))
            client.cookies.clear()  # what one answer sets must not travel with another reader's request
            answer = client.get(f"http://127.0.0.1:{front}{path}", headers=VISITORS[name])
            cache.append((path, answer.headers["x-cache"]))
            if essence(answer) != own[name, path]:
                wrong.append(f"{name} {path}")
    return wrong, cache


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_byte_of_one_reader_reaches_another(cached: tuple[int, int], rounds: int) -> None:
    """Five readers by turns: each gets what the newspaper itself would have given."""
    wrong, cache = mixed_up(*cached, rounds=rounds)
    assert wrong == []
    assert {path for path, said in cache if said == "HIT"} == {"/shared/a"}


def test_shared_pages_come_from_the_cache(cached: tuple[int, int]) -> None:
    """A public page is fetched once for everybody, whatever they chose."""
    _, cache = mixed_up(*cached, rounds=100)
    said = [verdict for path, verdict in cache if path == "/shared/a"]
    assert said[0] == "MISS"
    assert set(said[1:]) == {"HIT"}


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_the_cache_hits_as_often_as_without_bandeau(cache: Any, tmp_path: Path) -> None:
    """Public pages, one reader after the other: the same hits at the same requests."""
    said = []
    for name, app in (("with", protected()), ("without", Newsroom(allows=lambda *_: True))):
        (tmp_path / name).mkdir()
        with serve(app) as origin, cache(tmp_path / name, origin) as front:
            _, told = mixed_up(origin, front, rounds=60, paths=("/shared/a", "/shared/b"))
            said.append(told)
    assert said[0] == said[1]


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


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_a_page_marked_wrongly_would_be_found(cache: Any, tmp_path: Path) -> None:
    """The control: where private pages are marked public, readers do get each other's bytes."""
    with serve(Wrongly(protected())) as origin, cache(tmp_path, origin) as front:
        wrong, told = mixed_up(origin, front, rounds=60)
    assert wrong
    assert ("/private/a", "HIT") in told


#: Headers that a cache does not tell requests apart by, and that some server somewhere goes by.
UNKEYED = [
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-scheme", "nothttps"),
    ("x-forwarded-proto", "gopher"),
    ("x-forwarded-port", "1"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-server", "evil.example"),
    ("x-host", "evil.example"),
    ("forwarded", "host=evil.example;proto=gopher"),
    ("x-original-url", "/private/a"),
    ("x-rewrite-url", "/private/a"),
    ("x-http-method-override", "POST"),
    ("sec-gpc", "1"),
    ("dnt", "1"),
    ("accept-language", "ar"),
    ("user-agent", "<script>evil()</script>"),
    ("referer", "https://evil.example/?</script><script>evil()"),
    ("origin", "https://evil.example"),
    ("sec-purpose", "prefetch;prerender"),
    ("sec-fetch-dest", "serviceworker"),
    ("service-worker", "script"),
    ("accept", "application/json"),
    ("x-requested-with", "XMLHttpRequest"),
    ("cookie", "bd=evil; bdid=evil; _profile=evil"),
]


def poisoned(origin: int, front: int) -> list[str]:
    """Ask for a page of its own with each header first; return those whose next reader gets another page."""
    found = []
    with httpx.Client() as client:
        clean = essence(client.get(f"http://127.0.0.1:{origin}/shared/clean", headers=VISITORS["unset"]))
        for number, (name, value) in enumerate(UNKEYED):
            url = f"http://127.0.0.1:{front}/shared/{number}"
            client.get(url, headers={**VISITORS["unset"], name: value})
            client.cookies.clear()
            found += [name] * (essence(client.get(url, headers=VISITORS["unset"])) != clean)
    return found


def test_headers_that_no_cache_tells_apart_poison_nothing(cached: tuple[int, int]) -> None:
    """Whoever asks first, whatever they send: the next reader gets the page as it is."""
    assert poisoned(*cached) == []


class Reflecting:
    """An application that writes a header into its public pages: the control of the poisoners."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        said = dict(scope["headers"]).get(b"x-forwarded-host", b"news.test")
        headers = [(b"content-type", b"text/html"), (b"cache-control", b"public, s-maxage=60")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<p>" + said})


@pytest.mark.parametrize("cache", CACHES.values(), ids=CACHES)
def test_the_poisoners_poison_who_believes_them(cache: Any, tmp_path: Path) -> None:
    """Otherwise their failure would mean nothing."""
    with serve(Reflecting()) as origin, cache(tmp_path, origin) as front:
        assert poisoned(origin, front) == ["x-forwarded-host"]


def test_a_prefetch_leaves_only_what_is_technical(cached: tuple[int, int]) -> None:
    """Nobody has seen the page yet; a reader who looks gets the cookies that this reader allowed."""
    origin, front = cached
    prefetching = {**VISITORS["accepted"], "sec-purpose": "prefetch;prerender"}
    with httpx.Client() as client:
        for port in (origin, front):
            url = f"http://127.0.0.1:{port}/private/a"
            assert cookies_set(client.get(url, headers=prefetching)) == {"sessionid"}
            client.cookies.clear()
            assert cookies_set(client.get(url, headers=VISITORS["accepted"])) == {
                "sessionid",
                "_visit",
                "_profile",
            }
            client.cookies.clear()


def cookies_set(response: httpx.Response) -> set[str]:
    """Return the names of the cookies that a response sets."""
    return {line.partition("=")[0] for line in response.headers.get_list("set-cookie")}
