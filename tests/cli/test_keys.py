"""`bandeau keys`: created once, rotated without a restart, shown without a secret."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from bandeau.ledger.note import VerifierKey
from bandeau.policyfile.starter import Starter, starter_text
from bandeau.site import Site
from bandeau.storage.keyfile import read_keyfile
from tests.cli.run import run


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
