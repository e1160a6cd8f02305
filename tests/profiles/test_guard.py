"""No profile is made or read by accident: without its reader's consent the code that tries fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bandeau.errors import PolicyError, ProfileRefused
from bandeau.policyfile import load
from bandeau.testing import choice
from bandeau.web.decisions import must_be_declared, needs_of
from bandeau.web.profiles import erasing, guard
from tests.profiles.reader import Browser, newspaper
from tests.profiles.site import POLICY, site_in_memory

HONOURED = POLICY.replace("[proof]", '[choice]\nhonour_gpc = ["reading"]\n\n[proof]')
readings = guard("readings")


@readings
def remember(rows: list[str]) -> str:
    """Make a profile."""
    rows.append("reader")
    return "remembered"


@readings
async def remember_later(rows: list[str]) -> str:
    """Make a profile on an event loop."""
    rows.append("reader")
    return "remembered"


def by_accident(rows: list[str]) -> Callable[[str], object]:
    """Return a view that makes a profile without asking."""
    return lambda _: remember(rows)


def by_asking(rows: list[str]) -> Callable[[str], object]:
    """Return a view that asks."""
    return lambda _: remember(rows) if readings.allows() else "nothing"


def later(rows: list[str]) -> Callable[[str], object]:
    """Return an asynchronous view that makes a profile without asking."""
    return lambda _: remember_later(rows)


@pytest.mark.parametrize("gpc", [False, True])
@pytest.mark.parametrize("answer", ["", "refuse"])
@pytest.mark.parametrize("view", [by_accident, by_asking, later])
def test_without_consent_there_is_no_row(
    view: Callable[[list[str]], Callable[[str], object]], answer: str, gpc: bool
) -> None:
    """Before a choice, after a refusal, under the browser's signal: whatever the code does."""
    rows: list[str] = []
    site = site_in_memory(HONOURED)
    browser = Browser(newspaper(site, view(rows)), gpc=gpc)
    if answer:
        assert browser.choose(answer).status_code == 200
    if view is by_asking:
        assert browser.read().text == "nothing"
    else:
        with pytest.raises(ProfileRefused, match="'readings' is not opened: its reader's choice is"):
            browser.read()
    assert rows == []
    site.close()


@pytest.mark.parametrize("view", [by_accident, by_asking, later])
def test_with_consent_there_is_one(view: Callable[[list[str]], Callable[[str], object]]) -> None:
    """The same code, a reader who allows it: the response is this reader's alone."""
    rows: list[str] = []
    site = site_in_memory()
    browser = Browser(newspaper(site, view(rows)))
    browser.choose("accept")
    answer = browser.read()
    assert (answer.text, rows) == ("remembered", ["reader"])
    assert "private" in answer.headers["cache-control"]
    site.close()


def test_a_page_that_is_fetched_ahead_leaves_no_row() -> None:
    """Its reader allows the profile, and has read nothing yet."""
    rows: list[str] = []
    site = site_in_memory()
    browser = Browser(newspaper(site, by_asking(rows)))
    browser.choose("accept")
    assert browser.read("prefetch;prerender").text == "nothing"
    assert rows == []
    assert (browser.read().text, rows) == ("remembered", ["reader"])
    accident = Browser(newspaper(site, by_accident(rows)))
    accident.choose("accept")
    with pytest.raises(ProfileRefused, match="nobody sees this page yet"):
        accident.read("prefetch")
    site.close()


def test_where_nobody_asks_there_is_nobody_who_allows() -> None:
    """In a task or a command there is no reader."""
    rows: list[str] = []
    with pytest.raises(ProfileRefused, match="no request is answered"):
        remember(rows)
    assert (bool(readings.allows()), rows) == (False, [])


def test_who_erases_may_open_it() -> None:
    """For the end of retention, or at a reader's request; not after it."""
    with erasing():
        assert remember([]) == "remembered"
        assert asyncio.run(remember_later([])) == "remembered"
    with pytest.raises(ProfileRefused):
        remember([])


def test_the_test_kit_speaks_for_a_reader() -> None:
    """``with choice(…)`` allows or refuses."""
    site = site_in_memory()
    with choice(site, allow=["reading"]):
        assert remember([]) == "remembered"
    with choice(site, refuse=["reading"]), pytest.raises(ProfileRefused, match="denied"):
        remember([])


def test_a_name_that_is_not_declared_is_told_with_its_place() -> None:
    """At start for what a view needs, at the first use for the rest."""

    @guard("reading")
    def view() -> None:
        """Need a profile that nobody declared."""

    with pytest.raises(
        PolicyError, match=r"test_guard\.py:\d+: no profile 'reading'.*did you mean 'readings'"
    ):
        must_be_declared(needs_of(view), load(POLICY).policy)
    must_be_declared(needs_of(remember), load(POLICY).policy)
    with choice(site_in_memory(), allow=["reading"]), pytest.raises(KeyError, match="declared: readings"):
        view()


def test_a_generator_cannot_be_guarded() -> None:
    """It would run when the decision is over."""
    with pytest.raises(TypeError, match="yields"):

        @readings
        def rows() -> object:
            yield "reader"
