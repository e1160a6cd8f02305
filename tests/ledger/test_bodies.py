"""The rows that a log writes about itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence
from bandeau.ledger.bodies import (
    KINDS,
    AuditKept,
    KeyAdded,
    LogOpened,
    Reason,
    Tombstone,
    audit_body,
    key_body,
    opened_body,
    read_body,
    tombstone_body,
)
from bandeau.ledger.checkpoint import Checkpoint
from tests.ledger.test_checkpoint import KEY, ORIGIN
from tests.storage.records import a_record

AT = "2026-11-23T10:00:00Z"


def test_a_tombstone_names_rows_in_order_and_neighbours_together() -> None:
    body = tombstone_body(ORIGIN, [9, 4, 2, 3, 4], "erasure", AT)

    assert body == (
        b'{"at":"2026-11-23T10:00:00Z","entries":[[2,4],9],"origin":"lagazette.example/gazette/test/2026",'
        b'"reason":"erasure","schema":"bandeau-tombstone-1"}'
    )


def test_a_tombstone_of_a_whole_year_is_short() -> None:
    assert len(tombstone_body(ORIGIN, range(1_000_000), "retention", AT)) < 200


def test_a_log_that_follows_another_holds_its_last_checkpoint() -> None:
    previous = Checkpoint(ORIGIN, 1, bytes(32)).signed([KEY])

    body = json.loads(opened_body("lagazette.example/gazette/test/2027", AT, previous))
    assert body["previous"].encode() == previous
    assert KINDS[body["schema"]] == "opened"


def test_the_first_log_follows_none() -> None:
    assert json.loads(opened_body(ORIGIN, AT, None))["previous"] is None


def test_a_new_key_is_announced_as_verifiers_are_written() -> None:
    body = json.loads(key_body(ORIGIN, AT, KEY.verifier))

    assert body["key"] == str(KEY.verifier)
    assert KINDS[body["schema"]] == "key"


def test_an_audit_is_kept_by_the_root_over_its_evidence() -> None:
    kept = AuditKept(ORIGIN, AT, AT, "kept", "sha256:1", 7, "sha256:" + "0" * 64)

    assert read_body(audit_body(kept)) == kept
    assert KINDS[json.loads(audit_body(kept))["schema"]] == "audit"
    with pytest.raises(MalformedEvidence, match="by the root over one file"):
        read_body(audit_body(replace(kept, root="sha256:0")))


def test_what_a_log_writes_about_itself_is_read_back() -> None:
    previous = Checkpoint(ORIGIN, 1, bytes(32)).signed([KEY])

    assert read_body(opened_body(ORIGIN, AT, previous)) == LogOpened(ORIGIN, AT, previous)
    assert read_body(opened_body(ORIGIN, AT, None)) == LogOpened(ORIGIN, AT, None)
    assert read_body(key_body(ORIGIN, AT, KEY.verifier)) == KeyAdded(ORIGIN, AT, KEY.verifier)
    assert read_body(a_record().canonical()) == a_record()


@given(st.sets(st.integers(0, 300)), st.sampled_from(["erasure", "retention"]))
def test_a_tombstone_names_exactly_what_it_was_made_for(entries: set[int], reason: Reason) -> None:
    found = read_body(tombstone_body(ORIGIN, entries, reason, AT))

    assert isinstance(found, Tombstone)
    assert (found.origin, found.reason, found.at) == (ORIGIN, reason, AT)
    assert {index for first, last in found.runs for index in range(first, last + 1)} == entries


@pytest.mark.parametrize(
    "body",
    [
        b'{"schema":"bandeau-key-1"}',
        b'{"at":"","key":"","origin":"","schema":"bandeau-key-1"}',
        b'{"at":"","entries":[],"origin":"","reason":"erasure","schema":"bandeau-tombstone-1","x":1}',
        b'{"at":"","entries":[],"origin":"","origin":"","reason":"erasure","schema":"bandeau-tombstone-1"}',
        b'{"schema":"bandeau-tombstone-1","at":"","entries":[],"origin":"","reason":"erasure"}',
        b'{"at":"","entries":[[0,1,2]],"origin":"","reason":"erasure","schema":"bandeau-tombstone-1"}',
        b'{"at":"","entries":[1.5],"origin":"","reason":"erasure","schema":"bandeau-tombstone-1"}',
        b'{"at":"","entries":[1,1],"origin":"","reason":"erasure","schema":"bandeau-tombstone-1"}',
        b'{"at":"","entries":[[0,2],1],"origin":"","reason":"erasure","schema":"bandeau-tombstone-1"}',
        b'{"at":"","origin":"","previous":"\\ud800","schema":"bandeau-log-opened-1"}',
        b'{"at":"","origin":"","previous":1,"schema":"bandeau-log-opened-1"}',
    ],
)
def test_bodies_that_no_log_writes_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        read_body(body)


@given(
    st.binary(max_size=100)
    | st.sampled_from(sorted(KINDS)).map(lambda schema: b'{"schema":"%s"}' % schema.encode())
)
def test_any_bytes_are_a_body_or_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        read_body(body)
