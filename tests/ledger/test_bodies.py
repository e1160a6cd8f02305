"""The rows that a log writes about itself."""

from __future__ import annotations

import json

from bandeau.ledger.bodies import KINDS, key_body, opened_body, tombstone_body
from bandeau.ledger.checkpoint import Checkpoint
from tests.ledger.test_checkpoint import KEY, ORIGIN

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
