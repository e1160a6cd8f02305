"""Positions: where each key and value stands."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from bandeau.policyfile.positions import Path, scan
from tests.policyfile.samples import GOOD


def _text_at(text: str, path: Path) -> str:
    start, end = scan(text).values[path]
    return text[start:end]


def test_value_of_a_plain_key_is_found() -> None:
    """Quotes belong to the value."""
    assert _text_at('[site]\nname = "Le Journal"  # name\n', ("site", "name")) == '"Le Journal"'


def test_value_within_an_inline_table_is_found() -> None:
    """The column of a tracker's lifetime is its own."""
    text = 'trackers = [{ name = "a" }, { name = "b", max_age = "1 day" }]'
    assert _text_at(text, ("trackers", 1, "max_age")) == '"1 day"'


def test_rows_are_counted_in_order() -> None:
    """[[services]] and its sub-tables belong to the last row."""
    text = "[[services]]\nid = 'a'\n[[services]]\nid = 'b'\n[services.more]\nx = 1\n"
    assert _text_at(text, ("services", 1, "id")) == "'b'"
    assert _text_at(text, ("services", 1, "more", "x")) == "1"


def test_dotted_and_quoted_keys_have_their_path() -> None:
    """title.fr, "title".fr and title."fr" are the same key."""
    for key in ("title.fr", '"title".fr', "title . 'fr'", '"t\\u0069tle".fr'):
        assert ("title", "fr") in scan(f'{key} = "x"').values


def test_place_of_what_is_missing_is_the_nearest_table() -> None:
    """A missing key is shown at the table that lacks it."""
    found = scan("a = 1\n[site]\nname = 'x'\n")
    assert found.value(("site", "url")).line == 2
    assert found.value(("nothing",)).line == 1


def test_lines_after_a_broken_one_are_still_found() -> None:
    """The scanner goes on where tomllib stops."""
    text = "[site\nname = = 2\nurl = 'u'\n"
    assert _text_at(text, ("url",)) == "'u'"


def test_multi_line_texts_and_arrays_end_where_they_end() -> None:
    """Brackets and quotes within texts close nothing."""
    text = 'a = [\n  "x]", # ]\n  """y"]\n""",\n]\nb = 2\n'
    assert _text_at(text, ("a", 1)) == '"""y"]\n"""'
    assert _text_at(text, ("b",)) == "2"


def test_every_value_of_a_real_policy_has_its_place() -> None:
    """What stands at the place is what tomllib read."""
    places = scan(GOOD).values
    for path, value in _leaves(tomllib.loads(GOOD)):
        start, end = places[path]
        assert tomllib.loads(f"v = {GOOD[start:end]}")["v"] == value


def _leaves(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*path, index))]
    return [(path, value)]


_NAMES = st.sampled_from(["a", "b-1", '"é "', "'x.y'"])
_VALUES = st.recursive(
    st.sampled_from(["1", "true", '"x"', "'y'", '"\\""', "1979-05-27", '"""m"""', '"[{#"']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[ {', '.join(items)} ]"),
        st.dictionaries(_NAMES, inner, max_size=2).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_scanner_and_tomllib_agree_on_generated_texts(table: dict[str, str]) -> None:
    """Each value that tomllib reads has a place, and the text there reads as that value."""
    text = "".join(f"{key} = {value}\n" for key, value in table.items())
    places = scan(text).values
    for path, value in _leaves(tomllib.loads(text)):
        start, end = places[path]
        assert tomllib.loads(f"v = {text[start:end]}")["v"] == value


def test_lines_outside_the_text_are_empty() -> None:
    """A place beyond the end is the end."""
    found = scan("a = 1\n")
    assert found.line(0) == found.line(9) == ""
    assert found.offset(9, 9) == len("a = 1\n")


def test_unclosed_values_are_skipped() -> None:
    """The scanner gives no place to what has no end."""
    for text in (
        'a = "x\n',
        "a = '''x\n",
        'a = """x\\"""\n',
        "a = [1 2]\n",
        "a = {b 1}\n",
        "a =\n",
        "= 1\n",
        '"a = 1\n',
    ):
        assert ("b",) in scan(text.replace("'''x", "1") + "b = 2\n").values
