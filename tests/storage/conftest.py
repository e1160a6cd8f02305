"""Stores of every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bandeau.ledger.store import Store
from bandeau.storage.memory import MemoryStore
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import NOW, SITE, TestSigner


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each engine, with an empty log of the site that records are of."""
    made = _make(request.param, tmp_path)
    made.begin(*SITE).result(10)
    yield made
    made.close()


def _make(engine: str, folder: Path) -> Store:
    if engine == "memory":
        return MemoryStore(TestSigner(), clock=lambda: NOW)
    return SqliteStore.create(folder / "proof.db", TestSigner(), clock=lambda: NOW)
