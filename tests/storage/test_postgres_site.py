"""A site whose policy names a PostgreSQL database, by its commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.ledger_site import choose, opened, write_policy
from tests.cli.run import run
from tests.storage.clusters import Cluster

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
