"""The tokenizer's rules that real news pages taught, one test each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.enforcement.html.rules import asked, rewritten

_TORTURE = json.loads((Path(__file__).parents[3] / "spec/html/torture.json").read_text("utf-8"))


def test_image_outside_a_drawing_is_an_img() -> None:
    """`<image src>` loads a picture."""
    assert asked("<image src=//x/a>") == ["//x/a"]


def test_references_in_attributes_follow_the_html_rule() -> None:
    """`&gtm_auth=` is no `>`, `&copy=` no ©, `&amp;` is &."""
    assert asked("<img src='//x/?a=1&gtm_auth=2&copy=3&amp;b'>") == ["//x/?a=1&gtm_auth=2&copy=3&b"]


@pytest.mark.parametrize("name", ["title", "textarea", "style", "xmp", "noframes"])
def test_raw_text_elements_hold_markup_inside_a_drawing(name: str) -> None:
    """In SVG only the names are the same."""
    assert "//x/a" in asked(f"<svg><{name}><image href=//x/a /></{name}></svg>")


@pytest.mark.parametrize("name", ["title", "textarea", "style", "xmp", "noframes", "noembed", "iframe"])
def test_raw_text_elements_hold_text_in_html(name: str) -> None:
    """What looks like a tag there is none."""
    assert asked(f"<{name}><img src=//x/a></{name}><img src=//x/b>") == ["//x/b"]


def test_an_escaped_script_hides_an_end_tag() -> None:
    """`<!--<script>` needs two ends."""
    assert asked("<script><!--<script></script><img src=//x/a>--></script><img src=//x/b>") == ["//x/b"]


@pytest.mark.parametrize(
    "comment", ["<!-- x --!>", "<!-->", "<!--->", "<!---->", "<!-- x -->", "<!x>", "</ x>", "<?x>"]
)
def test_comments_end_where_browsers_end_them(comment: str) -> None:
    """Each of these is over at its last character."""
    assert asked(f"{comment}<img src=//x/a>-->") == ["//x/a"]


def test_tags_of_no_interest_are_tokenised_too() -> None:
    """What looks like a tag inside a value is text, in start tags and in end tags."""
    assert asked("<p title='<img src=//x/a>'></p title='<img src=//x/b>'><img src=//x/c>") == ["//x/c"]


def test_quotes_count_only_where_a_value_begins() -> None:
    """A quote in a name, or inside an unquoted value, opens nothing."""
    assert asked("<p a\"b><img src=//x/a><p c=d'e><img src=//x/b>") == ["//x/a", "//x/b"]


def test_a_script_escape_can_be_over_at_once() -> None:
    """The dashes of `<!-->` open and close it, so that the script in it hides nothing."""
    assert asked("<script><!--><script></script><img src=//x/a>") == ["//x/a"]


def test_the_first_of_duplicate_attributes_counts() -> None:
    """And with a held one its duplicates are held, or the next would come into force."""
    assert asked("<img src=/own src=//x/a>") == ["/own"]
    assert rewritten("<img src=//x/a SRC=//x/b>") == '<img data-bd="svc" data-bd-src=//x/a data-bd-SRC=//x/b>'


def test_cdata_is_text_only_in_foreign_content() -> None:
    """In HTML it is a comment that ends at the first >."""
    assert asked("<![CDATA[><img src=//x/a>]]>") == ["//x/a"]
    assert asked("<svg><![CDATA[<image href=//x/a />]]><image href=//x/b /></svg>") == ["//x/b"]


def test_noscript_is_markup() -> None:
    """Its content is held like any other."""
    assert (
        rewritten("<noscript><img src=//x></noscript>")
        == '<noscript><img data-bd="svc" data-bd-src=//x></noscript>'
    )


def test_the_vertical_tab_is_no_white_space() -> None:
    """It belongs to the name."""
    assert asked("<img\vsrc=//x/a>") == []


def test_white_space_in_urls_is_left_to_the_rules() -> None:
    """The rules get the text as it stands; a URL parser trims it."""
    assert asked("<img src=' //x/\ta '>") == [" //x/\ta "]


@pytest.mark.parametrize("case", _TORTURE, ids=[case["id"] for case in _TORTURE])
def test_torture_cases_can_be_undone_and_are_held_once(case: dict[str, str]) -> None:
    """The edits of every case can be taken out again (checked inside), and hold nothing twice."""
    html = case["html"].replace("{T}", "//x.example").replace("{HOST}", "x.example")
    once = rewritten(html)
    assert "data-bd-data-bd" not in once
