"""The whole audit at its work: every breach of the zoo is convicted, no twin is accused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .zoo.judged import tried
from .zoo.server import Zoo
from .zoo.specimen import Specimen
from .zoo.table import SPECIMENS, groups, loners

# Not every day yet: it takes long on a busy machine.
pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(900)]

_GROUPS = [
    pytest.param(scenarios, specimens, id=f"{'+'.join(scenarios)}-{len(specimens)}")
    for scenarios, specimens in groups(SPECIMENS).items()
]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    """The zoo, empty at first."""
    with Zoo(tmp_path_factory.mktemp("zoo")) as zoo:
        yield zoo


@pytest.mark.parametrize(("scenarios", "specimens"), _GROUPS)
def test_breaches_are_convicted_among_their_twins(
    zoo: Zoo, scenarios: tuple[str, ...], specimens: list[Specimen]
) -> None:
    """The right rule and the right purpose, each once; of the twins, and of nobody else, nothing."""
    assert tried(zoo, specimens, scenarios, together=True).errors() == []


@pytest.mark.parametrize("specimen", loners(SPECIMENS), ids=lambda specimen: specimen.name)
def test_breach_of_a_whole_site_is_convicted(zoo: Zoo, specimen: Specimen) -> None:
    """Of its panel, mostly."""
    assert tried(zoo, [specimen], specimen.scenarios).errors() == []
