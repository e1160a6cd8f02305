"""Stores of every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bandeau.ledger.store import Store
from bandeau.storage.memory import MemoryStore
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import NOW, SITE, TestSigner


@pytest.fixture
def clock() -> list[float]:
    """What the store's clock says: the one number in it."""
    return [NOW]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: list[float]) -> Iterator[Store]:
    """A store of each engine, with a log of the site that records are of; only its first row is in it."""
    made = _make(request.param, tmp_path, clock)
    made.begin(*SITE).result(10)
    yield made
    made.close()


def _make(engine: str, folder: Path, clock: list[float]) -> Store:
    if engine == "memory":
        return MemoryStore(TestSigner(), clock=lambda: clock[0])
    return SqliteStore.create(folder / "proof.db", TestSigner(), clock=lambda: clock[0])
