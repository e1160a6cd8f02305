"""What the rewriter finds in markup is what Chromium asks other hosts for; what it holds, nobody asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bandeau.enforcement.html import rewrite
from tests.e2e.markup_stage import Stage, open_stage, requested
from tests.enforcement.html.rules import INSERTS, RELEASE
from tests.enforcement.html.torture import CASES, NAMES, OWN, HoldAll, asked_of, markup

pytestmark = pytest.mark.browser


def _requests(stage: tuple[Stage, Browser], pages: dict[str, bytes]) -> set[tuple[str, str]]:
    """With scripting all cases, without it those that it matters to."""
    silent = {number: body for number, body in pages.items() if b"noscript" in body or b"sandbox" in body}
    return requested(*stage, pages, scripts=True) | requested(*stage, silent, scripts=False)


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Stage, Browser]]:
    with open_stage() as opened:
        yield opened


@pytest.fixture(scope="module")
def unprotected(stage: tuple[Stage, Browser]) -> set[tuple[str, str]]:
    return _requests(stage, {str(number): markup(number) for number in range(len(CASES))})


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_chromium_asks_for_what_the_torture_set_says(number: int, unprotected: set[tuple[str, str]]) -> None:
    """Control: without the rewriter, each case reaches exactly the third parties it is written for."""
    assert asked_of(unprotected, number) == set(CASES[number]["requests"])


def test_nothing_is_asked_of_third_parties_once_all_is_held(stage: tuple[Stage, Browser]) -> None:
    """With everything held, no case makes a request, with scripting or without."""
    pages = {
        str(number): rewrite(
            markup(number), HoldAll(), INSERTS, base=f"http://{OWN}/page/{number}", release=RELEASE
        ).body
        for number in range(len(CASES))
    }
    assert _requests(stage, pages) == set()
