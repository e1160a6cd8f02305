"""A small newspaper for the matrix of choices: one page that uses every kind of third party.

`/private/…` answers with no cache header, `/shared/…` is public. The application itself asks for one
decision: it keeps a reading profile only of who allows personalisation.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import (
    Basis,
    CacheMode,
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
from bandeau.site import Withdrawal

from .thirdparty import StandIn

SITE_HOST = "news.test"
PURPOSES = ("audience", "social", "personalisation", "advertising")

#: What each purpose brings when allowed: third parties called, first-party cookies, storage keys.
HOSTS: dict[str, frozenset[str]] = {
    "audience": frozenset({"stats.example"}),
    "social": frozenset({"buttons.example", "video.example"}),
    "personalisation": frozenset({"reco.example"}),
    "advertising": frozenset({"ads.example", "sync.example"}),
}
COOKIES: dict[str, frozenset[str]] = {
    "audience": frozenset({"_au", "_visit"}),
    "social": frozenset({"_soc"}),
    "personalisation": frozenset({"_profile"}),
    "advertising": frozenset({"_ad"}),
}
STORAGE: dict[str, frozenset[str]] = {
    "audience": frozenset({"_au_l"}),
    "social": frozenset(),
    "personalisation": frozenset({"_reco"}),
    "advertising": frozenset({"_ad_l"}),
}

_SCRIPTS = {
    "stats.example": "document.cookie='_au=1;path=/;max-age=999';localStorage._au_l=1;"
    "navigator.sendBeacon('https://stats.example/collect','x')",
    "buttons.example": "document.cookie='_soc=1;path=/;max-age=999'",
    "reco.example": "localStorage._reco=1",
    "ads.example": "document.cookie='_ad=1;path=/;max-age=999';localStorage._ad_l=1;"
    "new Image().src='https://sync.example/p.gif'",
}

ARTICLE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Un article</title>
<link rel="icon" href="data:,">
<link rel="preconnect" href="https://stats.example">
<script src="https://stats.example/t.js" async></script>
<script src="https://ads.example/a.js"></script></head>
<body><h1>Un article</h1><p>Le texte que chacun peut lire.</p>
<iframe src="https://video.example/embed/1" width="300" height="200" title="video"></iframe>
<script>(function(d){var s=d.createElement('script');s.src='https://buttons.example/s.js';d.body.append(s)})(document)</script>
<script defer src="https://reco.example/r.js"></script>
<noscript><img src="https://ads.example/pixel.gif" alt=""></noscript>
</body></html>"""


def furnish(third_parties: StandIn) -> None:
    """Give each third party its script."""
    for host, text in _SCRIPTS.items():
        third_parties.answer(host, "text/javascript", text.encode())
    third_parties.answer("video.example", "text/html", b"<!doctype html><title>v</title>video")


def news_policy(url: str = f"https://{SITE_HOST}", *, cache: CacheMode = CacheMode.AUTO) -> Policy:
    """Declare what the newspaper uses."""
    host = HostPattern.parse(url.partition("://")[2].partition(":")[0])
    titles = {name: {"fr": name.title(), "en": name.title()} for name in ("technical", *PURPOSES)}
    purposes = [Purpose("technical", 0, titles["technical"], titles["technical"], necessary=True)]
    purposes += [
        Purpose(name, bit, titles[name], titles[name], profiles=bit >= 3, gpc=bit >= 3)
        for bit, name in enumerate(PURPOSES, start=1)
    ]
    return Policy(
        revision=4,
        site=SiteInfo(
            id="news",
            environment="test",
            name="Le Petit Journal",
            url=url,
            hosts=(host,),
            languages=("fr", "en"),
            privacy_url="/privacy",
            controller_name="Le Petit Journal",
            controller_contact="dpo@news.test",
        ),
        purposes=tuple(purposes),
        services=_services(),
        enforce=Enforce(mode=Mode.ENFORCE, cache=cache, undeclared_cookies=Undeclared.BLOCK),
        digest="0" * 64,
    )


def _services() -> tuple[Service, ...]:
    return (
        Service(
            "session",
            "technical",
            "Session",
            basis=Basis.EXEMPT,
            exempt_reason="session",
            kind=Kind.STORAGE,
            trackers=(Tracker("sessionid"),),
        ),
        _tag(
            "stats", "audience", "stats.example", Tracker("_au"), Tracker("_visit"), Tracker("_au_l", "local")
        ),
        _tag("buttons", "social", "buttons.example", Tracker("_soc"), inline=("buttons.example/s.js",)),
        Service("video", "social", "Video", kind=Kind.EMBED, hosts=(HostPattern.parse("video.example"),)),
        _tag("reco", "personalisation", "reco.example", Tracker("_profile"), Tracker("_reco", "local")),
        _tag(
            "ads",
            "advertising",
            "ads.example",
            Tracker("_ad"),
            Tracker("_ad_l", "local"),
            others=("sync.example",),
        ),
    )


def _tag(
    name: str,
    purpose: str,
    host: str,
    *trackers: Tracker,
    inline: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> Service:
    hosts = tuple(HostPattern.parse(text) for text in (host, *others))
    return Service(name, purpose, name.title(), hosts=hosts, trackers=trackers, inline=inline)


@dataclass
class Newsroom:
    """The application; `allows` is how it asks Bandeau about the current request.

    `profiles` holds, per reader, what was read; `forget_reader` is what a withdrawal calls.
    """

    allows: Callable[[MutableMapping[str, Any], str], bool]
    profiles: dict[str, list[str]] = field(default_factory=dict)

    def forget_reader(self, withdrawal: Withdrawal) -> None:
        """Erase the reading profile of a reader who no longer allows it."""
        self.profiles.pop(withdrawal.cookies.get("_profile", ""), None)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"]
        headers = [("content-type", "text/html; charset=utf-8")]
        body = ARTICLE if path.startswith(("/private", "/shared")) else "<h1>Autre page</h1>"
        if path.startswith("/shared"):
            headers.append(("cache-control", "public, s-maxage=60"))
        else:
            headers += [("set-cookie", "sessionid=s; Path=/; HttpOnly"), ("set-cookie", "_visit=1; Path=/")]
            headers += self._profile(scope)
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": body.encode()})

    def remember(self, reader: str | None, path: str) -> str:
        """Note what a reader read; return the name by which the reader is known from now on."""
        reader = reader or f"p{len(self.profiles) + 1}"
        self.profiles.setdefault(reader, []).append(path)
        return reader

    def _profile(self, scope: MutableMapping[str, Any]) -> list[tuple[str, str]]:
        if not self.allows(scope, "personalisation"):
            return []
        cookies = SimpleCookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
        known = cookies["_profile"].value if "_profile" in cookies else None
        return [("set-cookie", f"_profile={self.remember(known, scope['path'])}; Path=/")]
