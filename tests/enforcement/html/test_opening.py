"""What the start tag of a page says before the page is sent."""

from __future__ import annotations

import pytest

from bandeau.enforcement.html import html_attributes, is_amp


@pytest.mark.parametrize(
    "opening",
    [
        "<html amp>",
        "<html/amp>",
        "<HTML AMP=''>",
        '<html lang="fr"amp>',
        '<html title="a>b" amp>',
        "<html ⚡ lang=fr>",
        "<html ⚡4ads>",
        "\ufeff <!doctype html>\n<!-- <html> --><!--><?xml?></1><html\x00 amp>".replace("\x00", ""),
        "<!--" + "x" * 3000 + "--><html amp>",
    ],
)
def test_an_amp_page_is_known_by_its_html_tag(opening: str) -> None:
    """As the tokenizer reads it: any distance, quotes and slashes."""
    assert is_amp(opening.encode())


@pytest.mark.parametrize(
    "opening",
    [
        "",
        "<html lang=amp>",
        "<html data-amp title=' amp '>",
        "<html x=<html amp",
        "<html x='",
        "<!-- <html amp>",
        "<!doctype html><p><html amp>",
        "x<html amp>",
        "</p><html amp>",
        "<html\x00 amp>",
        "<htmlx amp>",
        "<html amp",
    ],
)
def test_in_doubt_a_page_is_not_amp(opening: str) -> None:
    """It is rewritten then, which leaks nothing."""
    assert not is_amp(opening.encode())


def test_the_attributes_of_the_page_are_given_as_written() -> None:
    """So that the language is read from the tag and from nowhere else."""
    assert html_attributes(b"<!doctype html><html lang='fr' LANG=en class>") == {
        b"lang": b"fr",
        b"class": b"",
    }
