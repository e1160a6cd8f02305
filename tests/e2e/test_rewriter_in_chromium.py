"""What the rewriter finds in markup is what Chromium asks other hosts for; what it holds, nobody asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bandeau.enforcement.html import KEEP, Verdict, rewrite
from bandeau.enforcement.html.urls import resolved
from tests.e2e.markup_stage import OWN, Stage, open_stage, requested

pytestmark = pytest.mark.browser

_CASES = json.loads((Path(__file__).parents[2] / "spec/html/torture.json").read_text("utf-8"))
_NAMES = [case["id"] for case in _CASES]


@dataclass
class HoldAll:
    """Holds whatever leads to another host, and remembers it as (host, path)."""

    found: set[tuple[str, str]] = field(default_factory=set)

    def url(self, url: str, base: str, destination: str) -> Verdict:
        full = resolved(url, base)
        if full is None:
            return Verdict(hold=True, service="?")
        host, _, path = full.partition("//")[2].partition("/")
        host = host.rpartition("@")[2].partition(":")[0]
        if full.startswith(("about:", "blob:")) or host == OWN:
            return KEEP
        if destination == "base":
            return Verdict(hold=True, service="?")
        self.found.add((host, "/" + path.partition("#")[0]))
        return Verdict(hold=True, service="all")

    def inline(self, text: str) -> Verdict:
        return KEEP


def _host(number: int) -> str:
    return f"c{number}.third.test"


def _markup(number: int) -> bytes:
    host = _host(number)
    html: str = _CASES[number]["html"]
    for mark, text in (
        ("{T}", "//" + host),
        ("{HOST}", host),
        ("{UPPER}", host.upper()),
        ("{REST}", host[1:]),
    ):
        html = html.replace(mark, text)
    return html.encode()


def _of(hits: set[tuple[str, str]], number: int) -> set[str]:
    return {path[1:] for host, path in hits if host.rstrip(".").endswith(_host(number))}


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
    return _requests(stage, {str(number): _markup(number) for number in range(len(_CASES))})


@pytest.mark.parametrize("number", range(len(_CASES)), ids=_NAMES)
def test_chromium_asks_for_what_the_torture_set_says(number: int, unprotected: set[tuple[str, str]]) -> None:
    """Control: without the rewriter, each case reaches exactly the third parties it is written for."""
    assert _of(unprotected, number) == set(_CASES[number]["requests"])


@pytest.mark.parametrize("number", range(len(_CASES)), ids=_NAMES)
def test_the_rewriter_finds_what_chromium_asks_for(number: int) -> None:
    """Nothing is missed, and nothing is found that no browser would fetch."""
    rules = HoldAll()
    page = rewrite(_markup(number), rules, None, base=f"http://{OWN}/page/{number}")
    case = _CASES[number]
    # A sheet is first read roughly: what is asked about then need not be held.
    found = rules.found if page.held else set()
    assert _of(found, number) == {*case["requests"], *case.get("unseen", [])} - {*case.get("averted", [])}


def test_nothing_is_asked_of_third_parties_once_all_is_held(stage: tuple[Stage, Browser]) -> None:
    """With everything held, no case makes a request, with scripting or without."""
    pages = {
        str(number): rewrite(_markup(number), HoldAll(), None, base=f"http://{OWN}/page/{number}").body
        for number in range(len(_CASES))
    }
    assert _requests(stage, pages) == set()
