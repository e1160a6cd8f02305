"""The policy of the leak site and the ways in which its protection can be hindered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bandeau.core.consent import Consent
from bandeau.core.cookie import Key, Keyring, encode
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import (
    Basis,
    Enforce,
    Kind,
    Mode,
    Policy,
    Purpose,
    Service,
    SiteInfo,
    Tracker,
    Undeclared,
)
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware

from .site import SITE_HOST, Receive, Scope, Send
from .vectors import DECLARED, LOOKED_UP

_KINDS = ("cookie", "local", "session", "indexeddb", "cache")


def leak_policy() -> Policy:
    """Declare the hosts of `DECLARED` and every tracker `_leak*` under a purpose that nobody allowed."""
    hosts = tuple(HostPattern.parse(f"*.{name}") for name in (DECLARED, LOOKED_UP))
    refused = Service(
        id="leaker",
        purpose="ads",
        title="Leaker",
        hosts=hosts,
        inline=("leakloader.js",),
        trackers=tuple(Tracker("_leak*", kind) for kind in _KINDS),
    )
    allowed = Service(
        id="frame",
        purpose="technical",
        title="Frame",
        basis=Basis.EXEMPT,
        exempt_reason="security",
        kind=Kind.WIDGET,
        hosts=(HostPattern.parse("frame.allowed.example"),),
    )
    return Policy(
        revision=3,
        site=SiteInfo(
            id="leaks",
            environment="test",
            name="Leak site",
            url=f"https://{SITE_HOST}",
            hosts=(HostPattern.parse(SITE_HOST),),
            languages=("fr", "en"),
            privacy_url="/privacy",
        ),
        purposes=(
            Purpose("technical", 0, {"fr": "Technique", "en": "Technical"}, necessary=True),
            Purpose("ads", 1, {"fr": "Publicité", "en": "Advertising"}),
        ),
        services=(refused, allowed),
        enforce=Enforce(mode=Mode.ENFORCE, undeclared_cookies=Undeclared.BLOCK),
        digest="0" * 64,
    )


_KEYRING = Keyring((Key("leaks", b"k" * 32),))


def protect(app: Any) -> Any:
    """Put Bandeau around the leak site."""
    return BandeauMiddleware(app, site=Site(leak_policy(), _KEYRING, MemoryStore()))


def refusal() -> tuple[tuple[str, str], ...]:
    """Return the cookie of a reader who has just refused everything."""
    policy = leak_policy()
    consent = Consent(
        policy.revision,
        day=int(time.time() // 86_400),
        answered=2,
        granted=0,
        service_answered=0,
        service_granted=0,
    )
    return (("__Host-bd", encode(consent, policy.site, _KEYRING)),)


Fault = Callable[[Any], Any]
_GUARD = re.compile(r"^/bandeau/g\.[^/]*\.js$")


def guard_answers(status: int) -> Fault:
    """Return a fault: the guard's address answers with this status."""

    async def answer(_app: Any, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"<h1>No guard here</h1>"})

    return _on_guard(answer)


def guard_is_late(seconds: float) -> Fault:
    """Return a fault: the guard takes its time."""

    async def answer(app: Any, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return _on_guard(answer)


def guard_is_old(app: Any) -> Any:
    """Put a fault around `app`: pages name a hash of the guard that was issued long ago."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        async def aged(message: Any) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                message = {**message, "body": re.sub(rb"/g\.[0-9a-f]+", _zeros, message["body"])}
            await send(message)

        await app(scope, receive, aged)

    return faulty


def _zeros(match: re.Match[bytes]) -> bytes:
    return b"/g." + b"0" * (len(match[0]) - 3)


def _on_guard(answer: Callable[..., Awaitable[None]]) -> Fault:
    def around(app: Any) -> Any:
        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and _GUARD.match(scope["path"]):
                await answer(app, scope, receive, send)
            else:
                await app(scope, receive, send)

        return faulty

    return around
