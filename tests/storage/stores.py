"""Store files for tests."""

from __future__ import annotations

from pathlib import Path

from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import NOW, SITE, TestSigner


def an_empty_store(path: Path) -> SqliteStore:
    """Create a store file with a log of the site that records are of; nothing is in it but its first row."""
    store = SqliteStore.create(path, TestSigner(), clock=lambda: NOW)
    store.begin(*SITE).result(10)
    return store
