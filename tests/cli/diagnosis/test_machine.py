"""`bandeau doctor` on a machine: each thing that is wrong is named, with what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bandeau.audit.collect import chromium
from bandeau.cli.diagnosis import framework, machine
from bandeau.cli.main import main
from bandeau.storage.countfile import CountFile
from bandeau.storage.tokenfile import create_token
from tests.cli.run import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A site that has just been made."""
    monkeypatch.chdir(tmp_path)
    # The newspaper's tests leave a Django behind that is not this site's.
    monkeypatch.setattr(framework, "sys", SimpleNamespace(modules={}))
    with pytest.raises(SystemExit):
        main(["init", "--url", "https://localhost"])
    capsys.readouterr()
    return tmp_path


def look(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[tuple[str, str, str]]]]:
    """Run it; return the code, and what was found by subject."""
    done = run(capsys, "doctor", "--json")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in json.loads(done.out):
        found.setdefault(row["subject"], []).append((row["level"], row["sentence"], row["remedy"]))
    return done.code, found


def test_a_new_site_has_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings alone; each names what to do next."""
    code, found = look(capsys)
    assert code == 0, found
    assert found.keys() >= {"policy", "mode", "keys", "SQLite", "store", "clock", "disk", "browser", "counts"}
    rows = [row for rows in found.values() for row in rows]
    assert all(bool(remedy) == (level != "ok") for level, _, remedy in rows)
    assert found["mode"] == [("warning", "report: nothing is blocked", "bandeau check --ready")]
    assert found["counts"][0][2] == "start the site, and read a page"


def test_a_person_reads_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each, and the next command below."""
    done = run(capsys, "doctor")
    assert "next: bandeau check --ready" in done.out
    assert done.out.startswith("ok ")


def test_a_policy_with_mistakes_is_the_first_thing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else can be looked at."""
    (folder / "bandeau.toml").write_text("mode = ")
    code, found = look(capsys)
    assert (code, found.keys(), found["policy"][0][2]) == (1, {"policy"}, "bandeau check")


def test_without_a_policy_init_is_next(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The very first command."""
    (folder / "bandeau.toml").unlink()
    assert look(capsys)[1]["policy"][0][2] == "bandeau init"


def test_open_keys_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has them signs."""
    (folder / "bandeau.keys").chmod(0o644)
    assert look(capsys)[1]["keys"][0][2] == f"chmod 600 {folder / 'bandeau.keys'}"


def test_a_missing_store_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that makes it."""
    (folder / "bandeau.db").unlink()
    code, found = look(capsys)
    assert code == 1
    assert found["store"][0][0::2] == ("error", "bandeau ledger init")


def test_a_damaged_store_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is never opened."""
    for name in ("bandeau.db-wal", "bandeau.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "bandeau.db").write_bytes(b"x" * 8192)
    code, found = look(capsys)
    assert code == 1
    assert [row[0] for row in found["store"]] == ["error", "error"]


def test_another_journal_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The store relies on the write-ahead log."""
    with closing(sqlite3.connect(folder / "bandeau.db")) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
    levels = [(level, remedy.partition(" ")[0]) for level, _, remedy in look(capsys)[1]["SQLite"]]
    assert ("error", "sqlite3") in levels


@pytest.mark.parametrize(("version", "level"), [((3, 40, 1), "warning"), ((3, 51, 3), "ok")])
def test_an_old_sqlite_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], level: str
) -> None:
    """The WAL-reset bug."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert look(capsys)[1]["SQLite"][0][0] == level


def test_a_clock_behind_the_log_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's time never goes back."""

    class Earlier(datetime):
        """A clock that is an hour late."""

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            """Return the wrong time."""
            return datetime.now(UTC) - timedelta(hours=1)

    monkeypatch.setattr(machine, "datetime", Earlier)
    assert look(capsys)[1]["clock"][0][0::2] == ("error", "timedatectl status")


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing can be recorded."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))
    assert look(capsys)[1]["disk"][0][0] == "warning"


def test_a_machine_without_a_browser_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the audit needs one."""
    monkeypatch.setattr(chromium.shutil, "which", lambda _: None)
    monkeypatch.setattr(chromium, "_of_playwright", lambda: None)
    assert look(capsys)[1]["browser"][0][0::2] == ("warning", "apt install chromium")


def test_the_environment_s_mode_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody switched the site off, and the file says otherwise."""
    monkeypatch.setenv("BANDEAU_MODE", "off")
    assert look(capsys)[1]["mode"][0][1] == "BANDEAU_MODE=off stands before the file in this environment"


def test_tokens_that_end_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before a shop stands still."""
    today = datetime.now(UTC).date()
    for name, days in (("old", -1), ("ending", 3), ("fresh", 90)):
        create_token(
            folder / "bandeau.tokens",
            name=name,
            environment="production",
            purposes=["audience"],
            created=today,
            expires=today + timedelta(days=days),
        )
    assert [row[2] for row in look(capsys)[1]["tokens"]] == [
        "bandeau tokens create old",
        "bandeau tokens create ending",
    ]


def test_failures_of_the_last_day_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about each."""
    failure = ("failures", ("page is larger than max_body_bytes",))
    CountFile(folder / "bandeau.counts").add(datetime.now(UTC), {failure: 3}, {})
    CountFile(folder / "bandeau.counts").add(
        datetime.now(UTC) - timedelta(days=3), {("failures", ("x",)): 3}, {}
    )
    (row,) = look(capsys)[1]["counts"]
    assert row[1] == "page is larger than max_body_bytes (16,777,216): 3 times in a day"
    assert row[2].startswith("raise enforce.max_body_bytes")


def test_counts_that_cannot_be_written_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy in a folder of root's."""
    monkeypatch.setattr("os.access", lambda *_: False)
    (row,) = look(capsys)[1]["counts"]
    assert row[0::2] == ("warning", "set BANDEAU_COUNTS to a file that the site's user may write")


def test_file_systems_are_told_apart(tmp_path: Path) -> None:
    """The nearest mount stands."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\nbroken\n")
    assert machine.file_system(tmp_path / "bandeau.db", mounts) == "nfs4"
    assert machine.file_system(Path("/etc"), mounts) == "ext4"
    assert machine.file_system(Path("/etc"), tmp_path / "none") == ""
