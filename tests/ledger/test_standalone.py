"""The stand-alone verifier says what the library says, and is what it promises to be."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bandeau.core.canonical import canonical_bytes
from bandeau.errors import LedgerError, MalformedEvidence, ProofError
from bandeau.ledger.base64text import encode_base64
from bandeau.ledger.bodies import CONSENT
from bandeau.ledger.checkpoint import parse_checkpoint
from bandeau.ledger.note import MAX_NOTE_SIZE, SigningKey, VerifierKey, parse_note
from bandeau.ledger.proofs import inclusion_proof, verify_inclusion
from bandeau.ledger.receipt import parse_receipt, verify_receipt
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.tree import EMPTY_ROOT, Frontier
from tests.ledger.memorylog import a_log
from tests.ledger.reference import leaf, mth, read
from tests.ledger.standalone import PATH, VERIFIER
from tests.ledger.test_note import KEY, NOTE
from tests.ledger.test_proofs import flips
from tests.ledger.test_receipt import BAD, GOOD, JSON, KEYS, RECEIPT
from tests.storage.records import a_record

PUBLIC = KEY.verifier.public_key
TEXT = b"a text"
SIGNATURE = KEY.sign(TEXT)


# What it is


def test_it_is_one_file_of_500_lines_that_needs_the_standard_library_only() -> None:
    source = PATH.read_text(encoding="utf-8")
    imported = [
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else [node.module])
    ]

    assert len(source.splitlines()) <= 500
    assert all(str(name).split(".")[0] in sys.stdlib_module_names for name in imported)


def test_it_is_written_for_python_3_9() -> None:
    ast.parse(PATH.read_text(encoding="utf-8"), feature_version=(3, 9))


# Ed25519 against the library that everybody uses


def theirs(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return what OpenSSL says."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_it_accepts_what_others_sign(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)

    assert VERIFIER.signature_is_valid(key.public_key().public_bytes_raw(), message, key.sign(message))


def test_it_refuses_every_flipped_bit_of_key_text_and_signature() -> None:
    assert VERIFIER.signature_is_valid(PUBLIC, TEXT, SIGNATURE)
    for wrong in list(flips(PUBLIC))[::3]:
        assert VERIFIER.signature_is_valid(wrong, TEXT, SIGNATURE) is False
    for wrong in list(flips(TEXT))[::3]:
        assert VERIFIER.signature_is_valid(PUBLIC, wrong, SIGNATURE) is False
    for wrong in list(flips(SIGNATURE))[::3]:
        assert VERIFIER.signature_is_valid(PUBLIC, TEXT, wrong) is False


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_it_judges_any_key_and_signature_as_others_do(public_key: bytes, signature: bytes) -> None:
    assert theirs(public_key, TEXT, signature) == VERIFIER.signature_is_valid(public_key, TEXT, signature)


def test_it_refuses_a_signature_made_larger_by_the_order_of_the_base_point() -> None:
    """RFC 8032 §5.1.7: else one signature would have two spellings."""
    larger = int.from_bytes(SIGNATURE[32:], "little") + VERIFIER.ORDER
    malleable = SIGNATURE[:32] + larger.to_bytes(32, "little")

    assert theirs(PUBLIC, TEXT, malleable) is False
    assert VERIFIER.signature_is_valid(PUBLIC, TEXT, malleable) is False


def test_both_refuse_the_same_weak_keys() -> None:
    """All points of low order, found by computing them: eight, in two spellings some of them."""
    base = VERIFIER.decode_point(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    )
    points = {VERIFIER.encode_point(VERIFIER.multiply(factor, base)) for factor in range(8)}
    assert len(points) == 8

    for point in points:
        data = b"\x01" + point
        text = f"weak+{VERIFIER.sha256(b'weak', bytes([10]), data)[:4].hex()}+{VERIFIER.base64.b64encode(data).decode()}"
        with pytest.raises(MalformedEvidence, match="fits more than one"):
            VerifierKey.parse(text)
        with pytest.raises(ValueError, match="fits many texts"):
            VERIFIER.Key(text)


# Formats


@given(JSON)
@example(2**53 - 1)
@example(2**53)
@example(1 - 2**53)
@example(-(2**53))
def test_canonical_json_is_that_of_the_library(value: Any) -> None:
    try:
        expected = canonical_bytes(value)
    except ValueError:
        expected = None
    try:
        ours = VERIFIER.canonical_json(value)
    except ValueError:
        ours = None
    # Floats are not spelt here: no record has any.
    assert ours == expected or (ours is None and has_float(value))


def has_float(value: Any) -> bool:
    """Tell whether there is a float anywhere."""
    if isinstance(value, dict | list):
        return any(map(has_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


@given(st.text())
def test_codes_are_those_of_the_library(record_id: str) -> None:
    assert VERIFIER.receipt_code(record_id) == receipt_code(record_id)


@given(st.binary(max_size=300) | st.sampled_from(list(flips(NOTE))))
@example(b"\n\n")
@example(NOTE + b"\n")
@example(NOTE.rjust(MAX_NOTE_SIZE, b"t"))
@example(NOTE.rjust(MAX_NOTE_SIZE + 1, b"t"))
def test_notes_are_read_as_the_library_reads_them(data: bytes) -> None:
    try:
        note = parse_note(data)
    except MalformedEvidence:
        with pytest.raises(VERIFIER.BROKEN):
            VERIFIER.read_note(data)
        return
    expected = (note.text, [(each.name, each.key_id, each.value) for each in note.signatures])
    assert VERIFIER.read_note(data) == expected


@given(
    st.sampled_from([key.decode("utf-8", "surrogateescape") for key in flips(str(KEY.verifier).encode())])
    | st.text()
)
def test_keys_are_read_as_the_library_reads_them(text: str) -> None:
    with pytest.raises(MalformedEvidence):
        VerifierKey.parse(text)
    with pytest.raises(VERIFIER.BROKEN):
        VERIFIER.Key(text)


@given(st.integers(1, 40), st.data())
def test_inclusion_is_judged_as_the_library_judges(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    claimed = data.draw(st.sampled_from([index, index ^ 1, index + 1]))
    other = data.draw(st.sampled_from([size, size + 1, size - 1, 2 * size]))
    if data.draw(st.booleans()) and proof:
        proof[data.draw(st.integers(0, len(proof) - 1))] = leaf(99)
    entry = index.to_bytes(8, "big")
    root = mth(0, size)
    try:
        verify_inclusion(VERIFIER.sha256(b"\0", entry), claimed, other, proof, root)
    except ProofError:
        with pytest.raises(VERIFIER.BROKEN):
            VERIFIER.check_inclusion(entry, claimed, other, proof, root)
        return
    VERIFIER.check_inclusion(entry, claimed, other, proof, root)


def test_its_tree_is_that_of_the_library() -> None:
    tree, frontier = VERIFIER.Tree(), Frontier.empty()
    for number in range(300):
        assert tree.root() == frontier.root()
        tree.append(leaf(number))
        frontier = frontier.append(leaf(number))


@pytest.mark.parametrize("length", [1024, 1025])
def test_long_lines_are_judged_as_the_library_judges(length: int) -> None:
    """A checkpoint's line, and a verifier key, of the greatest length and of one more."""
    key = SigningKey("k" * (length - 60), bytes(range(32))).verifier
    text = str(VerifierKey("k" * (length - len(str(key)) + len(key.name)), key.public_key))
    checkpoint = f"{'o' * length}\n0\n{encode_base64(EMPTY_ROOT)}\n"

    assert len(text) == length
    for theirs_, ours in ((VerifierKey.parse, VERIFIER.Key), (parse_checkpoint, VERIFIER.Checkpoint)):
        value = text if ours is VERIFIER.Key else checkpoint
        if length == 1024:
            theirs_(value)
            ours(value)
        else:
            with pytest.raises(MalformedEvidence):
                theirs_(value)
            with pytest.raises(ValueError, match=r"written|bad line"):
                ours(value)


# Receipts


def judge(vector: dict[str, Any]) -> Any:
    """Check the receipt of a vector."""
    keys, witnesses = ([VERIFIER.Key(each) for each in vector[name]] for name in ("keys", "witnesses"))
    return VERIFIER.check_receipt(vector["receipt"].encode("utf-8", "surrogatepass"), keys, witnesses)


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["name"])
def test_good_receipts_verify(vector: dict[str, Any]) -> None:
    record, code, index, _, checkpoint = judge(vector)

    assert record == json.loads(vector["receipt"])["record"]
    assert (code, index) == (vector["code"], vector["index"])
    assert (checkpoint.origin, checkpoint.size) == (vector["origin"], vector["size"])
    assert bool(checkpoint.seen) == (vector["level"] == "witnessed")


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["refused"])
def test_bad_receipts_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(VERIFIER.BROKEN):
        judge(vector)


def test_extra_data_beside_a_proof_is_passed_over() -> None:
    """c2sp.org/tlog-proof: it is not authenticated, so it changes nothing."""
    members = json.loads(RECEIPT)
    members["proof"] = members["proof"].replace("index 3", "extra eA==\nindex 3")
    data = json.dumps(members).encode()

    assert verify_receipt(parse_receipt(data), KEYS).index == 3
    assert VERIFIER.check_receipt(data, [VERIFIER.Key(str(KEYS[0]))], [])[2] == 3


def test_every_flipped_bit_of_a_receipt_is_judged_as_the_library_judges() -> None:
    keys = [VERIFIER.Key(str(KEYS[0]))]
    for wrong in list(flips(RECEIPT))[::23]:
        try:
            verify_receipt(parse_receipt(wrong), KEYS)
        except LedgerError:
            with pytest.raises(VERIFIER.BROKEN):
                VERIFIER.check_receipt(wrong, keys, [])
        else:
            VERIFIER.check_receipt(wrong, keys, [])


# What a file says must not become what the program says


def test_texts_of_a_receipt_cannot_pass_for_lines_of_the_program(capsys: Any, tmp_path: Any) -> None:
    """Ends of lines, escapes and turns of direction in a signed record are shown as what they are."""
    log = a_log(2)
    names = {"x\nHOLDS": True, "\x1b[8m": False, "\u202e": True}
    index = log.add(replace(a_record(11, at="2026-11-01T00:00:11Z"), purposes=names))
    log.signed()
    (tmp_path / "receipt.json").write_bytes(log.receipt(index))

    assert VERIFIER.main(["receipt", str(tmp_path / "receipt.json")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines().count("HOLDS") == 1
    assert all(char.isprintable() or char == "\n" for char in said)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": ""},
        {"at": None},
        {"at": ["2026"]},
        {"event": "sold"},
        {"gpc": 0},
        {"revision": True},
        {"purposes": {"audience": 1}},
        {"schema": "bandeau-record-1"},
        {"at": "2019-11-01T00:00:11Z"},
        {"site_id": "elsewhere"},
        {"environment": "production"},
    ],
    ids=str,
)
def test_both_refuse_a_signed_record_that_no_writer_writes(change: dict[str, Any]) -> None:
    """Whoever holds the key can sign anything: it is refused by what it says."""
    log = a_log(2)
    record = a_record(11, at="2026-11-01T00:00:11Z")
    members = json.loads(record.canonical()) | change
    body = canonical_bytes({name: value for name, value in members.items() if value is not None})
    index = log.append(CONSENT, body, receipt_code(record.record_id), record.subject_id)
    log.signed()
    data = log.receipt(index)

    with pytest.raises(LedgerError):
        verify_receipt(parse_receipt(data), [log.key.verifier])
    with pytest.raises(VERIFIER.BROKEN):
        VERIFIER.check_receipt(data, [VERIFIER.Key(str(log.key.verifier))], [])
