"""Consent record: what is kept to demonstrate one choice (standards REC-01, REC-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bandeau.core.canonical import canonical_bytes
from bandeau.core.consent import Consent, Event
from bandeau.core.policy import Policy

SCHEMA = "bandeau-record-1"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One choice, with an explicit answer for every purpose and overridden service.

    It holds no address, no user agent and no page. ``at`` is the server's UTC time to the
    second, RFC 3339.
    """

    record_id: str
    subject_id: str
    site_id: str
    environment: str
    event: str
    action: str
    source: str
    language: str
    at: str
    revision: int
    policy_digest: str
    regime: str
    gpc: bool
    purposes: Mapping[str, bool]
    services: Mapping[str, bool]
    schema: str = SCHEMA

    def canonical(self) -> bytes:
        """Return the record's canonical bytes: what is stored and later committed to."""
        fields = asdict(self)
        fields["purposes"] = dict(self.purposes)
        fields["services"] = dict(self.services)
        return canonical_bytes(fields)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and how a choice was made, as far as it is kept."""

    record_id: str
    subject_id: str
    action: str
    source: str
    language: str
    at: str
    regime: str
    gpc: bool


def record_choice(policy: Policy, consent: Consent, event: Event, how: Circumstances) -> ConsentRecord:
    """Make the record of a choice."""
    return ConsentRecord(
        record_id=how.record_id,
        subject_id=how.subject_id,
        site_id=policy.site.id,
        environment=policy.site.environment,
        event=event.value,
        action=how.action,
        source=how.source,
        language=how.language,
        at=how.at,
        revision=consent.revision,
        policy_digest=policy.digest,
        regime=how.regime,
        gpc=how.gpc,
        purposes={p.id: bool(consent.granted >> p.bit & 1) for p in policy.switches()},
        services={
            s.id: bool(consent.service_granted >> s.bit & 1)
            for s in policy.services
            if s.bit is not None and consent.service_answered >> s.bit & 1
        },
    )
