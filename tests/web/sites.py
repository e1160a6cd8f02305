"""A site with every kind of option, and the requests of its readers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from bandeau.core.cookie import pairs
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import (
    Basis,
    Enforce,
    Kind,
    Mode,
    Otherwise,
    Policy,
    Purpose,
    Reach,
    Service,
    SiteInfo,
    Tracker,
    Vendor,
)
from bandeau.core.request import RequestHead, Response
from bandeau.site import Site
from bandeau.web.endpoints.pending import Pending
from bandeau.web.endpoints.router import Endpoints

DAY = 20_780
ORIGIN = "https://gazette.example"


def two(french: str, english: str) -> Mapping[str, str]:
    """Return a text in both languages."""
    return {"fr": french, "en": english}


def hosts(*patterns: str) -> tuple[HostPattern, ...]:
    """Return host patterns."""
    return tuple(HostPattern.parse(pattern) for pattern in patterns)


SITE = SiteInfo(
    id="gazette",
    environment="test",
    name="La Gazette",
    url=ORIGIN,
    hosts=hosts("gazette.example", "www.gazette.example"),
    default_language="fr",
    languages=("fr", "en"),
    privacy_url="/confidentialite",
    controller_name="La Gazette SAS",
    controller_contact="dpo@gazette.example",
)

PURPOSES = (
    Purpose(
        "necessary",
        0,
        two("Cookies techniques", "Technical cookies"),
        two("Session, connexion, sécurité.", "Session, login, security."),
        necessary=True,
    ),
    Purpose(
        "audience",
        1,
        two("Mesure d’audience", "Audience measurement"),
        two("Savoir quels articles sont lus.", "Know which articles are read."),
        two("La Gazette seule reçoit ces mesures.", "Only La Gazette receives these figures."),
    ),
    Purpose(
        "social",
        2,
        two("Réseaux sociaux", "Social networks"),
        two("Afficher vidéos et messages d’autres sites.", "Show videos and posts of other sites."),
    ),
    Purpose(
        "personalisation",
        3,
        two("Personnalisation", "Personalisation"),
        two("Proposer des articles selon vos lectures.", "Suggest articles by what you read."),
        profiles_text=two(
            "La Gazette crée votre profil de lecture, et l’efface dès votre refus.",
            "La Gazette creates your reading profile, and erases it when you refuse.",
        ),
        profiles=True,
        gpc=True,
    ),
    Purpose(
        "advertising",
        4,
        two("Publicité ciblée", "Targeted advertising"),
        two("Choisir les publicités selon votre profil.", "Choose advertisements by your profile."),
        profiles_text=two(
            "Des tiers créent votre profil publicitaire.", "Third parties create your advertising profile."
        ),
        profiles=True,
        gpc=True,
    ),
)

SERVICES = (
    Service(
        "session",
        "necessary",
        "Connexion",
        Basis.EXEMPT,
        "authentication",
        trackers=(
            Tracker("sessionid", max_age_seconds=14 * 86_400, http_only=True),
            Tracker("csrftoken", max_age_seconds=365 * 86_400),
        ),
    ),
    Service(
        "counts",
        "audience",
        "Compteur anonyme",
        Basis.EXEMPT,
        "audience",
        bit=0,
        trackers=(Tracker("gz_seen", max_age_seconds=395 * 86_400),),
    ),
    Service(
        "matomo",
        "audience",
        "Matomo",
        hosts=hosts("stats.gazette.example"),
        trackers=(
            Tracker("_pk_id*", max_age_seconds=393 * 86_400),
            Tracker("_pk_ses*", max_age_seconds=1_800),
        ),
    ),
    Service(
        "youtube",
        "social",
        "YouTube",
        kind=Kind.EMBED,
        vendor="google",
        bit=1,
        otherwise=Otherwise.PLACEHOLDER,
        hosts=hosts("www.youtube.com", "www.youtube-nocookie.com", "*.ytimg.com"),
        trackers=(
            Tracker("VISITOR_INFO1_LIVE", max_age_seconds=180 * 86_400, party="third", domain="youtube.com"),
        ),
    ),
    Service(
        "plaza",
        "social",
        "Plaza",
        kind=Kind.EMBED,
        vendor="plaza",
        hosts=hosts("plaza.example"),
        otherwise=Otherwise.PLACEHOLDER,
    ),
    Service(
        "reading",
        "personalisation",
        "Profil de lecture",
        kind=Kind.STORAGE,
        trackers=(
            Tracker("gz_reader", max_age_seconds=180 * 86_400, path="/articles"),
            Tracker("gz_last", kind="local"),
        ),
    ),
    Service(
        "pixel",
        "advertising",
        "Pixel Facebook",
        vendor="meta",
        hosts=hosts("connect.facebook.net", "www.facebook.com"),
        trackers=(Tracker("_fbp", max_age_seconds=90 * 86_400, domain=".gazette.example"),),
    ),
    Service(
        "bids",
        "advertising",
        "Enchères",
        kind=Kind.ADS,
        vendor="bidder",
        reach=Reach.OPEN,
        otherwise=Otherwise.HOUSE,
        hosts=hosts("bids.example"),
        trackers=(Tracker("IDE", max_age_seconds=395 * 86_400, party="third"),),
    ),
    Service("newsletter", "personalisation", "Lettre", Basis.OBJECTION, bit=2),
)

VENDORS = (
    Vendor("google", "Google Ireland", "IE", "https://policies.google.com/privacy"),
    Vendor("meta", "Meta Platforms", "US", "https://www.facebook.com/privacy"),
    Vendor("plaza", "Plaza", "FR", "https://plaza.example/vie-privee"),
    Vendor("bidder", "Bidder & Sons", "GB", "https://bids.example/privacy"),
)

POLICY = Policy(
    revision=3,
    site=SITE,
    purposes=PURPOSES,
    services=SERVICES,
    vendors=VENDORS,
    enforce=Enforce(mode=Mode.ENFORCE),
    digest="sha256:0123",
)


def a_policy(**changes: object) -> Policy:
    """Return the policy with other fields."""
    return replace(POLICY, **changes)  # type: ignore[arg-type]


@dataclass
class Browser:
    """A reader's browser: it keeps cookies and says where it comes from."""

    site: Site = field(default_factory=lambda: Site.in_memory(POLICY, clock=lambda: DAY * 86_400 + 36_000))
    cookies: dict[str, str] = field(default_factory=dict)
    gpc: bool = False
    host: str = "gazette.example"

    def __post_init__(self) -> None:
        self.endpoints = Endpoints(self.site)

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send a request and keep the cookies of its answer."""
        path, _, query = url.partition("?")
        lines = dict(headers or {})
        if self.cookies:
            lines["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.gpc:
            lines["sec-gpc"] = "1"
        head = RequestHead(method, "https", self.host, path, query, tuple(lines.items()), path)
        answer = self.endpoints.handle(head, body, self.site.visit(head))
        if isinstance(answer, Pending):
            answer = answer.answer()
        self._keep(answer)
        return answer

    def get(self, url: str, **headers: str) -> Response:
        """Ask for an address."""
        return self.send("GET", url, headers={name.replace("_", "-"): v for name, v in headers.items()})

    def post_form(self, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Response:
        """Send a form from a page of the site."""
        own = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN, **(headers or {})}
        return self.send("POST", "/bandeau/choices", urlencode(fields).encode(), own)

    def post_json(self, value: object, headers: Mapping[str, str] | None = None) -> Response:
        """Send JSON as the panel does."""
        own = {"content-type": "application/json", "origin": ORIGIN, **(headers or {})}
        return self.send("POST", "/bandeau/choices", json.dumps(value).encode(), own)

    def accept(self, **more: str) -> Response:
        """Press "Tout accepter" on the first layer, without JavaScript."""
        return self.post_form({**FIRST, "action": "accept", **more})

    def refuse(self, **more: str) -> Response:
        """Press "Tout refuser" on the first layer, without JavaScript."""
        return self.post_form({**FIRST, "action": "refuse", **more})

    def allows(self, subject_id: str) -> bool:
        """Tell whether the next page allows something."""
        lines = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        head = RequestHead("GET", "https", self.host, "/", "", tuple(lines.items()) if self.cookies else ())
        return self.site.visit(head).allows(subject_id).allowed

    def _keep(self, answer: Response) -> None:
        for name, value in answer.headers:
            if name == "set-cookie":
                (key, content), *_ = pairs(value)
                if "Max-Age=0" in value:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = content


ALL = "audience,social,personalisation,advertising"
FIRST = {"shown": ALL, "revision": "3", "source": "first", "language": "fr"}
PANEL = {
    "shown": ALL.split(","),
    "shown_services": ["counts", "youtube", "newsletter"],
    "revision": 3,
    "source": "panel",
    "language": "fr",
}


def header(answer: Response, name: str) -> str:
    """Return the only value of a header, or an empty text."""
    values = [value for key, value in answer.headers if key == name]
    assert len(values) < 2, values
    return values[0] if values else ""


def headers_of(answer: Response, name: str) -> list[str]:
    """Return all values of a header."""
    return [value for key, value in answer.headers if key == name]
