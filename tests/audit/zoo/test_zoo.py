"""The zoo itself: its table is whole, its breaches happen, its twins keep their word; no audit is involved."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bandeau.core.policy import Mode
from bandeau.policyfile.rules import RULES

from .server import Zoo
from .specimen import Specimen, Truth
from .table import BREACHES, SPECIMENS, TWINS, groups, loners
from .twins import HELD_BACK
from .walk import reader, walk

_GROUPS = [
    pytest.param(scenario, specimens, id=f"{scenario}-{len(specimens)}")
    for scenarios, specimens in groups(BREACHES).items()
    for scenario in scenarios
]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    """The zoo, empty at first."""
    with Zoo(tmp_path_factory.mktemp("zoo")) as zoo:
        yield zoo


def test_table_is_as_large_as_promised_and_names_rules_that_exist() -> None:
    """At least sixty breaches and twenty twins, each under a name of its own."""
    names = [specimen.name for specimen in SPECIMENS]
    assert len(BREACHES) >= 60
    assert len(TWINS) >= 20
    assert len(set(names)) == len(names)
    assert {specimen.rule for specimen in BREACHES} <= RULES.keys()
    assert not any(specimen.is_breach for specimen in TWINS)


@pytest.mark.browser
@pytest.mark.parametrize(("scenario", "specimens"), _GROUPS)
def test_every_breach_happens_in_a_plain_browser(
    zoo: Zoo, tmp_path: Path, scenario: str, specimens: list[Specimen]
) -> None:
    """By the servers' own logs, or by what the browser holds."""
    zoo.show(specimens)
    assert _missing(_walk(zoo, tmp_path, scenario, specimens, together=True)) == []


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize(("scenario", "specimens"), _GROUPS)
def test_every_breach_happens_on_pages_of_its_own(
    zoo: Zoo, tmp_path: Path, scenario: str, specimens: list[Specimen]
) -> None:
    """No breach needs another beside it."""
    zoo.show(specimens)
    assert _missing(_walk(zoo, tmp_path, scenario, specimens)) == []


@pytest.mark.browser
def test_every_breach_of_a_whole_site_happens(zoo: Zoo, tmp_path: Path) -> None:
    """One site after the other, in a browser for each scenario that forgets its cookies in between."""
    by_scenario = itertools.groupby(sorted(loners(BREACHES), key=_walked), key=_walked)
    missing = []
    for scenario, specimens in by_scenario:
        found = _run(_walk_alone(zoo, tmp_path / scenario, scenario, list(specimens)))
        missing += _missing(found)
    assert missing == []


@pytest.mark.browser
def test_twins_that_are_held_back_stay_harmless(zoo: Zoo, tmp_path: Path) -> None:
    """Nothing of theirs happens before a choice, and everything would without Bandeau."""
    zoo.show(HELD_BACK)
    protected = _walk(zoo, tmp_path / "on", "none", HELD_BACK, together=True)
    zoo.show(HELD_BACK, mode=Mode.OFF)
    unprotected = _walk(zoo, tmp_path / "off", "none", HELD_BACK, together=True)
    assert not any(protected.values())
    assert _missing(unprotected) == []


def _walked(specimen: Specimen) -> str:
    # What the first layer shows is seen before anything is said.
    return "none" if specimen.truth is Truth.SHOWN else specimen.scenarios[0]


def _walk(
    zoo: Zoo, directory: Path, scenario: str, specimens: Iterable[Specimen], *, together: bool = False
) -> Mapping[str, bool]:
    async def run() -> dict[str, bool]:
        async with reader(zoo, directory, scenario) as context:
            return await walk(zoo, context, scenario, specimens, together=together)

    return _run(run())


async def _walk_alone(
    zoo: Zoo, directory: Path, scenario: str, specimens: list[Specimen]
) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    async with reader(zoo, directory, scenario) as context:
        for specimen in specimens:
            zoo.show([specimen])
            found |= await walk(zoo, context, scenario, [specimen])
            await context.clear_cookies()
    return found


def _run(work: object) -> Mapping[str, bool]:
    # A thread of its own: another test's Playwright may own this thread's event loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()  # type: ignore[arg-type]


def _missing(happened: Mapping[str, bool]) -> list[str]:
    return [name for name, did in happened.items() if not did]
