"""Signed notes: what a trusted key signed is read, everything else is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.note import (
    COSIGNATURE,
    MAX_NOTE_SIZE,
    MAX_SIGNATURES,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    parse_note,
    sign_note,
    verify,
)
from tests.ledger.test_proofs import flips

KEY = SigningKey("lagazette.example/log", bytes(range(32)))
OTHER = SigningKey("lagazette.example/log", bytes(range(1, 33)))
STRANGER = SigningKey("elsewhere.example", bytes(range(2, 34)))
TEXT = "first line\n\nlast line, après\n"
NOTE = sign_note(TEXT, [KEY])

# The example that signed-note publishes.
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)


def test_a_signed_note_is_read_back_and_verified() -> None:
    note = parse_note(NOTE)

    assert note.text == TEXT
    assert note.to_bytes() == NOTE
    assert verify(note, [KEY.verifier]) == (KEY.verifier,)


def test_the_published_example_is_read() -> None:
    note = parse_note(POEM.encode())

    assert note.text.endswith("raggio di sole:\n\ned è subito sera.\n")
    assert [signature.name for signature in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.signatures[0].key_id == bytes.fromhex("367ba04b")
    assert note.to_bytes() == POEM.encode()


def test_the_key_of_the_go_checksum_database_is_read_and_written_the_same() -> None:
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    assert str(VerifierKey.parse(text)) == text


def test_the_note_of_the_go_package_is_signed_and_verified_as_published() -> None:
    seed = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    key = SigningKey("PeterNeumann", seed)
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    published = (
        text
        + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert str(key.verifier) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert sign_note(text, [key]) == published.encode()


def test_every_flipped_bit_of_a_note_is_refused() -> None:
    for wrong in flips(NOTE):
        with pytest.raises((MalformedEvidence, ProofError)):
            verify(parse_note(wrong), [KEY.verifier])


def test_every_flipped_bit_of_a_verifier_key_is_refused() -> None:
    for wrong in flips(str(KEY.verifier).encode()):
        with pytest.raises(MalformedEvidence):
            VerifierKey.parse(wrong.decode("utf-8", "surrogateescape"))


def test_several_keys_sign_and_are_named_in_the_order_asked_for() -> None:
    note = parse_note(sign_note(TEXT, [KEY, STRANGER, OTHER]))

    assert verify(note, [OTHER.verifier, KEY.verifier]) == (OTHER.verifier, KEY.verifier)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    note = parse_note(sign_note(TEXT, [STRANGER, KEY, OTHER]))

    assert verify(note, [KEY.verifier]) == (KEY.verifier,)


def test_a_note_that_no_trusted_key_signed_is_refused() -> None:
    for keys in ([], [STRANGER.verifier], [OTHER.verifier]):
        with pytest.raises(ProofError, match="no trusted key"):
            verify(parse_note(NOTE), keys)


def test_a_name_alone_vouches_for_nothing() -> None:
    """The other key has the same name: its signature counts as unknown."""
    with pytest.raises(ProofError, match="no trusted key"):
        verify(parse_note(sign_note(TEXT, [OTHER])), [KEY.verifier])


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    note = parse_note(sign_note(TEXT, [KEY, OTHER]))
    wrong = Note(note.text, (*note.signatures, Signature(KEY.verifier.name, KEY.verifier.key_id, bytes(64))))

    with pytest.raises(ProofError, match="is wrong"):
        verify(wrong, [KEY.verifier, OTHER.verifier])


def test_a_signature_under_a_known_key_id_by_another_key_is_refused() -> None:
    """Four bytes of key id are found in no time; the signature is what counts."""
    forged = Signature(KEY.verifier.name, KEY.verifier.key_id, OTHER.sign(TEXT.encode()))

    with pytest.raises(ProofError, match="is wrong"):
        verify(Note(TEXT, (forged,)), [KEY.verifier])


@pytest.mark.parametrize("length", [1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    wrong = Note(TEXT, (Signature(KEY.verifier.name, KEY.verifier.key_id, bytes(length)),))

    with pytest.raises(ProofError, match="is wrong"):
        verify(parse_note(wrong.to_bytes()), [KEY.verifier])


def test_a_key_of_a_witness_does_not_sign_for_a_log() -> None:
    witness = VerifierKey(KEY.verifier.name, KEY.verifier.public_key, COSIGNATURE)

    assert witness.key_id != KEY.verifier.key_id
    with pytest.raises(ValueError, match="key of a witness"):
        verify(parse_note(NOTE), [witness])


SIGNED = parse_note(NOTE).signatures[0].line()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text" + SIGNED,
        "text\n" + SIGNED,
        "text\n\n" + SIGNED.removesuffix("\n"),
        "text\n\n" + SIGNED + "\n",
        "text\n\n" + SIGNED + "more\n",
        "text\n\n" + SIGNED.replace("— ", "- "),
        "text\n\n" + SIGNED.replace("— ", "—  "),
        "text\n\n" + SIGNED.replace("lagazette", "la gazette"),
        "text\n\n" + SIGNED.replace("lagazette", "la+gazette"),
        "text\n\n" + SIGNED.replace("lagazette", "la\u2003gazette"),
        "text\n\n" + SIGNED.replace("\n", "\r\n"),
        "text\n\n" + SIGNED.replace("=", ""),
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAA==\n",
        "text\n\n— name !!!!\n",
        "te\txt\n\n" + SIGNED,
        "te\0xt\n\n" + SIGNED,
        "text\n\n" + SIGNED * (MAX_SIGNATURES + 1),
        "t" * MAX_NOTE_SIZE + "\n\n" + SIGNED,
    ],
)
def test_what_is_no_note_is_refused(written: str) -> None:
    with pytest.raises(MalformedEvidence):
        parse_note(written.encode())


def test_a_note_in_another_encoding_is_refused() -> None:
    with pytest.raises(MalformedEvidence, match="UTF-8"):
        parse_note("été\n\n".encode("latin-1") + SIGNED.encode())


def test_sixteen_signatures_are_accepted_as_the_standard_demands() -> None:
    keys = [SigningKey(f"key{number}.example", bytes([number]) * 32) for number in range(16)]

    note = parse_note(sign_note(TEXT, keys))
    assert len(verify(note, [key.verifier for key in keys])) == 16


@pytest.mark.parametrize("text", ["", "no newline", "bad\x01\n", "te\rxt\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedEvidence):
        sign_note(text, [KEY])


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n")))
def test_any_text_of_lines_can_be_signed_and_read_back(text: str) -> None:
    note = parse_note(sign_note(text + "\n", [KEY]))

    assert (text + "\n", (KEY.verifier,)) == (note.text, verify(note, [KEY.verifier]))


@given(
    st.binary(max_size=400)
    | st.text(st.sampled_from("a\n— +=")).map(lambda text: (text + "\n\n" + SIGNED).encode())
)
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    try:
        note = parse_note(data)
    except MalformedEvidence:
        return
    assert data == note.to_bytes()


@given(st.text(max_size=100) | st.text(st.sampled_from("a+/=A0")))
def test_any_text_is_a_verifier_key_or_refused(text: str) -> None:
    try:
        key = VerifierKey.parse(text)
    except MalformedEvidence:
        return
    assert text == str(key)


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize(
    "height",
    [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ed" + "ff" * 30 + "7f",
        "ff" * 31 + "7f",
    ],
)
def test_a_key_under_which_one_signature_fits_many_texts_is_refused(height: str, sign: int) -> None:
    """A publisher with such a key could take back whatever it signed."""
    key = bytes.fromhex(height)

    with pytest.raises(MalformedEvidence, match="fits more than one signature"):
        VerifierKey("weak.example", key[:31] + bytes([key[31] | sign]))


def test_the_seed_of_a_key_does_not_show() -> None:
    assert repr(KEY) == f"SigningKey({KEY.verifier})"
