"""What others set, add or forbid in a database neither weakens a commit nor hides what it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bandeau.errors import StoreDamaged, StoreError, StoreUnavailable
from bandeau.ledger.outbox import Effects, Owed
from bandeau.storage.postgres import PostgresStore
from tests.storage.checking import assert_verified
from tests.storage.clusters import Cluster
from tests.storage.load import an_empty_database, put, settle
from tests.storage.records import NOW, SITE, TestSigner, a_record

#: What a role, a database or a server may have as its default.
DEFAULTS = {
    "synchronous_commit": "off",
    "statement_timeout": "'2s'",
    "lock_timeout": "'2s'",
    "bytea_output": "'escape'",
    "default_transaction_isolation": "'serializable'",
    "search_path": "nowhere",
    "TimeZone": "'Pacific/Apia'",
    "DateStyle": "'German, DMY'",
    "client_encoding": "'LATIN1'",
    "standard_conforming_strings": "off",
    "plan_cache_mode": "'force_generic_plan'",
    "enable_indexscan": "off",
}
#: A trigger that lets nothing happen, and says nothing.
SILENT = """
CREATE FUNCTION bandeau.silent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER silent BEFORE {event} ON bandeau.{table} FOR EACH ROW EXECUTE FUNCTION bandeau.silent()
"""


@pytest.fixture
def guest(cluster: Cluster, postgres_log: str) -> Iterator[str]:
    """The address of that database for a role of its own, which may use the tables and nothing else."""
    cluster.sql(
        "CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA bandeau TO guest; "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bandeau TO guest"
    )
    yield postgres_log.replace("bandeau@", "guest@")
    cluster.sql("DROP OWNED BY guest; DROP ROLE guest")


def test_defaults_of_a_role_change_nothing(cluster: Cluster, guest: str) -> None:
    """Whatever it is that somebody set: what is written is durable, whole and verifies."""
    for name, value in DEFAULTS.items():
        cluster.sql(f"ALTER ROLE guest SET {name} = {value}")
    store = PostgresStore.open(guest, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    assert [settle(store, number) for number in range(3)] == [False, False, False]
    assert store._engine is not None
    assert store._engine._writer._session is not None
    for name, value in {
        "synchronous_commit": "on",
        "statement_timeout": "30s",
        "lock_timeout": "30s",
    }.items():
        assert store._engine._writer._session.execute(f"SHOW {name}").fetchone() == (value,)
    assert len(store.kept_of_subject("A" * 22)) == 3
    with store.snapshot() as source:
        assert_verified(source)
    store.close()


def test_role_without_rights_to_create_can_owe_an_erasure(guest: str) -> None:
    """Else the first withdrawal would fail the commit of everybody who chose in the same moment."""
    store = PostgresStore.open(guest, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    owed = Owed("t", "handler", "ads", "A" * 22, {}, "", 1.0, 1.0)
    store.submit(a_record(1), key="k", effects=Effects((owed,))).result(30)
    assert [debt.owed for debt in store.owed(lambda outbox: outbox.debts(SITE))] == [owed]
    store.close()


def test_functions_of_others_are_not_called(cluster: Cluster, guest: str) -> None:
    """Somebody's own functions come first in the role's path: neither lock nor settings are theirs."""
    cluster.sql(
        "CREATE SCHEMA first; GRANT USAGE ON SCHEMA first TO guest;"
        "CREATE FUNCTION first.set_config(text, text, boolean) RETURNS text LANGUAGE sql RETURN 'off';"
        "CREATE FUNCTION first.current_setting(text) RETURNS text LANGUAGE sql RETURN 'on';"
        "CREATE FUNCTION first.pg_advisory_xact_lock(integer) RETURNS text LANGUAGE sql RETURN '';"
        "ALTER ROLE guest SET search_path = first, pg_catalog; ALTER ROLE guest SET synchronous_commit = off"
    )
    store = PostgresStore.open(guest, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    settle(store, 1)
    assert store._engine is not None
    session = store._engine._writer._session
    assert session is not None
    assert session.execute("SHOW synchronous_commit").fetchone() == ("on",)
    session.execute("BEGIN")
    session.execute("SELECT pg_advisory_xact_lock(1)")
    assert session.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (1,)
    store.close()
    cluster.sql("DROP SCHEMA first CASCADE")


@pytest.mark.parametrize("table", ["kept", "piece"])
def test_row_that_a_trigger_takes_back_is_not_acknowledged(
    cluster: Cluster, opened: PostgresStore, table: str
) -> None:
    """PostgreSQL reports such a statement and its commit as a success."""
    cluster.sql(SILENT.format(event="INSERT", table=table))
    with pytest.raises(StoreDamaged, match=r"changed 0 rows where 1 were to be .* look for triggers"):
        put(opened, 1)
    cluster.sql(f"DROP TRIGGER silent ON bandeau.{table}")
    assert settle(opened, 1) is False
    assert_verified(opened)


def test_erasure_that_a_trigger_takes_back_is_not_reported(cluster: Cluster, opened: PostgresStore) -> None:
    """Nobody is told that a record is gone which is still there."""
    put(opened, 1)
    cluster.sql(SILENT.format(event="DELETE", table="kept"))
    with pytest.raises(StoreDamaged, match="look for triggers"):
        opened.erase("A" * 22).result(30)
    assert opened.count() == 1
    assert_verified(opened)
    cluster.sql("DROP TRIGGER silent ON bandeau.kept")
    assert opened.erase("A" * 22).result(30) == 1
    assert opened.count() == 0


def test_unlogged_table_is_refused(cluster: Cluster, postgres_log: str) -> None:
    """A crash of the server would empty it, whatever was acknowledged."""
    cluster.sql("ALTER TABLE bandeau.kept SET UNLOGGED")
    with pytest.raises(StoreError, match=r"ALTER TABLE bandeau\.kept SET LOGGED"):
        PostgresStore.open(postgres_log, TestSigner())
    cluster.sql("ALTER TABLE bandeau.kept SET LOGGED")
    PostgresStore.open(postgres_log, TestSigner()).close()


@pytest.mark.parametrize("reset", ["RESET ALL", "DISCARD ALL"])
def test_connection_that_was_reset_is_not_written_on(opened: PostgresStore, reset: str) -> None:
    """A pooler in transaction mode gives every transaction the connection of somebody else."""
    settle(opened, 1)
    assert opened._engine is not None
    session = opened._engine._writer._session
    assert session is not None
    session.execute(reset, prepare=False)
    with pytest.raises(StoreUnavailable, match="session mode"):
        put(opened, 2)
    assert settle(opened, 2) is False
    assert_verified(opened)


def test_role_that_may_not_create_a_schema_is_told_what_to_ask_for(cluster: Cluster) -> None:
    """In one line; with that right it has all that it needs."""
    cluster.sql("CREATE ROLE newcomer LOGIN")
    url = cluster.new_database("newsroom").replace("bandeau@", "newcomer@")
    with pytest.raises(StoreError, match='GRANT CREATE ON DATABASE "newsroom" TO'):
        an_empty_database(url)
    cluster.sql("GRANT CREATE ON DATABASE newsroom TO newcomer")
    an_empty_database(url)
    store = PostgresStore.open(url, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    settle(store, 1)
    assert store.erase("A" * 22).result(30) == 1
    assert store.problems() == []
    store.close()
    cluster.sql("DROP DATABASE newsroom")
    cluster.sql("DROP ROLE newcomer")


def test_dump_is_a_backup(cluster: Cluster, opened: PostgresStore) -> None:
    """What is restored verifies, knows its keys, and goes on where it ended; another site finds room too."""
    for number in range(3):
        put(opened, number)
    url = cluster.new_database("restored")
    cluster.run("pg_dump", "-f", cluster.folder / "dump.sql", cluster.url())
    cluster.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", cluster.folder / "dump.sql", url)
    store = PostgresStore.open(url, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    assert [settle(store, number) for number in (2, 3)] == [True, False]
    store.begin("another", "test").result(30)
    with store.snapshot() as source:
        assert_verified(source)
    store.close()
    cluster.sql("DROP DATABASE restored")
