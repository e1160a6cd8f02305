"""Where the readers of a page differ, nothing slips between them: random markup, held whole, in Chromium."""

from __future__ import annotations

import pytest

from bandeau.enforcement.html import rewrite
from tests.e2e.markup_stage import open_stage, requested
from tests.enforcement.html.differential import random_markup
from tests.enforcement.html.rules import INSERTS, RELEASE
from tests.enforcement.html.torture import OWN, HoldAll

pytestmark = pytest.mark.browser

_THIRD = ".third.test"
_BATCH = 160


def _leaks(first: int, count: int) -> dict[str, str]:
    """Return the seeds and markup of pages that reached a third party, with scripting or without."""
    leaked: set[str] = set()
    with open_stage() as (stage, browser):
        for start in range(first, first + count, _BATCH):
            pages = {
                str(seed): rewrite(
                    random_markup(seed, f"r{seed}{_THIRD}").encode(),
                    HoldAll(),
                    INSERTS,
                    release=RELEASE,
                    base=f"http://{OWN}/page/{seed}",
                ).body
                for seed in range(start, min(start + _BATCH, first + count))
            }
            for scripts in (True, False):
                leaked |= {host for host, _ in requested(stage, browser, pages, scripts=scripts)}
    seeds = {host.removesuffix(_THIRD)[1:] for host in leaked if host.endswith(_THIRD)}
    return {seed: random_markup(int(seed), "x") for seed in seeds}


def test_random_markup_that_is_held_asks_nothing() -> None:
    """References in values, odd white space, stray end tags in drawings, framesets, broken tables."""
    assert _leaks(0, _BATCH) == {}


def test_the_random_markup_is_worth_holding() -> None:
    """Control: unheld, most of it reaches the third party, so that silence means something."""
    with open_stage() as (stage, browser):
        pages = {str(seed): random_markup(seed, f"r{seed}{_THIRD}").encode() for seed in range(40)}
        hosts = {host for host, _ in requested(stage, browser, pages, scripts=True)}
    assert len(hosts) >= 25


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_much_random_markup_that_is_held_asks_nothing() -> None:
    """The same for six thousand other pages."""
    assert _leaks(100_000, 6_000) == {}
