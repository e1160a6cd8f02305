"""What a store in PostgreSQL promises beyond the contract of all stores."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bandeau.errors import MissingExtra, StoreDamaged, StoreError, StoreMissing, StoreUnavailable
from bandeau.ledger.shelf import Growth
from bandeau.storage import postgreswriter
from bandeau.storage.engines import open_store
from bandeau.storage.postgres import PostgresStore
from bandeau.storage.postgreslogs import PostgresLogs
from bandeau.storage.postgresserver import Server, Session, translated
from tests.storage.checking import assert_verified
from tests.storage.clusters import Cluster
from tests.storage.load import ROOT, Load, an_empty_database, lost, put, settle
from tests.storage.records import NOW, TestSigner, a_record


def test_processes_never_fork_a_log(postgres_log: str, tmp_path: Path) -> None:
    """Three processes write at once, two of them the same: each row once, numbered without gaps."""
    loads = [Load(postgres_log, tmp_path / name, first, count=80) for name, first in places(tmp_path)]
    for load in loads:
        load.finish()
    assert loads[0].acknowledged() == loads[1].acknowledged()
    assert lost(postgres_log, loads) == []
    store = PostgresStore.open(postgres_log, TestSigner())
    (head,) = store.logs()
    assert (store.count(), head.size) == (160, 161)
    store.close()


def test_a_log_does_not_fork_without_the_lock_either(
    postgres_log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Head and places in the log are taken once: the second wall, should a lock be lost."""
    monkeypatch.setattr(
        postgreswriter, "_LOCK", postgreswriter._LOCK.replace("pg_advisory_xact_lock(1112425557)", "1")
    )
    stores = [PostgresStore.open(postgres_log, TestSigner(), deadline_seconds=30) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda store: [settle(store, n) for n in turns(store is stores[0])], stores))
    assert stores[0].count() == 80
    assert_verified(stores[0])
    for store in stores:
        store.close()


def test_writers_of_one_log_take_turns(postgres_log: str) -> None:
    """Nobody is refused because another one wrote at the same time."""
    stores = [PostgresStore.open(postgres_log, TestSigner(), deadline_seconds=30) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda store: [put(store, n) for n in turns(store is stores[0])], stores))
    assert stores[0].count() == 80
    for store in stores:
        store.close()


def test_a_head_that_was_moved_is_not_written_on(postgres_log: str, opened: PostgresStore) -> None:
    """What was read before somebody else wrote is no ground to write on."""
    with Server(postgres_log, 5).connect() as session:
        (before,) = PostgresLogs(session).logs()
        put(opened, 1)
        with pytest.raises(StoreDamaged, match="does not hold its lock"):
            PostgresLogs(session).grow(Growth(before, before, [], [], {}))


def turns(first: bool) -> range:
    """Return what one of two writers submits."""
    return range(40) if first else range(40, 80)


def places(tmp_path: Path) -> list[tuple[str, int]]:
    """Return where three processes write, and from which number on."""
    for name in "abc":
        (tmp_path / name).mkdir()
    return [("a", 0), ("b", 0), ("c", 1000)]


def test_a_store_made_before_a_fork_works_on_both_sides(postgres_log: str) -> None:
    """A server that forks its workers after loading (gunicorn --preload) writes from each of them."""
    code = f"""
import os
from bandeau.storage.postgres import PostgresStore
from tests.storage.records import TestSigner, a_record
store = PostgresStore.open({postgres_log!r}, TestSigner(), deadline_seconds=30)
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
    with pytest.raises(StoreError, match="bandeau ledger init"):
        store.submit(a_record(), key="k").result(10)
    store.close()


def test_creating_never_replaces_a_store(postgres_log: str, opened: PostgresStore) -> None:
    """A second `init` leaves the records of the first."""
    put(opened, 1)
    with pytest.raises(FileExistsError, match="schema bandeau is there"):
        PostgresStore.create(postgres_log, TestSigner())
    assert opened.count() == 1


def test_a_schema_of_somebody_else_is_left_alone(cluster: Cluster, postgres_url: str) -> None:
    """Nor is one of a later Bandeau read as if it were this one's."""
    cluster.sql("CREATE SCHEMA bandeau; CREATE TABLE bandeau.store (layout integer)")
    with pytest.raises(StoreMissing, match="not a store of Bandeau"):
        PostgresStore.open(postgres_url, TestSigner())
    cluster.sql("INSERT INTO bandeau.store VALUES (9)")
    with pytest.raises(StoreError, match=r"layout 9.*upgrade"):
        PostgresStore.open(postgres_url, TestSigner())


def test_erased_rows_are_not_kept_by_the_table(cluster: Cluster, postgres_log: str) -> None:
    """No statement finds them at once, and VACUUM takes them out of the pages before the store is closed."""
    cluster.sql("CREATE EXTENSION IF NOT EXISTS pageinspect")
    store = PostgresStore.open(postgres_log, TestSigner(), clock=lambda: NOW)
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


def test_waiting_callers_share_commits(cluster: Cluster, postgres_log: str, opened: PostgresStore) -> None:
    """Sixty-four callers at once need far fewer commits than rows."""
    store = PostgresStore.open(postgres_log, TestSigner(), deadline_seconds=30)
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


def test_look_ups_use_their_indexes(cluster: Cluster, postgres_log: str) -> None:
    """Also right after a table was small, when statistics say that reading it whole is quicker."""
    with Server(postgres_log, 5).connect() as session:
        for condition in ("code = 'a'", "subject_id = 'a'", "key = ANY('{a,b}')", "log = 1 AND entry < 9"):
            lines = session.execute(f"EXPLAIN SELECT * FROM bandeau.kept WHERE {condition}").fetchall()
            assert "Seq Scan" not in str(lines)


def test_no_statement_is_compiled(cluster: Cluster, postgres_log: str) -> None:
    """A table of one row is read whole: compiling that takes a thousand times as long as doing it."""
    (can_compile,) = cluster.sql("SELECT pg_jit_available()")[0]
    small = ("SELECT sum(consents) FROM bandeau.log", "UPDATE bandeau.store SET flushed = flushed + 1")
    with Server(postgres_log, 5).connect() as session:
        assert [_is_compiled(session, statement) for statement in small] == [False, False]
        session.execute("SET jit = on")
        assert [_is_compiled(session, statement) for statement in small] == [can_compile, can_compile]


def _is_compiled(session: Session, statement: str) -> bool:
    return "JIT:" in str(session.execute(f"EXPLAIN {statement}").fetchall())


def test_an_edited_row_keeps_the_store_from_being_opened(
    cluster: Cluster, postgres_log: str, opened: PostgresStore
) -> None:
    """The logs are checked before they are served or written on."""
    put(opened, 1)
    cluster.sql("UPDATE bandeau.kept SET body = 'changed' WHERE entry = 1")
    with pytest.raises(StoreError, match="row 1 is not what its leaf commits to"):
        PostgresStore.open(postgres_log, TestSigner())


def test_an_older_copy_put_back_is_noticed(
    cluster: Cluster, postgres_log: str, opened: PostgresStore
) -> None:
    """A database that ends before what this process acknowledged is not written on."""
    put(opened, 1)
    cluster.sql("DROP SCHEMA bandeau CASCADE")
    an_empty_database(postgres_log)
    with pytest.raises(StoreError, match="2 leaves were acknowledged"):
        put(opened, 2)


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


def test_a_wrong_count_is_a_problem(cluster: Cluster, opened: PostgresStore) -> None:
    """The logs are verified by themselves; what is kept beside them is looked at too."""
    put(opened, 1)
    assert opened.problems() == []
    cluster.sql("UPDATE bandeau.log SET consents = 7")
    assert opened.problems() == ["The records of news.example/gazette/test/2026 were counted wrongly."]


def test_a_page_that_is_broken_is_damage(cluster: Cluster, postgres_url: str) -> None:
    """Trying again does not mend it, so it is not called unavailable."""
    broken = "DO $$ BEGIN RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = 'data_corrupted'; END $$"
    server = Server(postgres_url, 5)
    damage = pytest.raises(StoreDamaged, match="invalid page in block 7")
    with server.connect() as session, damage, translated(server):
        session.execute(broken)
