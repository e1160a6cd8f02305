"""Receipts: the shared vectors, every flipped bit, and what a verdict says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import LedgerError, MalformedEvidence, ProofError
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.receipt import MAX_RECEIPT_SIZE, Verdict, parse_receipt, verify_receipt
from tests.ledger.memorylog import a_log
from tests.ledger.receipts import FILE, vectors
from tests.ledger.test_proofs import flips

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["receipts"]
GOOD = [vector for vector in VECTORS if "refused" not in vector]
BAD = [vector for vector in VECTORS if "refused" in vector]
LOG = a_log(5)
RECEIPT = LOG.receipt(3)
KEYS = [LOG.key.verifier]


def judge(vector: dict[str, Any]) -> Verdict:
    """Verify the receipt of a vector."""
    keys, witnesses = ([VerifierKey.parse(each) for each in vector[name]] for name in ("keys", "witnesses"))
    return verify_receipt(parse_receipt(vector["receipt"].encode("utf-8", "surrogatepass")), keys, witnesses)


def test_the_vectors_are_those_that_this_version_makes() -> None:
    """Else: python -m tests.ledger.receipts."""
    assert vectors() == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["name"])
def test_good_receipts_verify(vector: dict[str, Any]) -> None:
    verdict = judge(vector)

    assert {name: vector[name] for name in ("level", "code", "index", "origin", "size")} == {
        "level": verdict.level,
        "code": verdict.code,
        "index": verdict.index,
        "origin": verdict.checkpoint.origin,
        "size": verdict.checkpoint.size,
    }


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["refused"])
def test_bad_receipts_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(LedgerError):
        judge(vector)


def test_every_flipped_bit_of_a_receipt_is_refused_or_changes_nothing_that_is_verified() -> None:
    """Spaces between members, and the stated key's name when another key is trusted, are not evidence."""
    true = parse_receipt(RECEIPT)
    for wrong in flips(RECEIPT):
        try:
            receipt = parse_receipt(wrong)
            verify_receipt(receipt, KEYS)
        except LedgerError:
            continue
        assert (receipt.code, receipt.body, receipt.salt, receipt.proof) == (
            true.code,
            true.body,
            true.salt,
            true.proof,
        )


def test_a_receipt_is_read_back() -> None:
    assert parse_receipt(RECEIPT).to_json() == RECEIPT


def test_a_receipt_is_a_file_that_a_reader_can_read() -> None:
    members = json.loads(RECEIPT)

    assert set(members) == {"schema", "code", "record", "salt", "proof", "key"}
    assert members["record"]["purposes"] == {"audience": False}
    assert members["proof"].startswith("c2sp.org/tlog-proof@v1\nindex 3\n")


def test_the_sentences_say_what_was_checked_and_what_is_not_shown() -> None:
    said = verify_receipt(parse_receipt(RECEIPT), KEYS).sentences()

    assert "is unaltered: it is entry 3 of the log lagazette.example/gazette/test/2026" in said[0]
    assert "with a key that you gave" in " ".join(said)
    assert "does not show that a human made the choice" in said[-1]


def test_a_key_that_only_the_receipt_states_is_said_to_prove_nothing_by_itself() -> None:
    """Whoever forges a receipt states a key of their own."""
    said = verify_receipt(parse_receipt(RECEIPT)).sentences()

    assert any("only with the key that the receipt itself states" in sentence for sentence in said)
    assert all("a key that you gave" not in sentence for sentence in said)


def test_a_receipt_forged_with_a_key_of_its_own_does_not_pass_where_a_key_is_trusted() -> None:
    """The positive control: it passes where none is, and the verdict says so."""
    forged = a_log(5)
    stranger = type(LOG.key)(forged.origin, bytes(range(9, 41)))
    forged.key = stranger
    forged.signed()

    assert verify_receipt(parse_receipt(forged.receipt(3))).level == "stated key"
    with pytest.raises(ProofError, match="no trusted key"):
        verify_receipt(parse_receipt(forged.receipt(3)), KEYS)


def test_a_row_that_is_no_record_has_no_receipt() -> None:
    with pytest.raises(MalformedEvidence, match="cannot be read"):
        verify_receipt(parse_receipt(LOG.receipt(0)), KEYS)


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 100_000, b" " * (MAX_RECEIPT_SIZE + 1), b"\xff", b"1" * 5000]
)
def test_what_would_exhaust_a_reader_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        parse_receipt(data)


def test_a_receipt_may_be_as_long_as_is_said_and_no_longer() -> None:
    padded = RECEIPT.ljust(MAX_RECEIPT_SIZE)

    assert parse_receipt(padded) == parse_receipt(RECEIPT)
    with pytest.raises(MalformedEvidence, match="of more than 524288 bytes"):
        parse_receipt(padded + b" ")


@pytest.mark.parametrize("record", [[], None, "record", 5])
def test_the_record_of_a_receipt_is_an_object(record: object) -> None:
    with pytest.raises(MalformedEvidence, match="is an object"):
        parse_receipt(json.dumps({**json.loads(RECEIPT), "record": record}).encode())


MEMBERS = st.sampled_from(["schema", "code", "record", "salt", "proof", "key"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_receipt_or_refused(data: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        parse_receipt(data)


@given(st.dictionaries(MEMBERS, JSON, max_size=3))
def test_any_value_in_any_member_is_judged(changes: dict[str, Any]) -> None:
    data = json.dumps({**json.loads(RECEIPT), **changes}).encode()
    try:
        verify_receipt(parse_receipt(data), KEYS)
    except LedgerError:
        return
    assert not set(changes) - {"key"} or json.loads(data) == json.loads(RECEIPT)
