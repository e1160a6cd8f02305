"""On news-shaped pages exactly the vendors' URLs and scripts are held, and nothing else is changed."""

from __future__ import annotations

import random

import pytest

from bandeau.enforcement.html import Rewriter, charset_of, rewrite, undo
from tests.enforcement.html.newspages import HOME, news_page
from tests.enforcement.html.rules import INSERTS, RELEASE, HoldOthers
from tests.enforcement.html.snippets import SNIPPETS

_PAGES = range(140)
_MARKS = frozenset(mark for snippet in SNIPPETS for mark in snippet.inline)


def test_the_pages_cover_every_snippet() -> None:
    """Each vendor's snippet stands in at least one page."""
    pages = [news_page(number) for number in _PAGES]
    urls = frozenset().union(*(page.urls for page in pages))
    assert {url for snippet in SNIPPETS for url in snippet.urls} <= urls


@pytest.mark.parametrize("number", _PAGES)
def test_a_news_page_is_held_to_the_letter(number: int) -> None:
    """What is held is what the snippets say, no more and no less; inline scripts too."""
    page, rules = news_page(number), HoldOthers(marks=_MARKS)
    rewrite(page.body, rules, INSERTS, base=HOME, encoding=page.encoding)
    assert rules.held == page.urls
    assert page.inline <= rules.marked


@pytest.mark.parametrize("number", _PAGES)
def test_a_news_page_can_be_undone_and_cut_anywhere(number: int) -> None:
    """Taking the edits out gives the page back; any cutting into chunks gives the same bytes."""
    page = news_page(number)
    whole = Rewriter(
        HoldOthers(marks=_MARKS), INSERTS, base=HOME, release=RELEASE, record=True, encoding=page.encoding
    )
    output = whole.feed(page.body) + whole.close()
    assert undo(output, whole.edits) == page.body
    cut = Rewriter(
        HoldOthers(marks=_MARKS), INSERTS, base=HOME, release=RELEASE, record=True, encoding=page.encoding
    )
    chance, at, parts = random.Random(number), 0, []
    while at < len(page.body):
        size = chance.choice((1, 7, 90, 1400))
        parts.append(cut.feed(page.body[at : at + size]))
        at += size
    assert b"".join([*parts, cut.close()]) == output
    assert cut.edits == whole.edits


@pytest.mark.parametrize("number", _PAGES)
def test_nothing_is_left_to_hold_in_a_rewritten_page(number: int) -> None:
    """Rewriting the result finds nothing any more."""
    page = news_page(number)
    once = rewrite(page.body, HoldOthers(marks=_MARKS), INSERTS, base=HOME, encoding=page.encoding)
    again = HoldOthers(marks=_MARKS)
    rewrite(once.body, again, None, base=HOME, encoding=page.encoding)
    assert again.held == set()
    assert again.marked == set()


@pytest.mark.parametrize("number", _PAGES)
def test_the_encoding_of_a_news_page_is_recognised(number: int) -> None:
    """The header's label names the codec in which the page was written."""
    page = news_page(number)
    found = charset_of(page.content_type, page.body[:1024]).codec
    assert found is not None
    assert page.body.decode(found, "strict")
