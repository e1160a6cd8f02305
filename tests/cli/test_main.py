"""The group of verbs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bandeau.cli.main import VERBS
from bandeau.cli.reference import cli_page
from bandeau.policyfile import RULES
from bandeau.policyfile.jsonschema import schema_text
from tests.cli.run import run

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_committed_page_is_the_generated_one() -> None:
    """`python -m bandeau.cli.reference docs/reference/cli.md` writes it anew."""
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == cli_page()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of verbs leads to commands that exist."""
    result = run(capsys, verb, "--help")
    assert result.code == 0
    assert "Usage: bandeau" in result.out


def test_overview_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """Also those whose modules are not imported."""
    out = run(capsys, "--help").out
    assert all(verb in out for verb in VERBS)


def test_check_imports_no_server() -> None:
    """A pre-commit hook starts in no time, and a broken server never hides a broken policy."""
    code = (
        "import sys; from bandeau.cli.main import main\n"
        "try: main(['check', 'nothing.toml'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('uvicorn', 'asyncio', 'jinja2', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_unknown_verb_and_option_exit_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage errors go to stderr."""
    for arguments in (["chekc"], ["check", "--unknown"], ["rule", "BND999"], ["--color", "blue", "check"]):
        result = run(capsys, *arguments)
        assert (result.code, result.out) == (2, "")
        assert "Error" in result.err


def test_schema_is_printed_as_committed(capsys: pytest.CaptureFixture[str]) -> None:
    """`bandeau schema > …` gives the file of the repository."""
    assert run(capsys, "schema").out == schema_text()


def test_rule_is_found_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    """A page of its own for each code."""
    out = run(capsys, "rule", "bnd204").out
    assert out.startswith("BND204 (error): unknown purpose")
    assert json.loads(run(capsys, "rule", "BND204", "--json").out)["code"] == "BND204"


def test_rules_are_listed_with_their_level(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    assert len(run(capsys, "rule").out.splitlines()) == len(RULES)
    assert len(json.loads(run(capsys, "rule", "--json").out)) == len(RULES)


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON."""
    version = json.loads(run(capsys, "version", "--json").out)["bandeau"]
    assert run(capsys, "version").out == f"bandeau {version}\n"


def test_quiet_prints_data_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """stderr stays empty too."""
    result = run(capsys, "-q", "keys", "create", tmp_path / "k")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_reader_of_a_pipe_that_goes_away_is_no_error() -> None:
    """`bandeau rule | head -1` ends quietly."""
    command = f"{sys.executable} -m bandeau schema | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == schema_text()[:10]
    assert "Traceback" not in done.stderr


def test_missing_folder_is_a_matter_of_the_surroundings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 3, one line."""
    result = run(capsys, "--policy", tmp_path / "none" / "bandeau.toml", "init")
    assert result.code == 3
    assert result.err.startswith("bandeau: ")


def test_interruption_exits_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As shells expect."""

    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("bandeau.cli.schema.schema_text", interrupted)
    assert run(capsys, "schema").code == 130
