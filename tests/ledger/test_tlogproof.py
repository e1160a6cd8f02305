"""Proofs in one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.proofs import inclusion_proof, root_from
from bandeau.ledger.tlogproof import LogProof, parse_proof, verify_proof
from bandeau.ledger.tree import leaf_hash, node_hash
from tests.ledger.test_checkpoint import KEY, ORIGIN
from tests.ledger.test_proofs import flips

LEAVES = [bytes([number]) * 33 for number in range(7)]
HASHES = [leaf_hash(each) for each in LEAVES]


def read(level: int, index: int) -> bytes:
    """Give the hash of a complete subtree."""
    if level == 0:
        return HASHES[index]
    return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))


CHECKPOINT = Checkpoint(ORIGIN, 7, root_from(7, read))
PROOF = LogProof(4, tuple(inclusion_proof(4, 7, read)), CHECKPOINT.signed([KEY]))


def test_a_proof_is_written_as_the_standard_says() -> None:
    lines = PROOF.text().split("\n")

    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 4"]
    assert [len(line) for line in lines[2:5]] == [44, 44, 44]
    assert "\n".join(lines[5:]) == "\n" + CHECKPOINT.signed([KEY]).decode()


@pytest.mark.parametrize("extra", [b"", b"x", bytes(range(256))])
def test_a_proof_is_read_back_and_verified(extra: bytes) -> None:
    proof = LogProof(PROOF.index, PROOF.hashes, PROOF.checkpoint, extra)

    assert parse_proof(proof.text()) == proof
    assert verify_proof(proof, LEAVES[4], [KEY.verifier]) == (CHECKPOINT, (KEY.verifier,))


def test_a_log_of_one_leaf_needs_no_hashes() -> None:
    proof = LogProof(0, (), Checkpoint(ORIGIN, 1, HASHES[0]).signed([KEY]))

    verify_proof(parse_proof(proof.text()), LEAVES[0], [KEY.verifier])


def test_every_flipped_bit_of_a_proof_is_refused() -> None:
    for wrong in flips(PROOF.text().encode()):
        with pytest.raises((MalformedEvidence, ProofError, UnicodeDecodeError)):
            verify_proof(parse_proof(wrong.decode()), LEAVES[4], [KEY.verifier])


def test_another_leaf_is_not_in_the_log() -> None:
    for leaf in (LEAVES[3], LEAVES[5], b"", HASHES[4]):
        with pytest.raises(ProofError, match="does not lead to the root"):
            verify_proof(PROOF, leaf, [KEY.verifier])


def test_a_proof_without_a_trusted_key_is_refused() -> None:
    with pytest.raises(ProofError, match="no trusted key"):
        verify_proof(PROOF, LEAVES[4], [])


TEXT = PROOF.text()
HEAD, _, NOTE = TEXT.partition("\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        HEAD,
        TEXT.replace("@v1", "@v2"),
        TEXT.replace("c2sp", " c2sp"),
        TEXT.replace("index 4", "index 04"),
        TEXT.replace("index 4", "index -4"),
        TEXT.replace("index 4", "index"),
        TEXT.replace("index 4\n", ""),
        TEXT.replace("index 4", f"index {2**63 - 1}"),
        TEXT.replace("index 4", "extra \nindex 4"),
        TEXT.replace("index 4", "extra !\nindex 4"),
        TEXT.replace("index 4", "index 4\nextra eA=="),
        TEXT.replace("index 4", "extra eA==\nextra eA==\nindex 4"),
        TEXT.replace("index 4", "index 4\nAAAA"),
        TEXT.replace("index 4", "index 4\n" + "A" * 44),
        TEXT.replace("index 4\n", "index 4\n" + (HEAD.split("\n")[2] + "\n") * 61),
        TEXT.replace("\n", "\r\n"),
        "t" * 10_000_000,
    ],
)
def test_other_texts_are_no_proof(text: str) -> None:
    with pytest.raises(MalformedEvidence):
        parse_proof(text)


def test_a_checkpoint_that_is_no_text_is_not_written() -> None:
    with pytest.raises(MalformedEvidence):
        LogProof(0, (), b"\xff").text()


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(MalformedEvidence):
        parse_proof(TEXT.replace(ORIGIN, "\ud800"))


@given(
    st.text() | st.text(st.sampled_from("A=\n 01")).map(lambda text: "c2sp.org/tlog-proof@v1\n" + text + NOTE)
)
def test_any_text_is_a_proof_or_refused(text: str) -> None:
    try:
        proof = parse_proof(text)
    except MalformedEvidence:
        return
    assert text == proof.text()
