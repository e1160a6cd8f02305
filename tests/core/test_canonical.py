"""One byte string per value: the quick way and RFC 8785's reference give the same bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from bandeau.core.canonical import canonical_bytes

ANY_TEXT = st.text(st.characters(codec="utf-8"))
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | ANY_TEXT
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=6),
)


@given(VALUES)
@example({"\ue000": 1, "\U0001f4f0": 2})
@example({"a": '\x00\x08\x1f\x7f\u2028/\\"'})
@example({"b": [1.0, 1e21, -0.0], "a": {"é": "\U0001f4f0"}})
def test_every_value_gets_the_bytes_of_the_reference(value: Any) -> None:
    """Non-BMP keys, control characters, floats, nesting: never another byte."""
    assert canonical_bytes(value) == rfc8785.dumps(value)


def test_every_character_is_written_as_the_reference_writes_it() -> None:
    """Not a sample: all code points but the surrogates, in pieces of 256."""
    for start in range(0, 0x110000, 256):
        if not 0xD800 <= start < 0xE000:
            value: Any = {"text": "".join(map(chr, range(start, start + 256)))}
            assert canonical_bytes(value) == rfc8785.dumps(value), hex(start)


def test_sorting_by_code_points_would_be_wrong() -> None:
    """The control: beyond ASCII the quick encoder sorts otherwise, so it must not be used there."""
    value: Any = {"\ue000": 1, "\U0001f4f0": 2}
    assert msgspec.json.encode(value, order="sorted") != canonical_bytes(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), {"n": 2**70}, [float("nan")], "\ud800", {"k": "a\udfff"}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    """Large integers lose digits in other readers; half a pair of surrogates is no text."""
    with pytest.raises(ValueError):
        canonical_bytes(value)
