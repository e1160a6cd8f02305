"""A policy in which each wall has something to do."""

from __future__ import annotations

from dataclasses import replace

from bandeau.core.consent import Consent
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
    Vendor,
)
from bandeau.enforcement.compiled import Compiled
from bandeau.enforcement.visit import Visit

TODAY = 20_000


def hosts(*texts: str) -> tuple[HostPattern, ...]:
    """Read host patterns."""
    return tuple(HostPattern.parse(text) for text in texts)


SITE = SiteInfo(
    "paper",
    "test",
    "Paper",
    "https://paper.example",
    hosts("paper.example", "*.paper.example"),
    languages=("fr", "en"),
)

PURPOSES = (
    Purpose("technical", 0, {"fr": "Technique"}, necessary=True),
    Purpose("audience", 1, {"fr": "Audience"}),
    Purpose("social", 2, {"fr": "Social"}),
    Purpose("ads", 3, {"fr": "Publicité"}, gpc=True, profiles=True),
)

SERVICES = (
    Service(
        "session",
        "technical",
        basis=Basis.EXEMPT,
        kind=Kind.STORAGE,
        trackers=(Tracker("sessionid"), Tracker("csrftoken")),
    ),
    Service(
        "meter",
        "audience",
        kind=Kind.TAG,
        hosts=hosts("meter.example", "*.meter.example"),
        inline=("meterQueue",),
        trackers=(Tracker("_m"), Tracker("_m_*"), Tracker("mk", kind="local")),
        vendor="meterco",
    ),
    Service(
        "own-count",
        "audience",
        kind=Kind.COLLECTOR,
        hosts=hosts("paper.example/metrics/*", "paper.example/pixel.gif", "stats.paper.example"),
        trackers=(Tracker("_oc"),),
    ),
    Service(
        "player",
        "social",
        kind=Kind.EMBED,
        hosts=hosts("player.example"),
        trackers=(Tracker("pl_*", partitioned=True),),
        bit=0,
    ),
    Service("adhouse", "ads", kind=Kind.ADS, hosts=hosts("ads.example"), reach=Reach.OPEN),
    Service("fonts", "technical", basis=Basis.EXEMPT, kind=Kind.FONTS, hosts=hosts("fonts.example")),
)

POLICY = Policy(
    revision=5,
    site=SITE,
    purposes=PURPOSES,
    services=SERVICES,
    vendors=(Vendor("meterco", "Meter Co"),),
    enforce=Enforce(
        mode=Mode.ENFORCE, undeclared_hosts=Undeclared.BLOCK, undeclared_cookies=Undeclared.REPORT
    ),
)

#: Places of the services in the policy, as bits.
SESSION, METER, OWN_COUNT, PLAYER, ADHOUSE, FONTS = (1 << i for i in range(len(SERVICES)))
STEADY = SESSION | FONTS


def registrable(host: str) -> str:
    """A stand-in for the public suffix list: the last two labels."""
    labels = host.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and not labels[-1].isdigit() else ""


def compiled(policy: Policy = POLICY) -> Compiled:
    """Compile a policy."""
    return Compiled(policy, registrable)


def granting(*purpose_ids: str, policy: Policy = POLICY) -> Consent:
    """Return a consent that answers everything and grants these purposes."""
    bits = {purpose.id: 1 << purpose.bit for purpose in policy.purposes}
    answered = sum(bits[purpose.id] for purpose in policy.switches())
    return Consent(policy.revision, TODAY, answered, sum(bits[name] for name in purpose_ids))


def visit(*purpose_ids: str, policy: Policy = POLICY, mode: Mode = Mode.ENFORCE, **more: object) -> Visit:
    """Return the visit of a reader who allows these purposes."""
    return Visit(policy, granting(*purpose_ids, policy=policy), TODAY, mode=mode, **more)  # type: ignore[arg-type]


def with_enforce(**changes: object) -> Policy:
    """Return the policy enforced otherwise."""
    return replace(POLICY, enforce=replace(POLICY.enforce, **changes))  # type: ignore[arg-type]
