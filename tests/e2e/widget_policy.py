"""The declaration behind the widget's test site: four options, as on a news page."""

from __future__ import annotations

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import (
    Basis,
    Enforce,
    Kind,
    Mode,
    Policy,
    Purpose,
    Reach,
    Service,
    SiteInfo,
    Tracker,
    Undeclared,
)


def make_policy(port: int, *, revision: int = 3, uc: Undeclared = Undeclared.REPORT) -> Policy:
    """Four options, as on a news page; hosts carry the port of the test server."""

    def host(name: str) -> tuple[HostPattern, ...]:
        return (HostPattern(f"{name}.example", port),)

    text = {"fr": "x"}
    return Policy(
        revision=revision,
        site=SiteInfo(
            "gazette", "test", "La Gazette", f"http://127.0.0.1:{port}", (HostPattern("127.0.0.1", port),)
        ),
        purposes=(
            Purpose("necessary", 0, text, necessary=True),
            Purpose("audience", 1, text),
            Purpose("social", 2, text),
            Purpose("personalisation", 3, text, profiles=True, gpc=True),
            Purpose("advertising", 4, text, profiles=True, gpc=True),
        ),
        services=(
            Service(
                "session",
                "necessary",
                basis=Basis.EXEMPT,
                kind=Kind.STORAGE,
                trackers=(Tracker("sessionid"), Tracker("cart", "local")),
            ),
            Service(
                "stats",
                "audience",
                hosts=host("stats"),
                trackers=(
                    Tracker("_st*"),
                    Tracker("_stl", "local"),
                    Tracker("_sts", "session"),
                    Tracker("_stdb", "indexeddb"),
                    Tracker("_stc", "cache"),
                ),
            ),
            Service("youtube", "social", hosts=host("video"), kind=Kind.EMBED, bit=0),
            Service(
                "recommend", "personalisation", hosts=host("reco"), trackers=(Tracker("_profile", "local"),)
            ),
            Service("ads", "advertising", hosts=host("ads"), kind=Kind.ADS, trackers=(Tracker("_ad"),)),
            Service("bidder", "advertising", hosts=host("bid"), kind=Kind.ADS, reach=Reach.CLOSED),
        ),
        enforce=Enforce(mode=Mode.ENFORCE, undeclared_cookies=uc),
    )
