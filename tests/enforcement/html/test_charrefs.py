"""Character references, as the HTML tokenizer reads them in values and in text."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandeau.enforcement.html.charrefs import decode_attribute, decode_mapped, decode_text

_PIECES = st.lists(
    st.sampled_from(["&", "amp", ";", "copy", "#", "x", "41", "gt", "=", "é", " ", "not", "it"]), max_size=12
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a&amp;b", "a&b"),
        ("&gtm_auth=1", "&gtm_auth=1"),
        ("&copy=1", "&copy=1"),
        ("&copy;=1", "©=1"),
        ("&copy", "©"),
        ("&copy.", "©."),
        ("&notit;", "&notit;"),
        ("&notin;", "∉"),
        ("&#x41;&#66;&#67", "ABC"),
        ("&#x80;&#0;&#xD800;&#x110000;", "€\ufffd\ufffd\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#;&#x;&;&unknown;", "&#;&#x;&;&unknown;"),
    ],
)
def test_a_value_is_decoded_by_the_rule_for_attributes(written: str, read: str) -> None:
    """A name without semicolon counts only where no letter, digit or = follows."""
    assert decode_attribute(written) == read


def test_text_between_tags_is_decoded_by_the_longest_name() -> None:
    """There `&notit;` is ¬it;."""
    assert decode_text("&notit; &copy=1 &amp") == "¬it; ©=1 &"


@settings(deadline=None)
@given(_PIECES.map("".join))
def test_text_is_decoded_as_the_standard_library_does(text: str) -> None:
    """`html.unescape` follows the rule for text."""
    assert decode_text(text) == html.unescape(text)


@settings(deadline=None)
@given(_PIECES.map("".join))
def test_a_mapped_decoding_says_where_everything_stood(text: str) -> None:
    """The decoded text is the same, and literal stretches map onto themselves."""
    raw = text.encode()
    decoded, pairs = decode_mapped(raw, "utf-8")
    assert decoded.decode() == decode_attribute(text)
    assert pairs == sorted(pairs)
    assert all(original <= len(raw) for _, original in pairs)
