"""What a record says of purposes and services, for the forms in which others want to read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bandeau.core.consent import Event
from bandeau.core.policy import Basis, Policy, Purpose, Service, Texts
from bandeau.core.record import ConsentRecord

_LAYERS = {"first": "first layer", "panel": "panel", "settings": "settings page", "embed": "placeholder"}
_BUTTONS = {
    "refuse": "refuse all",
    "accept": "accept all",
    "save": "save choices",
    "withdraw": "withdraw all",
}
#: Where a regime applies: ISO 3166, and EU.
_PLACES = {"eu-fr": ("EU", "FR"), "us-ca": ("US-CA",), "uk": ("GB",), "br": ("BR",)}


@dataclass(frozen=True, slots=True)
class Answer:
    """A purpose with its answer, and each of its services with theirs.

    ``purpose`` is ``None`` and ``services`` empty where the record was made under another policy than
    the one at hand: what that one says was not said then.
    """

    id: str
    allowed: bool
    purpose: Purpose | None
    services: tuple[tuple[Service, bool], ...]


def answers(record: ConsentRecord, policy: Policy) -> Iterator[Answer]:
    """Yield the answer of each purpose, with the services that the reader was asked about."""
    same = policy.digest == record.policy_digest
    for purpose_id, allowed in record.purposes.items():
        asked = [
            service
            for service in (policy.services_of(purpose_id) if same else ())
            if service.basis is Basis.CONSENT or service.id in record.services
        ]
        yield Answer(
            purpose_id,
            allowed,
            policy.purpose(purpose_id) if same else None,
            tuple((service, record.services.get(service.id, allowed)) for service in asked),
        )


def places(record: ConsentRecord) -> tuple[str, ...]:
    """Return where the record's regime applies, by ISO 3166 code or ``EU``, the widest first."""
    return _PLACES.get(record.regime, ())


def method(record: ConsentRecord) -> str:
    """Say in words what the reader pressed, and where."""
    layer = _LAYERS.get(record.source, record.source)
    said = f"web page, {layer}: {_BUTTONS.get(record.action, record.action)}"
    if record.event == Event.BY_SIGNAL:
        return f"{said}; refused before by the browser's signal (Sec-GPC: 1)"
    return said


def in_language(texts: Texts | str, language: str, otherwise: str) -> str:
    """Return a text of the policy in a language, else in any, else ``otherwise``."""
    if isinstance(texts, str):
        return texts or otherwise
    return texts.get(language) or next(iter(texts.values()), "") or otherwise
