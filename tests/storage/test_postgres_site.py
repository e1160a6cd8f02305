"""A site whose policy names a PostgreSQL database, by its commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandeau.storage.postgres import PostgresStore
from tests.cli.ledger_site import choose, opened, write_policy
from tests.cli.run import run
from tests.storage.clusters import Cluster
from tests.storage.records import TestSigner

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> Path:
    """Work in the folder of a site without a store."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path, f'store = "{postgres_url}"')
    return tmp_path


def test_init_creates_the_schema_once(folder: Path, capsys: Capsys, cluster: Cluster) -> None:
    """Keys, store, first log and first checkpoint; the second time there is nothing to say."""
    first = run(capsys, "ledger", "init")
    assert first.code == 0
    assert "wrote the schema bandeau of the database: the proof of the readers' choices" in first.err
    again = run(capsys, "ledger", "init")
    assert (again.code, again.err) == (0, "")
    assert cluster.sql("SELECT count(*) FROM bandeau.log") == [(1,)]


def test_a_second_site_begins_its_own_log_in_the_same_database(
    folder: Path, capsys: Capsys, cluster: Cluster
) -> None:
    """As newspapers of one publisher do."""
    assert run(capsys, "ledger", "init").code == 0
    policy = folder / "bandeau.toml"
    policy.write_text(policy.read_text().replace('environment = "production"', 'environment = "staging"'))
    second = run(capsys, "ledger", "init")
    assert second.code == 0
    assert "began the log" in second.err
    assert cluster.sql("SELECT count(*) FROM bandeau.log") == [(2,)]


def test_the_ledger_s_commands_work_on_it(folder: Path, capsys: Capsys, cluster: Cluster) -> None:
    """A choice is kept, shown, verified and erased."""
    assert run(capsys, "ledger", "init").code == 0
    codes = choose(folder)
    assert codes[0] in run(capsys, "ledger", "show", codes[0]).out
    assert run(capsys, "ledger", "verify").code == 0
    erased = run(capsys, "ledger", "erase", "--subject", codes[0], "--yes", "--json")
    assert json.loads(erased.out)["erased"] == 1
    with opened(folder) as site:
        assert site.store.find(codes[0]) is None
        assert site.store.count() == 3
    assert run(capsys, "ledger", "verify").code == 0


def test_a_store_that_is_missing_is_not_created_by_opening(folder: Path, capsys: Capsys) -> None:
    """Every other command names the one that creates it."""
    assert run(capsys, "keys", "create").code == 0
    result = run(capsys, "ledger", "verify")
    assert result.code != 0
    assert "bandeau ledger init" in result.err


def test_a_server_that_is_away_is_said_in_one_line(folder: Path, capsys: Capsys) -> None:
    """No traceback, and which database."""
    write_policy(folder, f'store = "postgresql://bandeau@/proof?host={folder}"')
    assert run(capsys, "keys", "create").code == 0
    result = run(capsys, "ledger", "verify")
    assert result.code not in (0, 1)
    assert "PostgreSQL, database proof: " in result.err
    assert "Traceback" not in result.err


def test_backup_that_is_older_than_what_was_published_is_not_written_on(
    folder: Path, capsys: Capsys, cluster: Cluster
) -> None:
    """A dump from before the last checkpoint is put back: readers and witnesses hold what it lacks."""
    assert run(capsys, "ledger", "init").code == 0
    choose(folder)
    dump = cluster.folder / "older.sql"
    cluster.run("pg_dump", "-n", "bandeau", "-f", dump, cluster.url())
    choose(folder, first=10)
    assert run(capsys, "ledger", "publish").code == 0
    cluster.sql("DROP SCHEMA bandeau CASCADE")
    cluster.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", dump, cluster.url())
    for command in (("ledger", "publish"), ("ledger", "stats")):
        refused = run(capsys, *command)
        assert refused.code not in (0, 1)
        assert "entries were published, and there are" in refused.err
    verified = run(capsys, "ledger", "verify")
    assert verified.code == 1
    assert "were published" in verified.out


def test_init_goes_on_where_another_one_was_cut_short(
    folder: Path, capsys: Capsys, cluster: Cluster, postgres_url: str
) -> None:
    """The schema was made, and the process ended before its first log began."""
    assert run(capsys, "keys", "create").code == 0
    PostgresStore.create(postgres_url, TestSigner()).close()
    again = run(capsys, "ledger", "init")
    assert (again.code, again.err.startswith("began the log ")) == (0, True)
    choose(folder)
    assert run(capsys, "ledger", "verify").code == 0


def test_rotation_and_export_are_as_on_one_machine(folder: Path, capsys: Capsys) -> None:
    """A new key is named in the log; the export holds every record with its salt, and each receipt verifies."""
    assert run(capsys, "ledger", "init").code == 0
    code = choose(folder)[0]
    assert run(capsys, "keys", "rotate", "--ledger").code == 0
    choose(folder, first=10)
    with opened(folder) as site:
        rows = site.store.kept_of_subject(site.store.find(code).subject_id)  # type: ignore[union-attr]
    exported = json.loads(run(capsys, "ledger", "export", "--subject", code).out)
    assert [each["body"] for each in exported["records"]] == [json.loads(row.body) for row in rows]
    for number, each in enumerate(exported["records"]):
        receipt = folder / f"receipt{number}.json"
        receipt.write_text(json.dumps(each["receipt"]))
        assert run(capsys, "verify", str(receipt)).code == 0
    assert run(capsys, "ledger", "verify").code == 0
