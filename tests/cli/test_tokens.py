"""`bandeau tokens`: made, listed, taken away; the token itself is shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandeau.policyfile.starter import Starter, starter_text
from bandeau.storage.tokenfile import TokenFile
from tests.cli.run import run

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "other-back-ends.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a policy file alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    return tmp_path


def test_a_token_is_made_listed_and_taken_away(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a list shows is not the token."""
    made = run(capsys, "tokens", "create", "shop", "--purpose", "audience")
    token = made.out.strip()
    kept = TokenFile(folder / "bandeau.tokens").find(token)
    assert kept is not None
    assert (kept.name, kept.purposes) == ("shop", ("audience",))
    listed = run(capsys, "tokens", "list")
    assert "shop: audience in development, 50 a second, until " in listed.out
    assert token[13:] not in listed.out
    gone = run(capsys, "tokens", "revoke", kept.id, "--yes")
    assert (gone.code, run(capsys, "tokens", "list").out) == (0, "no tokens\n")
    assert TokenFile(folder / "bandeau.tokens").find(token) is None


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """For machines; the digest is of no use to anybody."""
    made = json.loads(run(capsys, "tokens", "create", "shop", "--purpose", "audience", "--json").out)
    (listed,) = json.loads(run(capsys, "tokens", "list", "--json").out)
    assert made.pop("token").startswith(f"bdt_{listed['id']}_")
    assert made == listed
    assert "sha256" not in listed


def test_a_purpose_that_is_not_declared_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names that there are, and no token."""
    done = run(capsys, "tokens", "create", "shop", "--purpose", "spying")
    assert done.code == 2
    assert "audience" in done.err
    assert not (folder / "bandeau.tokens").exists()


def test_an_id_that_is_none_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """1, and the ids that there are."""
    run(capsys, "tokens", "create", "shop", "--purpose", "audience")
    done = run(capsys, "tokens", "revoke", "nobody", "--yes")
    assert done.code == 1
    assert "no token has the id nobody; ids: " in done.err


def test_nobody_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """--yes is needed."""
    made = json.loads(run(capsys, "tokens", "create", "shop", "--purpose", "audience", "--json").out)
    assert run(capsys, "tokens", "revoke", made["id"]).code == 2


def test_the_guide_counts_the_vectors() -> None:
    """The figure in the text is that of the file."""
    vectors = json.loads((GUIDE.parents[2] / "spec" / "vectors" / "verify.json").read_text())
    assert f"holds {len(vectors['cases'])} cookies" in GUIDE.read_text("utf-8")
