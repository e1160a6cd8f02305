"""Consent record: what is kept to demonstrate one choice (standards REC-01, REC-02)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from bandeau.core.canonical import LARGEST_INTEGER, Json, canonical_bytes, sorted_bytes
from bandeau.core.consent import Consent, Event
from bandeau.core.policy import DAY_SECONDS, Policy

SCHEMA = "bandeau-record-2"
#: What earlier records say of themselves; stores keep them as they are.
FIRST_SCHEMA = "bandeau-record-1"


class ConsentRecord(msgspec.Struct, frozen=True):  # one for each choice: written ten times as fast
    """One choice, with an explicit answer for every purpose and overridden service.

    It holds no address, no user agent and no page. ``source`` is the layer that was shown
    (first, panel, settings, embed), ``action`` the button. ``at`` is the server's UTC time to the
    second, RFC 3339, and ``expires_at`` when the choice ends by itself. ``notice_digest`` names
    the text that was shown and ``widget_digest`` the browser part, as the archive keeps them;
    ``""`` where they are not known, as in records of the first schema.
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
    expires_at: str = ""
    notice_digest: str = ""
    widget_digest: str = ""

    def canonical(self) -> bytes:
        """Return the record's canonical bytes: what is stored and committed to."""
        plain = sorted_bytes(self) if self._is_plain() else None
        return plain if plain is not None else canonical_bytes(self._members())

    def _is_plain(self) -> bool:
        """Tell whether nothing but the order of its keys makes a record canonical."""
        keys_are_ascii = all(map(str.isascii, self.purposes)) and all(map(str.isascii, self.services))
        return self.schema != FIRST_SCHEMA and keys_are_ascii and abs(self.revision) <= LARGEST_INTEGER

    def _members(self) -> dict[str, Json]:
        members = msgspec.structs.asdict(self)
        members["purposes"] = {**self.purposes}
        members["services"] = {**self.services}
        if self.schema == FIRST_SCHEMA:
            for name in _SINCE_SECOND:
                del members[name]
        return members

    def event_at(self, at: str) -> Event:
        """Return what the choice is at a time (UTC, RFC 3339): its event, or ``expired``.

        No row is written when a choice ends: its end stands in it from the beginning.
        """
        over = bool(self.expires_at) and at >= self.expires_at
        return Event.EXPIRED if over else Event(self.event)


_SINCE_SECOND = ("expires_at", "notice_digest", "widget_digest")
_EVENTS = frozenset(event.value for event in Event)
#: How the time of a record is written.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_decode = msgspec.json.Decoder(ConsentRecord).decode


def read_record(body: bytes) -> ConsentRecord:
    """Return the record of a stored body, of either schema.

    Raises:
        ValueError: it is none, or not in canonical form.
    """
    record = _decode(body)
    if record.schema not in (SCHEMA, FIRST_SCHEMA):
        raise ValueError(f"schema {record.schema!r} is neither {FIRST_SCHEMA} nor {SCHEMA}")
    if record.event not in _EVENTS:
        raise ValueError(f"a record of an unknown event, {record.event!r}")
    # What is committed to are these very bytes: a member that is not known here, or a second
    # one of the same name, must not be passed over.
    if record.canonical() != body:
        raise ValueError("a record that is not in canonical form")
    return record


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
    notice_digest: str = ""
    widget_digest: str = ""


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
        expires_at=_expiry(policy, consent, how.at),
        notice_digest=how.notice_digest,
        widget_digest=how.widget_digest,
    )


def _expiry(policy: Policy, consent: Consent, at: str) -> str:
    """Return when a choice ends: its cookie by the second, a kept *yes* with its own last day."""
    cookie = datetime.fromisoformat(at) + timedelta(days=policy.remember_days)
    last_day = consent.day + policy.remember_days
    end = min(cookie, datetime.fromtimestamp((last_day + 1) * DAY_SECONDS, UTC))
    return end.replace(tzinfo=None).isoformat() + "Z"
