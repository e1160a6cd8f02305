"""A site that runs Bandeau and loads a meter and advertising, each from hosts of a stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    Vendor,
)
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from tests.e2e.certificates import write_certificate
from tests.e2e.serving import serve

from .stage import Answer, Stage

HOST = "www.stand.test"
URL = f"https://{HOST}/"
SECOND = f"{URL}second"
_PAGE = """<!doctype html><html lang="en"><head><title>Stand</title><link rel="icon" href="data:,">
<script src="https://meter.example/m.js" async></script><script src="https://ad.example/ad.js" async></script>
</head><body><h1>News</h1><p>Words, and <a href="/second">more words</a>.</p>
<img src="https://mixed.example/ads/pixel.gif" alt=""><img src="https://mixed.example/count/pixel.gif" alt="">
</body></html>"""


def policy() -> Policy:
    """Declare the meter, the advertising, and two services of one host that paths tell apart."""

    def hosts(*texts: str) -> tuple[HostPattern, ...]:
        return tuple(map(HostPattern.parse, texts))

    return Policy(
        revision=1,
        site=SiteInfo(
            "stand",
            "test",
            "Stand",
            URL,
            hosts(HOST),
            default_language="en",
            languages=("en",),
            controller_name="Stand",
        ),
        purposes=(
            Purpose("technical", 0, {"en": "Operation"}, necessary=True),
            Purpose("audience", 1, {"en": "Audience"}),
            Purpose("ads", 2, {"en": "Advertising"}, gpc=True),
        ),
        vendors=(Vendor("house", "House"),),
        services=(
            Service(
                "choice", "technical", basis=Basis.EXEMPT, exempt_reason="consent-choice", kind=Kind.STORAGE
            ),
            Service(
                "meter",
                "audience",
                hosts=hosts("meter.example", "mixed.example/count/*"),
                trackers=(Tracker("_meter"),),
                vendor="house",
            ),
            Service(
                "ad", "ads", kind=Kind.ADS, hosts=hosts("ad.example", "mixed.example/ads/*"), vendor="house"
            ),
        ),
        enforce=Enforce(mode=Mode.ENFORCE),
    )


class Stand:
    """The site and its third parties; ``days`` is how far its clock is ahead."""

    def __init__(self, directory: Path) -> None:
        self.days = 0
        self.policy = policy()
        self.site = Site.in_memory(self.policy, clock=lambda: time.time() + self.days * 86_400)
        self.stage = Stage(
            directory,
            {
                "meter.example/m.js": Answer(
                    "document.cookie='_meter=1;path=/;max-age=999';fetch('https://meter.example/hit')",
                    "text/javascript",
                ),
            },
        )
        self.port = 0
        self._pem = write_certificate(directory)

    @property
    def resolver_rules(self) -> str:
        """The site's own name leads to the site, every other one to the stage."""
        return f"MAP {HOST} 127.0.0.1:{self.port}, {self.stage.resolver_rules}"

    @contextmanager
    def open(self) -> Iterator[Stand]:
        """Serve everything."""
        with self.stage, serve(BandeauMiddleware(_application, site=self.site), pem=self._pem) as self.port:
            yield self
        self.site.close()

    def move_clock(self, days: int) -> None:
        """Let the site live some days later."""
        self.days = days


async def _application(scope: Any, receive: Any, send: Any) -> None:
    found = scope["path"] in ("/", "/second")
    body = _PAGE.encode() if found else b"nothing"
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
