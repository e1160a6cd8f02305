"""Without protection every vector leaks; otherwise its silence under protection would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .campaign import Campaign, Evidences
from .rare import RARE
from .site import EVERYDAY, VECTORS
from .vectors import DECLARED, Place, Vector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> Evidences:
    """Every vector of every day on the bare site."""
    directory = tmp_path_factory.mktemp("control")
    return Campaign(directory=directory, domain=DECLARED, vectors=EVERYDAY, until_leaked=True).run()


@pytest.mark.parametrize("vector", EVERYDAY, ids=lambda vector: vector.id)
def test_without_protection_the_vector_leaks(unprotected: Evidences, vector: Vector) -> None:
    """The control sees a call or a deposit for this vector."""
    assert unprotected[vector.id]


@pytest.mark.long
@pytest.mark.parametrize("fresh_profiles", [False, True], ids=["contexts", "fresh profiles"])
@pytest.mark.timeout(2400)
def test_without_protection_all_vectors_leak(tmp_path: Path, fresh_profiles: bool) -> None:
    """The near relatives of the everyday vectors leak as well, in both ways of visiting."""
    campaign = Campaign(directory=tmp_path, domain=DECLARED, until_leaked=True, fresh_profiles=fresh_profiles)
    evidences = campaign.run()
    assert [vector.id for vector in VECTORS if not evidences[vector.id]] == []


def test_there_are_enough_vectors() -> None:
    """At least 20 vectors stand in markup or headers and at least 45 are started by scripts."""
    fixed = [v for v in EVERYDAY if v.place in (Place.MARKUP, Place.HEADER)]
    assert len(fixed) >= 20
    assert len(EVERYDAY) - len(fixed) >= 45


def test_vectors_do_not_share_a_host() -> None:
    """Each vector has a name of its own, so that a call tells who made it."""
    assert len({v.host(DECLARED) for v in VECTORS}) == len(VECTORS)


def test_what_is_rare_exists() -> None:
    """No vector is left out of the everyday run by a name that means nothing."""
    assert {vector.id for vector in VECTORS} >= RARE
