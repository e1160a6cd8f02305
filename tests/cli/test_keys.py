"""`bandeau keys`: created once, rotated without a restart, shown without a secret."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bandeau.cli.main import main
from bandeau.ledger.note import VerifierKey
from bandeau.policyfile.starter import Starter, starter_text
from bandeau.site import Site
from bandeau.storage.keyfile import read_keyfile
from tests.cli.ledger_site import choose, opened
from tests.cli.run import run
from tests.storage.records import a_record


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a policy file alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    return tmp_path


def test_keys_are_created_where_the_policy_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Readable by their owner alone."""
    assert run(capsys, "keys", "create").code == 0
    assert stat.S_IMODE((folder / "bandeau.keys").stat().st_mode) == 0o600


def test_keys_are_created_where_the_environment_says(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same variable moves them for the site and for the commands."""
    monkeypatch.setenv("BANDEAU_KEYS", "elsewhere.keys")
    for verb in ("create", "rotate", "show"):
        assert run(capsys, "keys", verb).code == 0
    assert (folder / "elsewhere.keys").exists()


def test_keys_are_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time is refused, and says why."""
    assert run(capsys, "keys", "create", "my.keys").code == 0
    before = (folder / "my.keys").read_bytes()
    result = run(capsys, "keys", "create", "my.keys")
    assert result.code == 3
    assert "void every choice" in result.err
    assert (folder / "my.keys").read_bytes() == before


@pytest.mark.parametrize("verb", ["create", "rotate", "show"])
def test_keys_without_a_policy_say_what_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """An invalid policy is exit code 2."""
    (folder / "bandeau.toml").unlink()
    result = run(capsys, "keys", verb)
    assert result.code == 2
    assert "BND118" in result.err


@pytest.mark.parametrize("verb", ["rotate", "show"])
def test_keys_that_are_not_there_name_the_command_that_makes_them(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """No traceback, and exit code 3."""
    result = run(capsys, "keys", verb)
    assert result.code == 3
    assert "bandeau keys create" in result.err


@pytest.mark.parametrize(
    ("options", "cookies", "ledger"),
    [((), 2, 2), (("--cookies",), 2, 1), (("--ledger",), 1, 2), (("--cookies", "--ledger"), 2, 2)],
)
def test_rotation_adds_a_key_of_the_kind_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], cookies: int, ledger: int
) -> None:
    """Without an option, of both kinds."""
    run(capsys, "keys", "create")
    assert run(capsys, "keys", "rotate", *options).code == 0
    keys = read_keyfile("bandeau.keys")
    assert (len(keys.cookies.keys), len(keys.ledger)) == (cookies, ledger)


def test_log_names_its_new_key_under_the_signature_of_the_old_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who trusts the first key alone follows the log across a rotation; all of it verifies."""
    run(capsys, "ledger", "init")
    old = json.loads(run(capsys, "keys", "show", "--json").out)["verifiers"]
    result = run(capsys, "keys", "rotate", "--ledger")
    assert (result.code, "entry 1 of" in result.err) == (0, True)
    both = json.loads(run(capsys, "keys", "show", "--json").out)["verifiers"]
    assert both[1:] == old
    for key in both:
        assert run(capsys, "ledger", "verify", "--key", key).code == 0
    (row,) = list(_rows(folder, "key"))
    assert json.loads(row)["key"] == both[0]


def test_rotation_that_dies_before_the_log_knows_is_completed_by_the_next_entry(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed right after the key file was replaced: the old key still verifies the whole log."""
    run(capsys, "ledger", "init")
    old = json.loads(run(capsys, "keys", "show", "--json").out)["verifiers"]
    with monkeypatch.context() as killed:
        killed.setattr(Site, "announce_key", _die)
        with pytest.raises(SystemError):
            main(["keys", "rotate", "--ledger"])
    assert _rows(folder, "key") == []
    choose(folder)
    (row,) = _rows(folder, "key")
    both = json.loads(run(capsys, "keys", "show", "--json").out)["verifiers"]
    assert json.loads(row)["key"] == both[0]
    for key in (*old, *both):
        assert run(capsys, "ledger", "verify", "--key", key).code == 0


def _die(_: Site) -> None:
    raise SystemError("killed")


def test_old_key_signs_on_in_the_newest_log_whatever_the_clock_says(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that ran a few weeks ahead began the log of next year, and was set."""
    run(capsys, "ledger", "init")
    next_year = datetime.now(UTC).year + 1
    with opened(folder) as site:
        own = site.policy.site
        record = replace(
            a_record(1), site_id=own.id, environment=own.environment, at=f"{next_year}-01-01T00:00:00Z"
        )
        site.store.submit(record, key="k").result()
    assert f"/{next_year}:" in run(capsys, "keys", "show").out
    assert run(capsys, "keys", "rotate", "--ledger").code == 0
    assert [key.last_year for key in read_keyfile("bandeau.keys").ledger] == [None, next_year]
    for verb in (["ledger", "verify"], ["ledger", "publish"], ["keys", "show"]):
        assert run(capsys, *verb).code == 0
    warned = run(capsys, "ledger", "verify", "--json")
    assert "one clock was wrong" in warned.err
    assert json.loads(warned.out)["warnings"][0].startswith("The last entry of ")


def test_old_key_signs_the_next_year_when_another_machine_may_have_begun_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve seconds before New Year, as far as this clock knows."""
    run(capsys, "ledger", "init")
    year = datetime.now(UTC).year
    monkeypatch.setattr(Site, "now", lambda _: datetime(year, 12, 31, 23, 59, 48, tzinfo=UTC))
    assert run(capsys, "keys", "rotate", "--ledger").code == 0
    assert [key.last_year for key in read_keyfile("bandeau.keys").ledger] == [None, year + 1]


def test_rotation_changes_nothing_when_something_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged store, a clock that is years ahead, a fourth key: said before a file is touched."""
    run(capsys, "ledger", "init")
    for _ in range(2):
        assert run(capsys, "keys", "rotate", "--ledger").code == 0
    before = (folder / "bandeau.keys").read_bytes()
    fourth = run(capsys, "keys", "rotate")
    assert (fourth.code, "3 keys (l3, l2, l1)" in fourth.err) == (3, True)
    with monkeypatch.context() as wrong:
        wrong.setattr(Site, "now", lambda _: datetime(2099, 1, 1, tzinfo=UTC))
        ahead = run(capsys, "keys", "rotate")
    assert (ahead.code, "the clock says 2099-01-01T00:00:00Z" in ahead.err) == (3, True)
    (folder / "bandeau.db").write_bytes(b"no database")
    assert run(capsys, "keys", "rotate").code == 3
    assert (folder / "bandeau.keys").read_bytes() == before


def test_key_file_that_others_can_read_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads it can sign a log: the two commands of a nightly job say so, with the remedy."""
    run(capsys, "ledger", "init")
    for mode, expected in ((0o600, False), (0o644, True)):
        (folder / "bandeau.keys").chmod(mode)
        for verb in (["check"], ["ledger", "verify"]):
            result = run(capsys, *verb)
            remedy = f"chmod 600 {folder / 'bandeau.keys'}"
            assert (result.code, remedy in result.err) == (0, expected), verb


def test_created_and_rotated_keys_are_named_in_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a script that hands the names on; and each shown key says how long it signs."""
    assert json.loads(run(capsys, "keys", "create", "--json").out)["ledger_key"] == "l1"
    begun = json.loads(run(capsys, "ledger", "init", "--json").out)
    assert (begun["created"], len(begun["published"])) == (["bandeau.db"], 1)
    rotated = json.loads(run(capsys, "keys", "rotate", "--json").out)
    assert (rotated["cookie_key"], rotated["ledger_key"], rotated["index"]) == ("k2", "l2", 1)
    year = datetime.now(UTC).year
    terms = [(key["id"], key["last_year"]) for key in _shown(capsys)["ledger_keys"]]
    assert [terms[0], terms[1][0]] == [("l2", None), "l1"]
    assert terms[1][1] in (year, year + 1)  # on the last day of a year, the next one
    assert "(l1, signs to the end of the log of " in run(capsys, "keys", "show").out


def _shown(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, object]]]:
    value: dict[str, list[dict[str, object]]] = json.loads(run(capsys, "keys", "show", "--json").out)
    return value


def _rows(folder: Path, kind: str) -> list[bytes]:
    site = Site.open(folder / "bandeau.toml")
    (head,) = site.logs()
    rows = [row.body for row in site.store.rows(head.origin) if row.kind == kind]
    site.close()
    return rows


def test_shown_keys_verify_and_hold_no_secret(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every printed text of every command is searched for every secret of the file."""
    printed = []
    for arguments in (("create",), ("rotate",), ("show",), ("show", "--json"), ("create",)):
        result = run(capsys, "keys", *arguments)
        printed.append(result.out + result.err)
    file = json.loads((folder / "bandeau.keys").read_bytes())
    secrets = [key["secret"] for key in file["keys"]] + [key["seed"] for key in file["ledger"]]
    assert len(secrets) == 4
    assert not any(secret in text for secret in secrets for text in printed)
    shown = json.loads(printed[3])
    assert shown["cookie_keys"] == ["k2", "k1"]
    assert [VerifierKey.parse(each).public_key for each in shown["verifiers"]] == [
        key.public for key in read_keyfile("bandeau.keys").ledger
    ]
    assert all(each in printed[2] for each in shown["verifiers"])
