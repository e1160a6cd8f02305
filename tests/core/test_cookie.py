"""The choice cookie: signed, strict, and never read as a yes that nobody gave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.core.consent import INVALID, Consent
from bandeau.core.cookie import Key, Keyring, choice_cookie_name, decode, encode, read
from bandeau.core.policy import SiteInfo
from tests.core.test_decision import consents

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/cookie.json").read_text())
SITE = SiteInfo(VECTORS["site"]["id"], VECTORS["site"]["environment"], "Paper", "https://paper.example", ())
KEYRING = Keyring(tuple(Key(key["id"], bytes.fromhex(key["secret_hex"])) for key in VECTORS["keys"]))


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["text"])
def test_written_cookie_is_read_back(case: dict[str, dict[str, str]]) -> None:
    """Each valid text gives its consent, and the newest key writes the same text again."""
    expected = Consent(**{name: int(number, 16) for name, number in case["consent"].items()})
    assert expected == decode(str(case["text"]), SITE, KEYRING)
    if ".k2." in case["text"]:
        assert case["text"] == encode(expected, SITE, KEYRING)


@pytest.mark.parametrize("case", VECTORS["forged"], ids=lambda case: case["name"])
def test_forged_cookie_is_no_choice(case: dict[str, str]) -> None:
    """A text of the right form with a wrong MAC is INVALID."""
    assert INVALID is decode(case["text"], SITE, KEYRING)


@pytest.mark.parametrize("text", VECTORS["malformed"])
def test_malformed_cookie_is_no_choice(text: str) -> None:
    """A text of the wrong form is INVALID."""
    assert INVALID is decode(text, SITE, KEYRING)


@pytest.mark.parametrize("case", VECTORS["headers"], ids=lambda case: case["name"])
def test_header_is_read_as_the_vector_says(case: dict[str, str]) -> None:
    """None, INVALID or a consent, whatever else stands in the header."""
    assert choice_cookie_name(SITE) == VECTORS["cookie_name"]
    found = read([case["header"]], SITE, KEYRING)
    kind = "none" if found is None else "invalid" if found is INVALID else "consent"
    assert case["result"] == kind


def test_two_headers_with_our_cookie_are_a_duplicate() -> None:
    """HTTP/2 may split the header; a duplicate stays a duplicate."""
    pair = f"__Host-bd={VECTORS['valid'][0]['text']}"
    assert INVALID is read([pair, pair], SITE, KEYRING)


@given(consent=consents)
def test_encoding_is_reversible(consent: Consent) -> None:
    """decode(encode(x)) is x."""
    assert consent == decode(encode(consent, SITE, KEYRING), SITE, KEYRING)


@given(consent=consents, place=st.integers(0, 200), letter=st.characters(codec="ascii"))
def test_any_other_letter_breaks_the_signature(consent: Consent, place: int, letter: str) -> None:
    """A cookie with one letter replaced is INVALID, or the very same text."""
    text = encode(consent, SITE, KEYRING)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    assert changed == text or decode(changed, SITE, KEYRING) is INVALID


@given(text=st.text(max_size=700))
def test_no_text_raises(text: str) -> None:
    """Anything at all is read without an error, and never as a consent."""
    assert INVALID is decode(text, SITE, KEYRING)
    assert not isinstance(read([text], SITE, KEYRING), Consent)


def test_weak_key_is_refused() -> None:
    """A secret shorter than 32 bytes cannot be used."""
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Keyring((Key("k1", b"short"),))
