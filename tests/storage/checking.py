"""What must hold of a store file whatever happened to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from bandeau.ledger.proofs import root_from
from bandeau.ledger.store import LogHead, LogSource
from bandeau.ledger.tiles import hash_reader
from bandeau.ledger.verification import verify_logs
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import TestSigner


def assert_whole(path: Path) -> None:
    """The file is sound, it opens, and every row, leaf, tile, date and signature in it verifies."""
    assert_sound(path)
    store = SqliteStore.open(path, TestSigner())
    with store.snapshot() as source:
        assert_verified(source)
    store.close()


def assert_sound(path: Path) -> None:
    """SQLite finds nothing wrong with the file."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def assert_verified(source: LogSource) -> None:
    """The verification of all logs finds nothing."""
    keys = [key for head in source.logs() for key in TestSigner().verifiers(head.origin)]
    assert [finding.sentence for finding in verify_logs(source, keys).findings] == []


def assert_one_history(source: LogSource, heads: Iterable[LogHead]) -> None:
    """Every head that was ever seen is the state of the logs of this source at an earlier size."""
    now = {head.origin: head for head in source.logs()}
    for head in heads:
        assert head.size <= now[head.origin].size
        origin = head.origin
        read = hash_reader(lambda level, number, _, of=origin: source.tile(of, level, number), head.size)
        assert root_from(head.size, read) == head.root, f"a fork of {origin} at {head.size}"
