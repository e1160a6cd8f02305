"""`bandeau ledger publish`, `stats` and `prune`: the log is made known, counted and kept for its time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bandeau.site import Site
from tests.cli.ledger_site import begin_in, choose, opened, write_policy
from tests.cli.run import run

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> Path:
    """Work in the folder of a site whose log has been begun."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    assert run(capsys, "ledger", "init").code == 0
    return tmp_path


def keys_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """Begin in a folder with a policy and keys; there is no log yet."""
    monkeypatch.chdir(folder)
    write_policy(folder)
    run(capsys, "keys", "create")


def test_statistics_name_nobody(folder: Path, capsys: Capsys) -> None:
    """Counts by day, purpose, event, language."""
    choose(folder)
    by_purpose = json.loads(run(capsys, "ledger", "stats", "--by", "purpose", "--json").out)
    assert by_purpose["counts"] == {"ads refused": 4, "audience allowed": 2, "audience refused": 2}
    text = run(capsys, "ledger", "stats", "--by", "event").out
    assert text.split() == ["refused", "4"]
    assert run(capsys, "ledger", "stats").out.split()[1] == "4"


def test_publishing_names_each_place_and_fails_with_one(folder: Path, capsys: Capsys) -> None:
    """A folder that takes it, an address where nobody answers."""
    write_policy(folder, 'publish = ["proofs", "http://127.0.0.1:9/log"]')
    result = run(capsys, "ledger", "publish")
    assert result.code == 1
    assert "kept " in result.out
    assert "NOT PUBLISHED at http://127.0.0.1:9/log" in result.out
    outcomes = json.loads(run(capsys, "ledger", "publish", "--json").out)
    assert [outcome["done"] for outcome in outcomes] == [True, False]


def test_nothing_is_pruned_before_its_time(folder: Path, capsys: Capsys) -> None:
    """The current year never; and a duration that is none is a wrong use."""
    choose(folder)
    result = run(capsys, "ledger", "prune", "--yes")
    assert (result.code, "nothing is older than 1825 days" in result.out) == (0, True)
    assert run(capsys, "ledger", "prune", "--older-than", "soon").code == 2
    with opened(folder) as site:
        assert site.store.count() == 4


def test_years_that_are_over_are_pruned_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """A log of 2020 goes from 2026 on; its last checkpoint stays, and all logs verify."""
    keys_alone(tmp_path, monkeypatch, capsys)
    begin_in(tmp_path, 2020)
    assert run(capsys, "ledger", "init", "--yes").code == 0
    choose(tmp_path)
    look = run(capsys, "ledger", "prune", "--dry-run")
    assert look.out == "would drop 3 records of www.lagazette.example/la-gazette/production/2020\n"
    assert run(capsys, "ledger", "prune").code == 2
    assert run(capsys, "ledger", "prune", "--yes").out.startswith("dropped 3 records")
    with opened(tmp_path) as site:
        assert site.store.count() == 4
    assert run(capsys, "ledger", "verify").code == 0
    assert run(capsys, "ledger", "checkpoint", "--year", "2020").code == 0


def test_newest_log_is_pruned_in_one_run_when_its_year_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """A site that nobody visited since December: the tombstone begins the log of this year."""
    keys_alone(tmp_path, monkeypatch, capsys)
    last_year = datetime.now(UTC).year - 1
    begin_in(tmp_path, last_year, datetime(last_year, 12, 31, 23, 59, 59, tzinfo=UTC))
    monkeypatch.setattr(Site, "now", lambda _: datetime(last_year + 1, 3, 1, tzinfo=UTC))
    dropped = run(capsys, "ledger", "prune", "--older-than", "1 day", "--yes")
    assert (dropped.code, dropped.out[:17]) == (0, "dropped 3 records")
    assert run(capsys, "ledger", "verify").code == 0


def test_nothing_is_pruned_when_the_clock_may_be_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """A clock years ahead makes every log old: somebody confirms it first, also before a --dry-run."""
    keys_alone(tmp_path, monkeypatch, capsys)
    begin_in(tmp_path, 2020)
    for option in ("--yes", "--dry-run"):
        refused = run(capsys, "ledger", "prune", option)
        assert (refused.code, "bandeau ledger init" in refused.err) == (3, True)
    assert run(capsys, "ledger", "init").code == 2  # nobody can be asked here
    assert "goes on from" in run(capsys, "ledger", "init", "--yes").err
    assert run(capsys, "ledger", "prune", "--yes").out.startswith("dropped 3 records")


def test_checkpoint_of_a_year_without_a_log_names_the_years_that_there_are(
    folder: Path, capsys: Capsys
) -> None:
    """The log was begun, so beginning it is no advice."""
    year = datetime.now(UTC).year
    result = run(capsys, "ledger", "checkpoint", "--year", "2001")
    assert (result.code, result.err) == (1, f"there is no log of 2001; there are those of {year}\n")
