"""What the stand-in third parties received, told in words beside the reader's choice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.http import HttpRequest

from newspaper.consent import chosen_at
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
    "refused": "Refusé par votre choix actuel",
    "once": "Autorisé pour cette fois, ou avant votre choix",
    "undated": "Votre choix actuel le refuse ; reçu avant que cette page sache quand vous avez choisi",
    "earlier": "Reçu avant votre dernier choix, qui ne dit rien de cet appel",
    "delegated": "Délégué : appelé par un service que vous autorisez, sans que la page le nomme",
    "allowed": "Autorisé par votre choix actuel",
    "unguarded": "Bandeau est débranché : rien n’a été demandé au lecteur",
}
#: How the sum at the head of the page names each verdict, for one call and for several.
COUNTED = {
    "refused": ("refusé", "refusés"),
    "allowed": ("autorisé", "autorisés"),
    "delegated": ("délégué", "délégués"),
    "once": ("autorisé pour cette fois ou avant votre choix",) * 2,
    "undated": ("de date inconnue",) * 2,
    "earlier": ("d’avant votre dernier choix",) * 2,
}
IDENTIFIERS = ("cid", "uid", "fbp", "_id", "tid", "id")
_ORDER = tuple(VERDICTS)
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
    told: dict[str, str] = field(default_factory=dict)

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
        """How many calls the reader's current choice refuses, and no earlier one explains."""
        return self._count("refused")

    @property
    def to_read(self) -> int:
        """How many calls the reader has to judge: older than the choice, or allowed once."""
        return sum(map(self._count, ("once", "undated", "earlier")))

    @property
    def in_sum(self) -> str:
        """The calls counted by verdict: "9 autorisés, 2 délégués"."""
        counts = ((self._count(verdict), names) for verdict, names in COUNTED.items())
        return ", ".join(f"{count} {names[count > 1]}" for count, names in counts if count)

    def _count(self, verdict: str) -> int:
        return sum(each.calls for each in self.received if each.verdict == verdict)


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
    since = _Since.of(visit) if guarded else _Since()
    received: dict[tuple[str, str, str], Received] = {}
    for hit in hits or []:
        judged = _judge(visit, hit, since) if guarded else Received(hit["host"], "", "unguarded")
        line = received.setdefault((judged.host, judged.service, judged.verdict), judged)
        line.calls += 1
        line.last = datetime.fromtimestamp(hit["at"], UTC)
        line.told |= dict(_told(hit))
    return Proof(
        reachable=hits is not None,
        guarded=guarded,
        calls=len(hits or []),
        options=tuple(_options(visit)) if guarded else (),
        received=tuple(sorted(received.values(), key=lambda line: (_ORDER.index(line.verdict), line.host))),
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


@dataclass(frozen=True, slots=True)
class _Since:
    """Which calls the current choice can be held against."""

    answered: bool = False
    at: float | None = None

    @classmethod
    def of(cls, visit: Any) -> _Since:
        """Whether the visit's reader has chosen, and when: of that the cookie knows the day alone."""
        answered = hasattr(visit.known, "granted")
        return cls(answered, chosen_at(visit.subject_id) if answered else None)

    def excuses(self, at: float) -> str | None:
        """Why a call that the choice refuses is no proof against it; None when it is one."""
        if not self.answered:
            return None
        if self.at is None:
            return "undated"
        # Within the second of the choice nobody can tell which came first.
        return "earlier" if at < self.at + 1 else None


def _judge(visit: Any, hit: Mapping[str, Any], since: _Since) -> Received:
    found, by = _service_at(visit.policy.services, hit["host"], hit["path"]), ""
    if found is None and (found := _caller(visit.policy.services, hit)):
        by = "appelé par : "
    name = f"{by}{_title(found)}" if found else "hôte ou chemin non déclaré"
    if since.at is not None and hit["at"] < since.at:
        return Received(hit["host"], name, "earlier")
    if found and visit.decide(found.id).allowed:
        return Received(hit["host"], name, "delegated" if by else "allowed")
    if not found and any(
        _delegates(service) and visit.decide(service.id).allowed for service in visit.policy.services
    ):
        return Received(hit["host"], "", "delegated")
    # A reader may show one embed without allowing its service: nothing is kept of that, no record either.
    once = "once" if found and str(found.kind) == "embed" else None
    return Received(hit["host"], name, once or since.excuses(hit["at"]) or "refused")


def _service_at(services: Iterable[Any], host: str, path: str) -> Any | None:
    # A network's pixel and its share button may share a host: the path tells them apart.
    for service in services:
        if any(pattern.matches(host, settings.STANDIN_PORT, path) for pattern in service.hosts):
            return service
    return None


def _caller(services: Iterable[Any], hit: Mapping[str, Any]) -> Any | None:
    # What a frame loads inside itself names the frame as its origin.
    origin = urlsplit(hit["referer"])
    return _service_at(services, origin.hostname or "", origin.path or "/")


def _delegates(service: Any) -> bool:
    # What an allowed frame loads inside itself is its vendor's business, as with an open reach.
    return str(service.reach) == "open" or str(service.kind) == "embed"


def _told(hit: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """What a call told, each kind once with its latest example."""
    fields = parse_qs(hit["query"])
    if any(name in fields for name in PAGE_FIELDS):
        yield "l’adresse de la page lue", ""
    if any(name in fields for name in IDENTIFIERS):
        yield "un identifiant", ""
    if hit["cookie"]:
        yield "son cookie", hit["cookie"][:40]
    if hit["referer"]:
        yield "d’où vient l’appel", hit["referer"][:60]
    yield "l’adresse IP et le navigateur", ""
