"""Stores of every engine, and records to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bandeau.ledger.store import Store
from bandeau.storage.memory import MemoryStore
from bandeau.storage.sqlite import SqliteStore

MakeStore = Callable[[], Store]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each engine."""
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore.create(tmp_path / "proof.db")
    yield made
    made.close()
