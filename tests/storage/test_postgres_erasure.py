"""What is erased from PostgreSQL leaves the table's pages, also when something holds it there for a while."""

from __future__ import annotations

import shutil
import time

import psycopg
import pytest

from bandeau.storage import postgresvacuum
from bandeau.storage.postgres import PostgresStore
from tests.storage.clusters import Cluster, a_folder
from tests.storage.load import an_empty_database
from tests.storage.records import NOW, TestSigner, a_record

_PAGES = "generate_series(0, pg_relation_size('{0}') / 8192 - 1) AS page, heap_page_items(get_raw_page('{0}', page::integer))"
#: A name that long is kept out of line, compressed or not, in the table's TOAST.
LONG = "".join(f"{number:x}" for number in range(4000))


def in_pages(cluster: Cluster, table: str = "bandeau.kept") -> int:
    """Return how many rows the pages hold, deleted ones included."""
    cluster.sql("CREATE EXTENSION IF NOT EXISTS pageinspect")
    found = cluster.sql(f"SELECT count(*) FROM {_PAGES.format(table)} WHERE t_data IS NOT NULL")
    return int(str(found[0][0]))


def toast_of(cluster: Cluster) -> str:
    """Return the table in which long values of rows are kept."""
    named = "SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = 'bandeau.kept'::regclass"
    return str(cluster.sql(named)[0][0])


def test_erased_rows_go_when_an_older_transaction_ends(
    cluster: Cluster, postgres_log: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An export, a backup or a forgotten session holds them; it is said once, and tried again."""
    monkeypatch.setattr(postgresvacuum, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(postgresvacuum, "_RETRY_SECONDS", 0.02)
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    store.submit(a_record(1), key="k").result(30)
    with psycopg.connect(cluster.url(), autocommit=True) as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM bandeau.log").fetchall()
        assert store.erase("A" * 22).result(30) == 1
        until = time.monotonic() + 30
        while "1 erased rows stay" not in caplog.text:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert in_pages(cluster) == 3  # the first row of the log, the tombstone, and what was erased
        other.execute("COMMIT")
    while in_pages(cluster) != 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    store.close()
    assert caplog.text.count("erased rows stay") == 1


def test_closing_leaves_the_rest_to_the_server(
    new_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """`bandeau ledger erase` says so and ends; autovacuum needs no more than that one row."""
    made = new_cluster.copy(a_folder(), autovacuum="on", autovacuum_naptime="1s")
    made.start()
    try:
        an_empty_database(made.url())
        store = PostgresStore.open(made.url(), TestSigner(), clock=lambda: NOW, deadline_seconds=30)
        store.submit(a_record(1), key="k").result(30)
        with psycopg.connect(made.url(), autocommit=True) as other:
            other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            other.execute("SELECT count(*) FROM bandeau.log").fetchall()
            assert store.erase("A" * 22).result(30) == 1
            store.close()
            assert in_pages(made) == 3
        assert "an older transaction is open elsewhere" in caplog.text
        until = time.monotonic() + 60
        while in_pages(made) != 2:
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        made.stop()
        shutil.rmtree(made.folder)


def test_long_values_of_erased_rows_go_too(cluster: Cluster, postgres_log: str) -> None:
    """They lie in a table of their own, which VACUUM empties with the other."""
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    store.submit(a_record(1, subject=LONG), key="k").result(30)
    assert in_pages(cluster, toast_of(cluster)) > 0
    assert store.erase(LONG).result(30) == 1
    store.close()
    assert in_pages(cluster, toast_of(cluster)) == 0
