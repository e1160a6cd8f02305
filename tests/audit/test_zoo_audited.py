"""The whole audit at its work: every breach of the zoo is convicted, no twin is accused."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bandeau.audit.judge import judge

from .judge.made import LOADED, recording, visit
from .zoo.judged import Trial, tried
from .zoo.server import Zoo
from .zoo.specimen import Specimen
from .zoo.table import SPECIMENS, groups, loners

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

#: Every day: what happens before a choice, which is most of it, and after a refusal; one panel.
EVERYDAY = ("none", "refuse")
EVERYDAY_LONERS = ("preticked",)
REPEATS = int(os.environ.get("BANDEAU_ZOO_REPEATS", "20"))


def _marks(*, everyday: bool) -> list[pytest.MarkDecorator]:
    return [] if everyday else [pytest.mark.long]


GROUPS = [
    pytest.param(
        scenarios,
        specimens,
        id=f"{'+'.join(scenarios)}-{len(specimens)}",
        marks=_marks(everyday="+".join(scenarios) in EVERYDAY),
    )
    for scenarios, specimens in groups(SPECIMENS).items()
]
LONERS = [
    pytest.param(specimen, id=specimen.name, marks=_marks(everyday=specimen.name in EVERYDAY_LONERS))
    for specimen in loners(SPECIMENS)
]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    """The zoo, empty at first."""
    with Zoo(tmp_path_factory.mktemp("zoo")) as zoo:
        yield zoo


@pytest.mark.parametrize(("scenarios", "specimens"), GROUPS)
def test_breaches_are_convicted_among_their_twins(
    zoo: Zoo, scenarios: tuple[str, ...], specimens: list[Specimen]
) -> None:
    """The right rule and the right purpose, each once; of the twins, and of nobody else, nothing."""
    assert tried(zoo, specimens, scenarios, together=True).errors() == []


@pytest.mark.parametrize("specimen", LONERS)
def test_breach_of_a_whole_site_is_convicted(zoo: Zoo, specimen: Specimen) -> None:
    """Of its panel, mostly."""
    assert tried(zoo, [specimen], specimen.scenarios).errors() == []


def test_verdicts_of_the_zoo_can_be_wrong() -> None:
    """The control: what is neither convicted, nor recorded, is an error."""
    guilty, *_ = (specimen for specimen in SPECIMENS if specimen.is_breach)
    trial = _unseen(guilty)

    assert [error.partition(":")[0] for error in trial.errors()] == [guilty.name, "not recorded"]


@pytest.mark.long
@pytest.mark.timeout(3600 * 4)
def test_no_verdict_is_flaky(zoo: Zoo) -> None:
    """The whole zoo again and again (BANDEAU_ZOO_REPEATS times): each time the same is said."""
    wrong = {(number, error) for number in range(REPEATS) for error in _whole(zoo)}

    assert REPEATS >= 1
    assert wrong == set()


def _whole(zoo: Zoo) -> Iterator[str]:
    for scenarios, specimens in groups(SPECIMENS).items():
        yield from tried(zoo, specimens, scenarios, together=True).errors()
    for specimen in loners(SPECIMENS):
        yield from tried(zoo, [specimen], specimen.scenarios).errors()


def _unseen(specimen: Specimen) -> Trial:
    seen = recording(visit("none"))
    sent = frozenset({"GET https://somebody.example/"})
    return Trial((specimen,), seen, judge(seen, LOADED.policy), sent, frozenset())
