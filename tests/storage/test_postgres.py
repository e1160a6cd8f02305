"""What a store in PostgreSQL promises beyond the contract of all stores."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bandeau.errors import MissingExtra, StoreError, StoreMissing, StoreUnavailable
from bandeau.storage.engines import open_store
from bandeau.storage.postgres import PostgresStore
from bandeau.storage.postgresserver import Server
from tests.storage.checking import assert_verified
from tests.storage.clusters import Cluster
from tests.storage.load import ROOT, Load, an_empty_database, lost
from tests.storage.records import NOW, TestSigner, a_record

#: A standby that there is not.
NOBODY = "ANY 1 (nobody)"


@pytest.fixture
def url(postgres_url: str) -> str:
    """The address of a store with a log of the site that records are of."""
    an_empty_database(postgres_url)
    return postgres_url


@pytest.fixture
def opened(url: str) -> Iterator[PostgresStore]:
    """A store whose answers come soon."""
    store = PostgresStore.open(url, TestSigner(), clock=lambda: NOW, deadline_seconds=1)
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


def put(store: PostgresStore, number: int) -> bool:
    """Submit a record; tell whether its key was known."""
    return store.submit(a_record(number), key=f"key-{number}").result(30).duplicate


def test_processes_never_fork_a_log(url: str, tmp_path: Path) -> None:
    """Three processes write at once, two of them the same: each row once, numbered without gaps."""
    loads = [Load(url, tmp_path / name, first, count=80) for name, first in places(tmp_path)]
    for load in loads:
        load.finish()
    assert loads[0].acknowledged() == loads[1].acknowledged()
    assert lost(url, loads) == []
    store = PostgresStore.open(url, TestSigner())
    (head,) = store.logs()
    assert (store.count(), head.size) == (160, 161)
    store.close()


def places(tmp_path: Path) -> list[tuple[str, int]]:
    """Return where three processes write, and from which number on."""
    for name in "abc":
        (tmp_path / name).mkdir()
    return [("a", 0), ("b", 0), ("c", 1000)]


def test_a_store_made_before_a_fork_works_on_both_sides(url: str) -> None:
    """A server that forks its workers after loading (gunicorn --preload) writes from each of them."""
    code = f"""
import os
from bandeau.storage.postgres import PostgresStore
from tests.storage.records import TestSigner, a_record
store = PostgresStore.open({url!r}, TestSigner(), deadline_seconds=30)
store.submit(a_record(0), key="k0").result(30)
assert store.count() == 1
children = []
for number in (1, 2):
    child = os.fork()
    if not child:
        store.submit(a_record(number), key=f"k{{number}}").result(30)
        assert store.count() > 1
        store.close()
        os._exit(0)
    children.append(child)
store.submit(a_record(4), key="k4").result(30)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
store.submit(a_record(5), key="k5").result(30)
assert store.count() == 5, store.count()
store.close()
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_missing_store_names_the_command_that_makes_it(postgres_url: str) -> None:
    """Opening never creates: a wrong database must not start an empty proof."""
    with pytest.raises(StoreMissing, match="bandeau ledger init"):
        PostgresStore.open(postgres_url, TestSigner())
    store = PostgresStore(postgres_url, TestSigner())
    with pytest.raises(StoreMissing, match="bandeau ledger init"):
        store.count()
    with pytest.raises(StoreUnavailable, match="bandeau ledger init"):
        store.submit(a_record(), key="k").result(10)
    store.close()


def test_creating_never_replaces_a_store(url: str, opened: PostgresStore) -> None:
    """A second `init` leaves the records of the first."""
    put(opened, 1)
    with pytest.raises(FileExistsError, match="schema bandeau is there"):
        PostgresStore.create(url, TestSigner())
    assert opened.count() == 1


def test_a_schema_of_somebody_else_is_left_alone(cluster: Cluster, postgres_url: str) -> None:
    """Nor is one of a later Bandeau read as if it were this one's."""
    cluster.sql("CREATE SCHEMA bandeau; CREATE TABLE bandeau.store (layout integer)")
    with pytest.raises(StoreMissing, match="not a store of Bandeau"):
        PostgresStore.open(postgres_url, TestSigner())
    cluster.sql("INSERT INTO bandeau.store VALUES (9)")
    with pytest.raises(StoreError, match=r"layout 9.*upgrade"):
        PostgresStore.open(postgres_url, TestSigner())


def test_a_server_that_does_not_wait_for_its_disk_is_refused(cluster: Cluster, url: str) -> None:
    """With fsync off nothing that is acknowledged is durable."""
    with setting(cluster, "fsync", "off"), pytest.raises(StoreError, match="fsync = off"):
        PostgresStore.open(url, TestSigner())
    PostgresStore.open(url, TestSigner()).close()


@pytest.mark.parametrize(
    ("default", "used"), [("off", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")]
)
def test_the_server_s_default_does_not_weaken_commits(
    cluster: Cluster, postgres_url: str, default: str, used: str
) -> None:
    """What is weaker than ``on`` is raised to it, what is stronger stays."""
    with setting(cluster, "synchronous_commit", default), Server(postgres_url, 5).connect() as session:
        assert session.execute("SHOW synchronous_commit").fetchone() == (used,)


def test_a_connection_that_was_weakened_later_is_not_written_on(opened: PostgresStore) -> None:
    """As by a pooler that hands on a connection of somebody else."""
    put(opened, 1)
    assert opened._engine is not None
    session = opened._engine._writer._session
    assert session is not None
    session.execute("SET synchronous_commit = off")
    with pytest.raises(StoreUnavailable, match="synchronous_commit was switched off"):
        put(opened, 2)
    assert not put(opened, 2)


def test_a_server_that_hangs_fails_the_caller_in_time(cluster: Cluster, opened: PostgresStore) -> None:
    """Nobody waits longer than the deadline; reading is bounded too, and afterwards all is as before."""
    put(opened, 1)
    assert opened.count() == 1
    cluster.pause()
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="not durable within 1 s"):
            put(opened, 2)
        assert time.monotonic() - began < 5
        with pytest.raises(StoreUnavailable, match="no answer within"):
            opened.count()
        assert time.monotonic() - began < 10
    finally:
        cluster.resume()
    settle(opened, 2)
    assert opened.count() == 2
    assert_verified(opened)


def settle(store: PostgresStore, number: int) -> bool:
    """Submit a record until it is acknowledged, as a browser does; tell whether its key was known."""
    until = time.monotonic() + 30
    while True:
        try:
            return put(store, number)
        except StoreUnavailable:
            assert time.monotonic() < until


def test_who_holds_the_lock_and_stops_is_put_out(url: str, opened: PostgresStore) -> None:
    """A writer that was halted in the midst of a commit keeps the others from writing for its patience alone."""
    with Server(url, 2).connect() as halted:
        halted.execute("BEGIN")
        halted.execute("SELECT pg_advisory_xact_lock(1112425557)")
        with pytest.raises(StoreUnavailable):
            put(opened, 1)
        settle(opened, 1)
        with pytest.raises(psycopg.Error):
            halted.execute("COMMIT")
    assert opened.count() == 1


def test_without_a_standby_the_answer_is_no_and_comes_in_time(
    cluster: Cluster, url: str, opened: PostgresStore
) -> None:
    """Nobody sees such a row, nobody writes after it; when a standby is back it is found under its key."""
    put(opened, 1)
    other = PostgresStore(url, TestSigner(), deadline_seconds=1)
    with setting(cluster, "synchronous_standby_names", NOBODY):
        began = time.monotonic()
        for store, number in ((opened, 2), (opened, 2), (other, 3)):
            with pytest.raises(StoreUnavailable):
                put(store, number)
        assert time.monotonic() - began < 15
        assert opened.count() == 1
    assert settle(opened, 2) is True
    assert settle(other, 3) is False
    assert opened.count() == 3
    assert_verified(opened)
    other.close()


def test_a_wait_for_a_standby_that_is_cut_short_acknowledges_nothing(
    cluster: Cluster, url: str, opened: PostgresStore
) -> None:
    """PostgreSQL answers COMMIT with success then; the row is seen, and its key is still not acknowledged."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with setting(cluster, "synchronous_standby_names", NOBODY):
        store = PostgresStore.open(url, TestSigner(), deadline_seconds=30)
        future = store.submit(a_record(1), key="key-1")
        wait_until(cluster, f"SELECT 1 {waiting}")
        cluster.sql(f"SELECT pg_cancel_backend(pid) {waiting}")
        with pytest.raises(StoreUnavailable, match="synchronous replication"):
            future.result(30)
        assert opened.count() == 1
        with pytest.raises(StoreUnavailable):
            put(opened, 1)
    assert settle(opened, 1) is True
    store.close()


def test_a_connection_that_ended_while_it_was_idle_harms_nobody(
    cluster: Cluster, opened: PostgresStore
) -> None:
    """A restart of the server or a firewall between two choices costs no reader an error."""
    put(opened, 1)
    assert opened.count() == 1
    others = "FROM pg_stat_activity WHERE application_name = 'bandeau'"
    cluster.sql(f"SELECT pg_terminate_backend(pid, 5000) {others}")
    assert put(opened, 2) is False
    assert opened.count() == 2


def test_erased_rows_are_not_kept_by_the_table(cluster: Cluster, url: str) -> None:
    """No statement finds them at once, and VACUUM takes them out of the pages before the store is closed."""
    cluster.sql("CREATE EXTENSION IF NOT EXISTS pageinspect")
    store = PostgresStore.open(url, TestSigner(), clock=lambda: NOW)
    for number in range(20):
        store.submit(a_record(number, subject="canary" if number % 2 else "stays"), key=f"k{number}").result(
            30
        )
    assert store.erase("canary").result(30) == 10
    everything = "SELECT string_agg(t::text, '') FROM bandeau."
    assert all(
        "canary" not in str(cluster.sql(f"{everything}{table} t")) for table in ("kept", "log", "piece")
    )
    store.close()
    # What reads pages as they are (pageinspect), deleted rows included: ten rows, and the log's first and last.
    pages = "generate_series(0, pg_relation_size('bandeau.kept') / 8192 - 1) AS page"
    items = f"{pages}, heap_page_items(get_raw_page('bandeau.kept', page::integer))"
    assert cluster.sql(f"SELECT count(*) FROM {items} WHERE t_data IS NOT NULL") == [(12,)]


def test_waiting_callers_share_commits(cluster: Cluster, url: str, opened: PostgresStore) -> None:
    """Sixty-four callers at once need far fewer commits than rows."""
    store = PostgresStore.open(url, TestSigner(), deadline_seconds=30)
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda number: put(store, number), range(1024)))
    store.close()
    assert cluster.sql("SELECT count(*) < 512 FROM bandeau.piece WHERE level = 0") == [(True,)]


def test_what_cannot_be_stored_fails_its_sender_alone(opened: PostgresStore) -> None:
    """PostgreSQL has no place for the character 0; within a commit it would fail all others."""
    for key, subject in (("a\0", "s"), ("a", "s\0"), ("\ud800", "s")):
        with pytest.raises(ValueError, match="cannot be stored"):
            opened.submit(a_record(1, subject=subject), key=key)
    assert opened.of_subject("\0") == []
    long = opened.submit(a_record(1), key="k" * 100_000).result(30)
    assert opened.submit(a_record(1), key="k" * 100_000).result(30).index == long.index


def test_errors_quote_no_values_of_rows(cluster: Cluster, opened: PostgresStore) -> None:
    """What the server adds as a detail may hold a reader's id; the log of errors must not."""
    cluster.sql(
        "CREATE FUNCTION bandeau.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no room' USING DETAIL = NEW.subject_id; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON bandeau.kept FOR EACH ROW EXECUTE FUNCTION bandeau.refuse()"
    )
    with pytest.raises(StoreUnavailable) as caught:
        put(opened, 1)
    assert str(caught.value) == "PostgreSQL, database postgres: no room"
    cluster.sql("DROP TRIGGER refuse ON bandeau.kept")
    assert put(opened, 1) is False
    assert_verified(opened)


def test_look_ups_use_their_indexes(cluster: Cluster, url: str) -> None:
    """Also right after a table was small, when statistics say that reading it whole is quicker."""
    with Server(url, 5).connect() as session:
        for condition in ("code = 'a'", "subject_id = 'a'", "key = ANY('{a,b}')", "log = 1 AND entry < 9"):
            lines = session.execute(f"EXPLAIN SELECT * FROM bandeau.kept WHERE {condition}").fetchall()
            assert "Seq Scan" not in str(lines)


def test_an_edited_row_keeps_the_store_from_being_opened(
    cluster: Cluster, url: str, opened: PostgresStore
) -> None:
    """The logs are checked before they are served or written on."""
    put(opened, 1)
    cluster.sql("UPDATE bandeau.kept SET body = 'changed' WHERE entry = 1")
    with pytest.raises(StoreError, match="row 1 is not what its leaf commits to"):
        PostgresStore.open(url, TestSigner())


def test_an_older_copy_put_back_is_noticed(cluster: Cluster, url: str, opened: PostgresStore) -> None:
    """A database that ends before what this process acknowledged is not written on."""
    put(opened, 1)
    cluster.sql("DROP SCHEMA bandeau CASCADE")
    an_empty_database(url)
    with pytest.raises(StoreUnavailable, match="2 leaves were acknowledged"):
        put(opened, 2)


def test_closing_waits_for_nobody_for_long(cluster: Cluster, url: str) -> None:
    """A server that hangs does not keep a site from stopping."""
    store = PostgresStore.open(url, TestSigner(), deadline_seconds=0.5)
    put(store, 1)
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


def test_a_missing_driver_names_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps records in SQLite needs no driver."""
    for name in [name for name in sys.modules if name.startswith("bandeau.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'bandeau\[postgres\]'"):
        open_store("postgresql:///bandeau", tmp_path, TestSigner())


def test_no_password_is_in_a_message() -> None:
    """Somebody may open a store in code with one in its address."""
    store = PostgresStore("postgresql://bandeau:hunter2@127.0.0.1:1/proof", TestSigner(), deadline_seconds=1)
    with pytest.raises(StoreUnavailable) as caught:
        store.count()
    assert "hunter2" not in str(caught.value)
    assert "database proof" in str(caught.value)
    store.close()
