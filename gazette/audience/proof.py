"""What the stand-in third parties received, told in words beside the reader's choice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

from django.conf import settings
from django.http import HttpRequest

from newspaper.visits import visit_of

REASONS = {
    "necessary": "indispensable au fonctionnement",
    "exempt": "dispensé de consentement",
    "granted": "vous l’avez autorisé",
    "denied": "vous l’avez refusé",
    "objected": "vous vous y êtes opposé",
    "unset": "vous n’avez pas encore choisi, donc refusé",
    "expired": "votre choix a expiré, donc refusé",
    "outdated": "nouveau destinataire, à vous redemander",
    "signal": "votre navigateur le refuse (Global Privacy Control)",
    "regime": "règle de votre pays",
    "invalid": "choix illisible, donc refusé",
}
VERDICTS = {
    "allowed": "Autorisé par votre choix actuel",
    "delegated": "Délégué : appelé par un service que vous autorisez, sans que la page le nomme",
    "refused": "Refusé par votre choix actuel",
    "unguarded": "Bandeau est débranché : rien n’a été demandé au lecteur",
}
IDENTIFIERS = ("cid", "uid", "fbp", "_id", "tid", "id")
PAGE_FIELDS = ("dl", "url", "page", "l", "href")


class Named(Protocol):
    """A service or purpose of the policy."""

    id: str
    title: Any


@dataclass(frozen=True, slots=True)
class Option:
    """One purpose, as the reader has decided."""

    title: str
    allowed: bool
    reason: str


@dataclass(slots=True)
class Received:
    """All calls that one host received."""

    host: str
    service: str
    verdict: str
    calls: int = 0
    last: datetime | None = None
    told: dict[str, None] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """The verdict as a sentence."""
        return VERDICTS[self.verdict]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the page shows."""

    reachable: bool
    guarded: bool
    calls: int
    options: tuple[Option, ...]
    received: tuple[Received, ...]

    @property
    def against_choice(self) -> int:
        """How many calls the reader's current choice refuses."""
        return sum(each.calls for each in self.received if each.verdict == "refused")


def ask_standin() -> list[dict[str, Any]] | None:
    """The stand-in's hits, None when it does not answer."""
    try:
        with urlopen(_address("/__hits"), timeout=2) as answer:  # noqa: S310 - the address is ours
            hits: list[dict[str, Any]] = json.load(answer)["hits"]
            return hits
    except (URLError, OSError, ValueError):
        return None


def forget() -> None:
    """Empties the stand-in's log; does nothing when it does not answer."""
    try:
        urlopen(Request(_address("/__reset"), b"", method="POST"), timeout=2).close()  # noqa: S310
    except (URLError, OSError):
        return


def _address(path: str) -> str:
    return f"http://127.0.0.1:{settings.STANDIN_PORT}{path}"


def read_proof(request: HttpRequest, hits: list[dict[str, Any]] | None) -> Proof:
    """Puts the hits beside the choice of the request's reader."""
    visit: Any = visit_of(request)
    guarded = hasattr(visit, "policy")
    received: dict[tuple[str, str], Received] = {}
    for hit in hits or []:
        judged = _judge(visit, hit) if guarded else Received(hit["host"], "", "unguarded")
        line = received.setdefault((judged.host, judged.service), judged)
        line.calls += 1
        line.last = datetime.fromtimestamp(hit["at"], UTC)
        line.told |= dict.fromkeys(_told(hit))
    return Proof(
        reachable=hits is not None,
        guarded=guarded,
        calls=len(hits or []),
        options=tuple(_options(visit)) if guarded else (),
        received=tuple(sorted(received.values(), key=lambda line: (line.verdict != "refused", line.host))),
    )


def _options(visit: Any) -> Iterable[Option]:
    for purpose in visit.policy.purposes:
        decision = visit.decide(purpose.id)
        yield Option(
            _title(purpose), decision.allowed, REASONS.get(str(decision.reason), str(decision.reason))
        )


def _title(named: Named) -> str:
    if isinstance(named.title, Mapping):
        return str(named.title.get("fr") or next(iter(named.title.values()), named.id))
    return str(named.title or named.id)


def _judge(visit: Any, hit: Mapping[str, Any]) -> Received:
    found = _services_of(visit.policy.services, hit)
    if found:
        allowed = any(visit.decide(service.id).allowed for service in found)
        return Received(hit["host"], ", ".join(map(_title, found)), "allowed" if allowed else "refused")
    if any(_delegates(service) and visit.decide(service.id).allowed for service in visit.policy.services):
        return Received(hit["host"], "", "delegated")
    return Received(hit["host"], "hôte non déclaré", "refused")


def _services_of(services: Iterable[Any], hit: Mapping[str, Any]) -> list[Any]:
    # A network's pixel and its share button may share a host: the path tells them apart.
    patterns = [(service, pattern) for service in services for pattern in service.hosts]
    exact = [s for s, pattern in patterns if pattern.matches(hit["host"], settings.STANDIN_PORT, hit["path"])]
    found = exact or [service for service, pattern in patterns if pattern.host == hit["host"]]
    return list({service.id: service for service in found}.values())


def _delegates(service: Any) -> bool:
    # What an allowed frame loads inside itself is its vendor's business, as with an open reach.
    return str(service.reach) == "open" or str(service.kind) == "embed"


def _told(hit: Mapping[str, Any]) -> Iterable[str]:
    fields = parse_qs(hit["query"])
    if any(name in fields for name in PAGE_FIELDS):
        yield "l’adresse de la page lue"
    if any(name in fields for name in IDENTIFIERS):
        yield "un identifiant"
    if hit["cookie"]:
        yield f"son cookie ({hit['cookie'][:40]})"
    if hit["referer"]:
        yield f"d’où vient l’appel ({hit['referer'][:60]})"
    yield "l’adresse IP et le navigateur"
