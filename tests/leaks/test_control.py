"""Without protection every vector leaks; otherwise its silence under protection would prove nothing."""

from __future__ import annotations

import pytest

from .campaign import Campaign, Evidences
from .site import VECTORS
from .vectors import DECLARED, Place, Vector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> Evidences:
    """Every vector on the bare site."""
    return Campaign(directory=tmp_path_factory.mktemp("control"), domain=DECLARED).run()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_without_protection_the_vector_leaks(unprotected: Evidences, vector: Vector) -> None:
    """The control sees a call or a deposit for this vector."""
    assert unprotected[vector.id]


def test_there_are_enough_vectors() -> None:
    """At least 20 vectors stand in markup or headers and at least 45 are started by scripts."""
    fixed = [v for v in VECTORS if v.place in (Place.MARKUP, Place.HEADER)]
    assert len(fixed) >= 20
    assert len(VECTORS) - len(fixed) >= 45


def test_vectors_do_not_share_a_host() -> None:
    """Each vector has a name of its own, so that a call tells who made it."""
    assert len({v.host(DECLARED) for v in VECTORS}) == len(VECTORS)
