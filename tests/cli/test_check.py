"""`bandeau check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import run, spawn
from tests.policyfile.samples import GOOD, changed

BAD = changed("bit = 1", "bit = 0")
WARNED = changed('policy_url = "https://tube.example/privacy"\n', "")


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a clean policy in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bandeau.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_clean_policy_exits_with_zero_and_prints_no_data(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to say is nothing on stdout."""
    result = run(capsys, "check")
    assert (result.code, result.out, result.err) == (0, "", "no problems\n")


def test_error_exits_with_one_and_shows_the_place(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is data."""
    policy.write_text(BAD, encoding="utf-8")
    result = run(capsys, "check")
    assert result.code == 1
    assert result.out.startswith('error[BND202]: purpose "social" takes bit 0')
    assert "--> bandeau.toml:28:7" in result.out


def test_warning_alone_exits_with_zero(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy with warnings stands."""
    policy.write_text(WARNED, encoding="utf-8")
    result = run(capsys, "check")
    assert result.code == 0
    assert "warning[BND322]" in result.out


def test_exit_zero_reports_without_failing(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a first look in CI."""
    policy.write_text(BAD, encoding="utf-8")
    assert run(capsys, "check", "--exit-zero").code == 0


def test_missing_file_exits_with_two(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is not a finding, and --exit-zero does not hide it."""
    result = run(capsys, "check", "--exit-zero", "nothing.toml")
    assert result.code == 2
    assert "BND118" in result.out


def test_several_files_are_one_report(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each place carries its file."""
    (policy.parent / "b.toml").write_text(BAD, encoding="utf-8")
    document = json.loads(run(capsys, "check", "--json", "bandeau.toml", "b.toml").out)
    assert [record["file"] for record in document["problems"]] == ["b.toml"]


@pytest.mark.parametrize("text", [GOOD, BAD], ids=["clean", "bad"])
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_documents_are_one_json_text_on_stdout(
    policy: Path, capsys: pytest.CaptureFixture[str], form: str, text: str
) -> None:
    """Pipes parse them, whatever else is said."""
    policy.write_text(text, encoding="utf-8")
    assert isinstance(json.loads(run(capsys, "check", "--output-format", form).out), dict)


def test_github_form_annotates_the_line(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Actions show it beside the code."""
    policy.write_text(BAD, encoding="utf-8")
    out = run(capsys, "check", "--output-format", "github").out
    assert out.startswith("::error file=bandeau.toml,line=28,col=7,endColumn=7,title=BND202")


def test_fix_mends_what_needs_no_decision(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fix may make room for the next one."""
    policy.write_text(changed("otherwise", "othervise").replace('"embed"', "embed"), encoding="utf-8")
    result = run(capsys, "check", "--fix")
    assert result.code == 0
    assert policy.read_text(encoding="utf-8") == GOOD
    assert "fixed" in result.err


def test_ready_says_what_is_left_and_exits_with_one(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No keys, no store: not ready."""
    result = run(capsys, "check", "--ready")
    assert result.code == 1
    assert "BND452" in result.out
    assert "BND453" in result.out


def test_ready_policy_exits_with_zero(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What init creates and a filled-in policy are enough."""
    assert run(capsys, "init").code == 0
    result = run(capsys, "check", "--ready")
    assert (result.code, result.out, result.err) == (0, "", "ready to enforce\n")


def test_colour_follows_the_option_and_no_color(policy: Path) -> None:
    """Pipes are plain unless asked; NO_COLOR wins over auto."""
    policy.write_text(BAD, encoding="utf-8")
    assert "\x1b" not in spawn("check", cwd=policy.parent).out
    assert "\x1b" in spawn("--color", "always", "check", cwd=policy.parent).out
    assert "\x1b" not in spawn("check", cwd=policy.parent, NO_COLOR="1").out


def test_policy_comes_from_option_and_environment(policy: Path, tmp_path: Path) -> None:
    """BANDEAU_POLICY names the file for every command."""
    other = tmp_path / "other.toml"
    other.write_text(BAD, encoding="utf-8")
    assert spawn("check", cwd=tmp_path, BANDEAU_POLICY="other.toml").code == 1
    assert spawn("--policy", "other.toml", "check", cwd=tmp_path).code == 1


def test_file_that_is_not_text_gives_no_traceback(tmp_path: Path) -> None:
    """Also through the process."""
    (tmp_path / "bandeau.toml").write_bytes(bytes(range(256)))
    result = spawn("check", cwd=tmp_path)
    assert result.code == 1
    assert "BND102" in result.out
    assert "Traceback" not in result.err


def test_name_that_is_not_text_gives_no_traceback(tmp_path: Path) -> None:
    """File names are bytes."""
    result = spawn("check", "--json", "\udcff.toml", cwd=tmp_path)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_verbose_names_revision_and_digest(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr: which declaration was judged."""
    err = run(capsys, "-v", "check").err
    assert "bandeau.toml: journal (production), revision 3, sha256:" in err
