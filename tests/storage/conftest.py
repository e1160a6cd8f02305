"""Stores of every engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bandeau.ledger.store import Store
from bandeau.storage.memory import MemoryStore
from bandeau.storage.postgres import PostgresStore
from bandeau.storage.sqlite import SqliteStore
from tests.storage.clusters import Cluster, a_folder
from tests.storage.load import an_empty_database
from tests.storage.records import NOW, SITE, TestSigner


@pytest.fixture
def clock() -> list[float]:
    """What the store's clock says: the one number in it."""
    return [NOW]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: list[float]) -> Iterator[Store]:
    """A store of each engine, with a log of the site that records are of; only its first row is in it."""
    if request.param == "memory":
        made: Store = MemoryStore(TestSigner(), clock=lambda: clock[0])
    elif request.param == "sqlite":
        made = SqliteStore.create(tmp_path / "proof.db", TestSigner(), clock=lambda: clock[0])
    else:
        url = request.getfixturevalue("postgres_url")
        made = PostgresStore.create(url, TestSigner(), clock=lambda: clock[0])
    made.begin(*SITE).result(10)
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that is never started: copy it."""
    folder = a_folder()
    yield Cluster.create(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(new_cluster: Cluster) -> Iterator[Cluster]:
    """A PostgreSQL server that all tests share; who kills one makes another."""
    folder = a_folder()
    made = new_cluster.copy(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(cluster: Cluster) -> str:
    """The address of a database without a store."""
    cluster.sql("DROP SCHEMA IF EXISTS bandeau CASCADE")
    return cluster.url()


@pytest.fixture
def postgres_log(postgres_url: str) -> str:
    """The address of a database with a log of the site that records are of."""
    an_empty_database(postgres_url)
    return postgres_url


@pytest.fixture
def opened(postgres_log: str) -> Iterator[PostgresStore]:
    """A store in that database."""
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    yield store
    store.close()
