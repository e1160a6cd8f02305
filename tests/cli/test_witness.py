"""`bandeau witness`, served by a process of its own, and the logs that it countersigns."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.ledger_site import choose, write_policy
from tests.cli.run import run

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[str]:
    """Run `bandeau witness serve` on a free port; yield its address."""
    command = [sys.executable, "-m", "bandeau", "witness", "serve", "--port", "0", *options]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().split()[2]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)


def begun(folder: Path, capsys: Capsys, more: str = "") -> str:
    """Begin the log of a site in a folder; return its verifier key."""
    write_policy(folder, more)
    assert run(capsys, "ledger", "init").code == 0
    return str(json.loads(run(capsys, "keys", "show", "--json").out)["verifiers"][0])


def test_log_is_countersigned_and_verifies_as_witnessed(folder: Path, capsys: Capsys) -> None:
    """Two processes: the site asks, the witness answers, the verifier says so."""
    key = run(capsys, "witness", "create", "temoin.example").out.strip()
    log = begun(folder, capsys)
    assert run(capsys, "witness", "trust", log).code == 0
    with serving(folder) as url:
        write_policy(folder, f'witnesses = [{{ key = "{key}", url = "{url}" }}]')
        for first in (0, 10):
            choose(folder, first=first)
            result = run(capsys, "ledger", "publish")
            assert (result.code, "temoin.example countersigned" in result.out) == (0, True), result
    verified = run(capsys, "ledger", "verify")
    assert (verified.code, verified.out.splitlines()[0]) == (0, "ok: witnessed")
    shown = json.loads(run(capsys, "witness", "show", "--json").out)
    assert shown == {"verifier": key, "logs": {"www.lagazette.example/la-gazette/production/2026": 9}}


def test_rewritten_log_is_refused_by_the_witness_and_found_by_its_word(folder: Path, capsys: Capsys) -> None:
    """The operator keeps the keys, throws the log away and makes another one."""
    key = run(capsys, "witness", "create", "temoin.example").out.strip()
    run(capsys, "witness", "trust", begun(folder, capsys))
    choose(folder)
    with serving(folder) as url:
        write_policy(folder, f'witnesses = [{{ key = "{key}", url = "{url}" }}]')
        assert run(capsys, "ledger", "publish").code == 0
        for name in folder.glob("bandeau.db*"):
            name.unlink()
        shutil.move(folder / "bandeau-checkpoints", folder / "kept-elsewhere")
        assert run(capsys, "ledger", "init").code == 0
        choose(folder, first=50)
        refused = run(capsys, "ledger", "publish")
    assert refused.code == 1
    assert "temoin.example has seen another history" in refused.out
    found = run(capsys, "ledger", "verify", "--against", folder / "kept-elsewhere")
    assert (found.code, "the log was rewritten" in found.out) == (1, True)


def test_witness_is_never_written_over(capsys: Capsys) -> None:
    """A witness that forgets what it signed is none."""
    assert run(capsys, "witness", "create", "w.example").code == 0
    result = run(capsys, "witness", "create", "w.example")
    assert (result.code, "forgets" in result.err) == (3, True)


def test_what_is_wrong_is_said(folder: Path, capsys: Capsys) -> None:
    """No witness, a name that no key can have, a key that is none, a damaged file."""
    assert "bandeau witness create" in run(capsys, "witness", "show").err
    assert run(capsys, "witness", "create", "a name").code == 3
    run(capsys, "witness", "create", "w.example")
    assert run(capsys, "witness", "trust", "nonsense").code == 2
    (folder / "bandeau.witness").write_text("{}")
    result = run(capsys, "witness", "show")
    assert (result.code, "restore" in result.err) == (3, True)


def test_only_its_one_address_is_answered(folder: Path, capsys: Capsys) -> None:
    """404, 405, 400 and 413, and it goes on."""
    import httpx

    run(capsys, "witness", "create", "w.example")
    with serving(folder) as url:
        assert httpx.get(url).status_code == 404
        assert httpx.get(f"{url}/add-checkpoint").status_code == 405
        assert httpx.post(f"{url}/add-checkpoint", content=b"nonsense").status_code == 400
        assert httpx.post(f"{url}/add-checkpoint", content=b"x" * 300_000).status_code == 413
        assert httpx.post(f"{url}/add-checkpoint", content=b"old 0\n\nnote").status_code == 400


def test_keys_of_next_years_log_are_known_before_it_begins(folder: Path, capsys: Capsys) -> None:
    """So that a witness can be told in December."""
    begun(folder, capsys)
    shown = json.loads(run(capsys, "keys", "show", "--year", "2027", "--json").out)
    assert shown["origin"] == "www.lagazette.example/la-gazette/production/2027"
    assert shown["verifiers"][0].startswith(f"{shown['origin']}+")
