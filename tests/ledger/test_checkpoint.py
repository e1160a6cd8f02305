"""Checkpoints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from bandeau.ledger.note import SigningKey, sign_note
from bandeau.ledger.tree import EMPTY_ROOT, MAX_SIZE
from tests.ledger.test_proofs import flips

ORIGIN = "lagazette.example/gazette/test/2026"
KEY = SigningKey(ORIGIN, bytes(range(32)))
CHECKPOINT = Checkpoint(ORIGIN, 20_852_163, bytes(range(32)))
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40)


def test_the_text_is_origin_size_and_root() -> None:
    """The example that tlog-checkpoint publishes."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text() == text


def test_a_signed_checkpoint_is_opened_with_its_key() -> None:
    assert open_checkpoint(CHECKPOINT.signed([KEY]), [KEY.verifier]) == (CHECKPOINT, (KEY.verifier,))


def test_every_flipped_bit_of_a_signed_checkpoint_is_refused() -> None:
    for wrong in flips(CHECKPOINT.signed([KEY])):
        with pytest.raises((MalformedEvidence, ProofError)):
            open_checkpoint(wrong, [KEY.verifier])


def test_the_key_of_one_log_does_not_vouch_for_another() -> None:
    other = Checkpoint("lagazette.example/gazette/test/2027", 1, bytes(32)).signed([KEY])

    with pytest.raises(
        ProofError, match=r"no trusted key is known for the log lagazette\.example/gazette/test/2027"
    ):
        open_checkpoint(other, [KEY.verifier])


def test_after_a_rotation_both_keys_sign() -> None:
    new = SigningKey(ORIGIN, bytes(range(1, 33)))
    signed = CHECKPOINT.signed([KEY, new])

    for keys in ([KEY.verifier], [new.verifier], [KEY.verifier, new.verifier]):
        assert open_checkpoint(signed, keys) == (CHECKPOINT, tuple(keys))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "origin\n",
        "origin\n1\n",
        "origin\n1\nAAAA\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1 \nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1_0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n١\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        f"origin\n{MAX_SIZE + 1}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",  # one value, two spellings
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "o" * 1025 + "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ],
)
def test_other_texts_are_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedEvidence):
        parse_checkpoint(text)


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(MalformedEvidence):
        open_checkpoint(sign_note("just a text\n", [KEY]), [KEY.verifier])


@given(LINES, st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3))
def test_checkpoints_are_read_back(origin: str, size: int, root: bytes, more: list[str]) -> None:
    """Extension lines are signed and kept as they are."""
    checkpoint = Checkpoint(origin, size, root, tuple(more))

    assert checkpoint == parse_checkpoint(checkpoint.text())


def test_an_empty_log_has_a_checkpoint() -> None:
    checkpoint = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    assert checkpoint == parse_checkpoint(checkpoint.text())


def test_an_empty_log_with_another_root_is_refused() -> None:
    with pytest.raises(ProofError, match="empty log"):
        open_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)).signed([KEY]), [KEY.verifier])


@given(st.text())
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    try:
        checkpoint = parse_checkpoint(text)
    except MalformedEvidence:
        return
    assert text == checkpoint.text()
