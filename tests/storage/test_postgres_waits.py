"""Every answer of a store in PostgreSQL comes in time, and says yes only to what is durable."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from bandeau.errors import StoreError, StoreUnavailable
from bandeau.storage.postgres import PostgresStore
from bandeau.storage.postgresserver import Server
from tests.storage.checking import assert_verified
from tests.storage.clusters import Cluster
from tests.storage.load import put, settle
from tests.storage.records import NOW, TestSigner, a_record

#: A standby that there is not.
NOBODY = "ANY 1 (nobody)"


@pytest.fixture
def impatient(postgres_log: str) -> Iterator[PostgresStore]:
    """A store in that database whose answers come soon."""
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW, deadline_seconds=1)
    yield store
    store.close()


@contextmanager
def setting(cluster: Cluster, name: str, value: str) -> Iterator[None]:
    """Change a setting of the server for a while."""
    _set(cluster, f"{name} = '{value}'")
    try:
        yield
    finally:
        _set(cluster, f"{name} = DEFAULT")


def _set(cluster: Cluster, assignment: str) -> None:
    cluster.sql(f"ALTER SYSTEM SET {assignment}")
    cluster.sql("SELECT pg_reload_conf()")
    name, _, value = assignment.partition(" = ")
    wanted = value.strip("'")
    while wanted != "DEFAULT" and cluster.sql(f"SHOW {name}") != [(wanted,)]:
        time.sleep(0.01)


def wait_until(cluster: Cluster, condition: str) -> None:
    """Wait until a statement finds something."""
    until = time.monotonic() + 30
    while not cluster.sql(condition):
        assert time.monotonic() < until, condition
        time.sleep(0.02)


def test_a_server_that_does_not_wait_for_its_disk_is_refused(cluster: Cluster, postgres_log: str) -> None:
    """With fsync off nothing that is acknowledged is durable."""
    with setting(cluster, "fsync", "off"), pytest.raises(StoreError, match="fsync = off"):
        PostgresStore.open(postgres_log, TestSigner())
    PostgresStore.open(postgres_log, TestSigner()).close()


@pytest.mark.parametrize(
    ("default", "used"), [("off", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")]
)
def test_the_server_s_default_does_not_weaken_commits(
    cluster: Cluster, postgres_url: str, default: str, used: str
) -> None:
    """What is weaker than ``on`` is raised to it, what is stronger stays."""
    with setting(cluster, "synchronous_commit", default), Server(postgres_url, 5).connect() as session:
        assert session.execute("SHOW synchronous_commit").fetchone() == (used,)


def test_a_connection_that_was_weakened_later_is_not_written_on(impatient: PostgresStore) -> None:
    """As by a pooler that hands on a connection of somebody else."""
    settle(impatient, 1)
    assert impatient._engine is not None
    session = impatient._engine._writer._session
    assert session is not None
    session.execute("SET synchronous_commit = off")
    with pytest.raises(StoreUnavailable, match="synchronous_commit was switched off"):
        put(impatient, 2)
    assert settle(impatient, 2) is False


def test_a_server_that_hangs_fails_the_caller_in_time(cluster: Cluster, impatient: PostgresStore) -> None:
    """Nobody waits longer than the deadline; reading is bounded too, and afterwards all is as before."""
    settle(impatient, 1)
    assert impatient.count() == 1
    cluster.pause()
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="not durable within 1 s"):
            put(impatient, 2)
        assert time.monotonic() - began < 5
        with pytest.raises(StoreUnavailable, match="no answer within"):
            impatient.count()
        assert time.monotonic() - began < 10
    finally:
        cluster.resume()
    settle(impatient, 2)
    assert impatient.count() == 2
    assert_verified(impatient)


def test_who_holds_the_lock_and_stops_is_put_out(postgres_log: str, impatient: PostgresStore) -> None:
    """A writer that was halted in the midst of a commit keeps the others from writing for its patience alone."""
    with Server(postgres_log, 2).connect() as halted:
        halted.execute("BEGIN")
        halted.execute("SELECT pg_advisory_xact_lock(1112425557)")
        with pytest.raises(StoreUnavailable):
            put(impatient, 1)
        settle(impatient, 1)
        with pytest.raises(psycopg.Error):
            halted.execute("COMMIT")
    assert impatient.count() == 1


def test_without_a_standby_the_answer_is_no_and_comes_in_time(
    cluster: Cluster, postgres_log: str, impatient: PostgresStore
) -> None:
    """Nobody sees such a row, nobody writes after it; when a standby is back it is found under its key."""
    settle(impatient, 1)
    other = PostgresStore(postgres_log, TestSigner(), deadline_seconds=1)
    with setting(cluster, "synchronous_standby_names", NOBODY):
        began = time.monotonic()
        for store, number in ((impatient, 2), (impatient, 2), (other, 3)):
            with pytest.raises(StoreUnavailable):
                put(store, number)
        assert time.monotonic() - began < 15
        assert impatient.count() == 1
    assert settle(impatient, 2) is True
    settle(other, 3)
    assert impatient.count() == 3
    assert_verified(impatient)
    other.close()


def test_a_wait_for_a_standby_that_is_cut_short_acknowledges_nothing(
    cluster: Cluster, postgres_log: str, impatient: PostgresStore
) -> None:
    """PostgreSQL answers COMMIT with success then; the row is seen, and its key is still not acknowledged."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with setting(cluster, "synchronous_standby_names", NOBODY):
        store = PostgresStore.open(postgres_log, TestSigner(), deadline_seconds=30)
        future = store.submit(a_record(1), key="key-1")
        wait_until(cluster, f"SELECT 1 {waiting}")
        cluster.sql(f"SELECT pg_cancel_backend(pid) {waiting}")
        with pytest.raises(StoreUnavailable, match="synchronous replication"):
            future.result(30)
        assert impatient.count() == 1
        with pytest.raises(StoreUnavailable):
            put(impatient, 1)
    assert settle(impatient, 1) is True
    store.close()


def test_a_connection_that_ended_while_it_was_idle_harms_nobody(
    cluster: Cluster, impatient: PostgresStore
) -> None:
    """A restart of the server or a firewall between two choices costs no reader an error."""
    settle(impatient, 1)
    assert impatient.count() == 1
    others = "FROM pg_stat_activity WHERE application_name = 'bandeau'"
    cluster.sql(f"SELECT pg_terminate_backend(pid, 5000) {others}")
    assert settle(impatient, 2) is False
    assert impatient.count() == 2


def test_closing_waits_for_nobody_for_long(cluster: Cluster, postgres_log: str) -> None:
    """A server that hangs does not keep a site from stopping."""
    store = PostgresStore.open(postgres_log, TestSigner(), deadline_seconds=0.5)
    settle(store, 1)
    cluster.pause()
    try:
        future = store.submit(a_record(2), key="key-2")
        closing = threading.Thread(target=store.close)
        closing.start()
        closing.join(10)
        assert not closing.is_alive()
        with pytest.raises(StoreUnavailable):
            future.result(0)
    finally:
        cluster.resume()
