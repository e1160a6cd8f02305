"""Consent records."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bandeau.core.consent import Consent, Event
from bandeau.core.record import FIRST_SCHEMA, SCHEMA, Circumstances, ConsentRecord, read_record, record_choice
from tests.core.test_decision import POLICY

HOW = Circumstances("r1", "s1", "save", "panel", "fr", "2026-11-23T10:00:00Z", "eu-fr", gpc=False)
TODAY = 20_780
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ANSWERS = st.dictionaries(TEXT, st.booleans(), max_size=4)
RECORDS = st.builds(
    ConsentRecord,
    **dict.fromkeys(
        ("record_id", "subject_id", "site_id", "environment", "action", "source", "language"), TEXT
    ),
    event=st.sampled_from([event.value for event in Event]),
    at=TEXT,
    revision=st.integers(-(2**53) + 1, 2**53 - 1),
    policy_digest=TEXT,
    regime=TEXT,
    gpc=st.booleans(),
    purposes=ANSWERS,
    services=ANSWERS,
    expires_at=TEXT,
    notice_digest=TEXT,
    widget_digest=TEXT,
)
#: A body as the first version wrote it.
FIRST = (
    b'{"action":"accept","at":"2026-11-23T08:00:00Z","environment":"test","event":"given","gpc":false,'
    b'"language":"fr","policy_digest":"sha256:00","purposes":{"audience":true},"record_id":"r0","regime":"eu-fr",'
    b'"revision":3,"schema":"bandeau-record-1","services":{},"site_id":"gazette","source":"first","subject_id":"s0"}'
)


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


def test_record_says_what_was_shown_and_when_it_ends() -> None:
    """Layer, button, language, text, browser part, time and end (REC-02)."""
    how = replace(HOW, notice_digest="sha256:aa", widget_digest="sha256:bb")
    record = record_choice(POLICY, Consent(5, TODAY), Event.REFUSED, how)
    assert (record.source, record.action, record.language) == ("panel", "save", "fr")
    assert (record.notice_digest, record.widget_digest) == ("sha256:aa", "sha256:bb")
    assert (record.at, record.expires_at) == ("2026-11-23T10:00:00Z", "2027-05-24T10:00:00Z")


def test_a_kept_yes_ends_with_its_own_day() -> None:
    """A choice that goes on from an earlier day is over when that day's term is."""
    record = record_choice(POLICY, Consent(5, TODAY - 100), Event.GIVEN, HOW)
    assert record.expires_at == "2027-02-14T00:00:00Z"


def test_a_record_is_expired_once_its_time_is_over() -> None:
    """Nothing is written then: the end stands in the record."""
    record = record_choice(POLICY, Consent(5, TODAY), Event.GIVEN, HOW)
    assert record.event_at("2027-05-24T09:59:59Z") is Event.GIVEN
    assert record.event_at("2027-05-24T10:00:00Z") is Event.EXPIRED
    assert read_record(FIRST).event_at("2099-01-01T00:00:00Z") is Event.GIVEN


@given(RECORDS)
def test_canonical_bytes_are_those_of_the_reference_and_come_back(record: ConsentRecord) -> None:
    """RFC 8785, every member there, whatever stands in the texts; reading gives the same record."""
    data = record.canonical()
    members = json.loads(data)
    assert data == rfc8785.dumps(members)
    assert set(members) == set(ConsentRecord.__slots__)
    assert read_record(data) == record


def test_records_of_the_first_schema_stay_as_they_are() -> None:
    """They are read, and written again, without a member that they never had."""
    record = read_record(FIRST)
    assert (record.schema, record.event, record.purposes) == (FIRST_SCHEMA, "given", {"audience": True})
    assert (record.expires_at, record.notice_digest, record.widget_digest) == ("", "", "")
    assert record.canonical() == FIRST
    assert ConsentRecord(**json.loads(FIRST)) == record


def test_a_record_holds_nothing_that_names_a_person_or_a_page() -> None:
    """REC-05: no address, no user agent, no URL among its members."""
    assert set(ConsentRecord.__slots__) == {
        *("schema", "record_id", "subject_id", "site_id", "environment"),
        *("event", "action", "source", "language", "at", "expires_at", "regime", "gpc"),
        *("revision", "policy_digest", "notice_digest", "widget_digest", "purposes", "services"),
    }


GOOD = record_choice(POLICY, Consent(5, TODAY), Event.GIVEN, HOW).canonical()
BAD = {
    "nothing": b"",
    "a list": b"[]",
    "cut": GOOD[:-1],
    "another schema": GOOD.replace(SCHEMA.encode(), b"bandeau-record-9"),
    "another kind": b'{"schema":"bandeau-tombstone-1"}',
    "the first schema with members of the second": GOOD.replace(SCHEMA.encode(), FIRST_SCHEMA.encode()),
    "a member that is not known": GOOD.replace(b'{"action"', b'{"Extra":1,"action"'),
    "a member that is missing": GOOD.replace(b',"widget_digest":""', b""),
    "a member twice": GOOD.replace(b'{"action"', b'{"action":"accept","action"'),
    "white space": GOOD.replace(b":", b": "),
    "a number that is none": GOOD.replace(b'"revision":5', b'"revision":"5"'),
    "a yes that is no boolean": GOOD.replace(b'"audience":false', b'"audience":1'),
    "an unknown event": GOOD.replace(b'"given"', b'"guessed"'),
    "no text": GOOD.replace(b"panel", b"\xff\xfe"),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_record_is_refused(body: bytes) -> None:
    """Also whatever a reader could pass over although it was committed to."""
    assert body != GOOD
    with pytest.raises(ValueError):
        read_record(body)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    """A body is a record or a ValueError."""
    with pytest.raises(ValueError):
        read_record(data)
