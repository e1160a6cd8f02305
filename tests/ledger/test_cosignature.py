"""Cosignatures of witnesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.cosignature import Cosignature, cosign, verify_cosignatures
from bandeau.ledger.note import (
    COSIGNATURE,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    parse_note,
    sign_note,
    verify,
)
from tests.ledger.test_checkpoint import CHECKPOINT, KEY
from tests.ledger.test_proofs import flips

WITNESS = SigningKey("witness.example/w1", bytes(range(3, 35)), COSIGNATURE)
SECOND = SigningKey("witness.example/w2", bytes(range(4, 36)), COSIGNATURE)
AT = 1_679_315_147


def cosigned(*lines: Signature) -> Note:
    """Return the signed checkpoint with these lines added, as it is read from its bytes."""
    note = parse_note(CHECKPOINT.signed([KEY]))
    return parse_note(Note(note.text, (*note.signatures, *lines)).to_bytes())


def test_a_witness_signs_the_time_and_the_text_under_a_line_of_its_own() -> None:
    line = cosign(CHECKPOINT.text(), WITNESS, AT)
    message = f"cosignature/v1\ntime {AT}\n{CHECKPOINT.text()}".encode()

    assert line.value[:8] == AT.to_bytes(8, "big")
    assert WITNESS.verifier.verifies(message, line.value[8:])
    assert len(line.value) == 72


def test_the_key_of_a_witness_in_use_is_read_and_written_the_same() -> None:
    text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

    assert (str(VerifierKey.parse(text)), VerifierKey.parse(text).algorithm) == (text, COSIGNATURE)


def test_cosignatures_are_verified_and_dated() -> None:
    note = cosigned(cosign(CHECKPOINT.text(), SECOND, AT + 1), cosign(CHECKPOINT.text(), WITNESS, AT))

    found = verify_cosignatures(note, [WITNESS.verifier, SECOND.verifier])
    assert found == (Cosignature(WITNESS.verifier, AT), Cosignature(SECOND.verifier, AT + 1))
    assert found[0].at == "2023-03-20T12:25:47Z"
    assert verify(note, [KEY.verifier]) == (KEY.verifier,)


def test_the_latest_of_several_cosignatures_of_a_witness_counts() -> None:
    note = cosigned(*(cosign(CHECKPOINT.text(), WITNESS, at) for at in (AT, AT + 9, AT + 3)))

    assert verify_cosignatures(note, [WITNESS.verifier]) == (Cosignature(WITNESS.verifier, AT + 9),)


def test_a_time_beyond_the_calendar_is_still_told() -> None:
    assert Cosignature(WITNESS.verifier, 2**63 - 1).at == "9223372036854775807 seconds after 1970"


def test_witnesses_that_are_not_trusted_count_for_nothing() -> None:
    note = cosigned(cosign(CHECKPOINT.text(), WITNESS, AT))

    assert verify_cosignatures(note, []) == ()
    assert verify_cosignatures(note, [SECOND.verifier]) == ()
    impostor = SigningKey(WITNESS.verifier.name, bytes(range(9, 41)), COSIGNATURE)
    assert verify_cosignatures(note, [impostor.verifier]) == ()


def test_every_flipped_bit_of_a_cosignature_is_refused() -> None:
    line = cosign(CHECKPOINT.text(), WITNESS, AT)
    for wrong in flips(line.value):
        with pytest.raises(ProofError):
            verify_cosignatures(cosigned(Signature(line.name, line.key_id, wrong)), [WITNESS.verifier])


@pytest.mark.parametrize("length", [1, 8, 64, 71, 73])
def test_a_cosignature_of_another_length_is_refused(length: int) -> None:
    line = Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, bytes(length))

    with pytest.raises(ProofError, match="wrong form"):
        verify_cosignatures(cosigned(line), [WITNESS.verifier])


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    line = cosign(CHECKPOINT.text().replace("20852163", "20852164"), WITNESS, AT)

    with pytest.raises(ProofError, match="is wrong"):
        verify_cosignatures(cosigned(line), [WITNESS.verifier])


def test_a_signature_without_the_line_for_witnesses_is_no_cosignature() -> None:
    """The same key, as a log's: domain separation keeps the two apart."""
    as_log = SigningKey(WITNESS.verifier.name, bytes(range(3, 35)))
    value = AT.to_bytes(8, "big") + as_log.sign(CHECKPOINT.text().encode())
    line = Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, value)

    with pytest.raises(ProofError, match="is wrong"):
        verify_cosignatures(cosigned(line), [WITNESS.verifier])


def test_what_is_no_checkpoint_is_not_vouched_for() -> None:
    with pytest.raises(MalformedEvidence):
        verify_cosignatures(parse_note(sign_note("a text\n", [KEY])), [WITNESS.verifier])


def test_keys_of_logs_and_of_witnesses_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="key of a log"):
        verify_cosignatures(cosigned(), [KEY.verifier])
    for signer, at in [(KEY, AT), (WITNESS, -1), (WITNESS, 2**63)]:
        with pytest.raises(ValueError, match="key of a witness"):
            cosign(CHECKPOINT.text(), signer, at)


@given(st.binary(min_size=1, max_size=80))
def test_any_bytes_in_place_of_a_cosignature_are_refused(value: bytes) -> None:
    line = Signature(WITNESS.verifier.name, WITNESS.verifier.key_id, value)

    with pytest.raises(ProofError):
        verify_cosignatures(cosigned(line), [WITNESS.verifier])
