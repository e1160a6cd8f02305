"""On the torture set, which Chromium judges in tests/e2e, the rewriter finds what Chromium asks for."""

from __future__ import annotations

import pytest

from bandeau.enforcement.html import Rewriter, rewrite, undo
from tests.enforcement.html.differential import random_markup
from tests.enforcement.html.rules import INSERTS, RELEASE
from tests.enforcement.html.torture import CASES, NAMES, OWN, HoldAll, asked_of, markup


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_the_rewriter_finds_what_chromium_asks_for(number: int) -> None:
    """Nothing is missed, and nothing is found that no browser would fetch."""
    rules = HoldAll()
    page = rewrite(markup(number), rules, None, base=f"http://{OWN}/page/{number}")
    case = CASES[number]
    # A sheet is first read roughly: what is asked about then need not be held.
    found = rules.found if page.held else set()
    assert asked_of(found, number) == {*case["requests"], *case.get("unseen", [])} - {
        *case.get("averted", [])
    }


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_what_a_page_receives_changes_nothing_of_what_is_held(number: int) -> None:
    """Insertions of both kinds meet behind a tag, and neither moves the other."""
    page = markup(number)
    rewriter = Rewriter(HoldAll(), INSERTS, base=f"http://{OWN}/page", release=RELEASE, record=True)
    output = rewriter.feed(page) + rewriter.close()
    assert undo(output, rewriter.edits) == page
    assert rewriter.held == rewrite(page, HoldAll(), None, base=f"http://{OWN}/page").held


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_a_case_that_comes_byte_by_byte_is_held_the_same(number: int) -> None:
    """No mark is lost where two chunks meet."""
    page = markup(number)
    rewriter = Rewriter(HoldAll(), INSERTS, base=f"http://{OWN}/page", release=RELEASE)
    parts = [rewriter.feed(page[at : at + 1]) for at in range(len(page))]
    whole = rewrite(page, HoldAll(), INSERTS, base=f"http://{OWN}/page", release=RELEASE)
    assert b"".join([*parts, rewriter.close()]) == whole.body


@pytest.mark.parametrize("seed", range(300))
def test_random_markup_comes_out_the_same_in_any_pieces_and_can_be_undone(seed: int) -> None:
    """Where two chunks meet, nothing is seen that one chunk would not show, and nothing is lost."""
    page = random_markup(seed, "third.test").encode()
    outputs = set()
    for size in (1, 5, len(page)):
        rewriter = Rewriter(HoldAll(), INSERTS, base=f"http://{OWN}/page", release=RELEASE, record=True)
        parts = [rewriter.feed(page[at : at + size]) for at in range(0, len(page), size)]
        output = b"".join([*parts, rewriter.close()])
        assert undo(output, rewriter.edits) == page
        outputs.add(output)
    assert len(outputs) == 1


def test_the_torture_set_is_large_and_its_names_are_its_own() -> None:
    """At least 120 cases, each under a name of its own."""
    assert len(CASES) >= 120
    assert len(set(NAMES)) == len(NAMES)
