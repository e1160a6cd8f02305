"""What a case of the judge is, and the facts that several of them are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bandeau.audit.observation import Connection, Observation, ServerFact, Socket
from bandeau.audit.recording import Recording, Visit

from .made import PAGE, recording, visit

METER = "https://meter.example/m.js"
FAR = "https://cdn.unknown.example/x.js"
TUBE = "https://player.tube.example/e"
HOUSE = "https://tag.adhouse.example/t.js"
#: Purpose and service that most cases are about.
AUDIENCE = ("audience", "meter")


@dataclass(frozen=True, slots=True)
class Case:
    """``clean`` is the twin. ``purpose`` and ``subject`` are what the finding must name."""

    code: str
    name: str
    guilty: Recording
    clean: Recording
    purpose: str = ""
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.code}-{self.name}"


def case(code: str, name: str, guilty: Any, clean: Any, purpose: str = "", subject: str = "") -> Case:
    """Return a case; a visit, or several, stand for a recording of them."""
    return Case(code, name, _whole(guilty), _whole(clean), purpose, subject)


def _whole(found: Any) -> Recording:
    if isinstance(found, Recording):
        return found
    return recording(*([found] if isinstance(found, Visit) else found))


def socket(url: str, step: str, kind: Any = "websocket", **changes: Any) -> Socket:
    """Return a channel that a script of the page opens."""
    return Socket(step=step, at_ms=30, url=url, kind=kind, frame_url=PAGE, frame_chain=(PAGE,), **changes)


def connection(host: str, step: str = "arrived", kind: Any = "tls", **changes: Any) -> Connection:
    """Return a connection without a request."""
    return Connection(step=step, at_ms=30, host=host, port=443, kind=kind, **changes)


def server(kind: Any, step: str, **facts: str) -> ServerFact:
    """Return what the site's own server says."""
    return ServerFact(step=step, at_ms=40, kind=kind, facts=facts)


def withdrawn(*facts: Observation, **changes: Any) -> Visit:
    """Return a visit that accepts, reads on, and withdraws."""
    return visit("withdraw", *facts, **changes)
