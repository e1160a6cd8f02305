"""`bandeau explain URL`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandeau.cli.explain import explain
from bandeau.policyfile import load
from tests.cli.run import run
from tests.policyfile.samples import GOOD, changed

PAGE = "https://www.journal.example/"


@pytest.fixture(autouse=True)
def _with_a_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bandeau.toml").write_text(GOOD, encoding="utf-8")


def test_service_is_named_with_purpose_vendor_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    """All that a person needs to mend it."""
    out = run(capsys, "explain", "https://player.tube.example/embed/1").out
    for words in ("player, embed, declared at bandeau.toml:", "social: Vidéos", "Tube SA", "consent"):
        assert words in out
    assert "no choice  blocked (unset)" in out
    assert "refused    blocked (denied)" in out
    assert "accepted   allowed (granted)" in out


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """For other tools."""
    record = json.loads(run(capsys, "explain", "--json", "//player.tube.example/x").out)
    assert record["service"] == "player"
    assert record["decisions"]["accepted"] == {"allowed": True, "reason": "granted"}
    assert record["mode"] == "enforce"


@pytest.mark.parametrize(
    ("url", "whose", "words"),
    [
        ("/style.css", "first", "never blocked"),
        ("https://www.journal.example/a", "first", "never blocked"),
        ("https://elsewhere.example/", "undeclared", "blocked"),
        ("https:/\\player.tube.example/x", "service", "Blocked until"),
        ("data:text/css,a", "inert", "never blocked"),
        ("https://[", "unparseable", "blocked"),
    ],
)
def test_url_is_read_as_browsers_read_it(url: str, whose: str, words: str) -> None:
    """The same look-up as the walls'."""
    found = explain(load(GOOD).policy, url, PAGE)
    assert found.whose == whose
    assert words in found.sentence


def test_open_reach_is_told_for_undeclared_hosts() -> None:
    """Delegated, not enforced."""
    policy = load(changed('vendor = "tube"', 'vendor = "tube"\nreach = "open"')).policy
    assert "player may call it" in explain(policy, "https://elsewhere.example/", PAGE).sentence


def test_exempt_service_is_always_allowed() -> None:
    """With its reason."""
    policy = load(changed('kind = "storage"', 'kind = "storage"\nhosts = ["id.journal.example"]')).policy
    assert explain(policy, "https://id.journal.example/", PAGE).sentence == "Always allowed: authentication."


def test_report_mode_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nobody believes to be protected too early."""
    (tmp_path / "bandeau.toml").write_text(changed('mode = "enforce"', 'mode = "report"'), encoding="utf-8")
    assert "nothing is blocked yet" in run(capsys, "explain", "https://player.tube.example/").out


def test_invalid_policy_exits_with_two(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report goes to stderr: it is not what was asked for."""
    (tmp_path / "bandeau.toml").write_text("version = 1\n", encoding="utf-8")
    result = run(capsys, "explain", "https://x.example/")
    assert (result.code, result.out) == (2, "")
    assert "error[BND108]" in result.err


@pytest.mark.parametrize("url", ["youtube.com", "www.youtube.com/embed/1", "tube.example:8080"])
def test_bare_host_is_asked_about(capsys: pytest.CaptureFixture[str], url: str) -> None:
    """A browser reads it as a path; nobody who types it means one."""
    result = run(capsys, "explain", url)
    assert (result.code, result.out) == (2, "")
    assert f"did you mean https://{url}?" in result.err


@pytest.mark.parametrize("url", ["/youtube.com", "style.css", "a/b.html", "//player.tube.example/x"])
def test_path_is_a_path(capsys: pytest.CaptureFixture[str], url: str) -> None:
    """Also one that stands beside the page."""
    assert run(capsys, "explain", url).code == 0
