"""Consent records."""

from __future__ import annotations

import json

from bandeau.core.canonical import canonical_bytes, digest
from bandeau.core.consent import Consent, Event
from bandeau.core.record import Circumstances, record_choice
from tests.core.test_decision import POLICY

HOW = Circumstances("r1", "s1", "save", "panel", "fr", "2026-11-23T10:00:00Z", "eu-fr", gpc=False)


def test_record_answers_every_purpose_and_overridden_service() -> None:
    """True or false for each purpose, and for each service with an answer of its own (REC-01)."""
    consent = Consent(5, 20_000, answered=2, granted=2, service_answered=2, service_granted=0)
    record = record_choice(POLICY, consent, Event.GIVEN, HOW)
    assert record.purposes == {
        "audience": True,
        "social": False,
        "ads": False,
        "late": False,
        "reworded": False,
    }
    assert record.services == {"video": False}


def test_canonical_bytes_are_one_per_record() -> None:
    """Keys sorted, no white space (RFC 8785), every field there."""
    record = record_choice(POLICY, Consent(5, 20_000), Event.REFUSED, HOW)
    data = record.canonical()
    assert data == canonical_bytes(json.loads(data))
    assert set(json.loads(data)) == set(record.__slots__)
    assert digest(data).startswith("sha256:")
