"""`bandeau reports`: what nobody declared, from whom, where, how often, and what to write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandeau.policyfile import load
from bandeau.policyfile.starter import Starter, starter_text
from bandeau.storage.countfile import CountFile
from tests.cli.run import run

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that has seen some things."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    CountFile(tmp_path / "bandeau.counts").add(
        NOW,
        {},
        {
            ("www.youtube.com", "frame-src", ""): ("/video", 30),
            ("cdn.tracker.example", "script-src-elem", "tags.vendor.example"): ("/culture/film", 42),
            ("px.tracker.example", "img-src", "cdn.tracker.example"): ("/culture/film", 41),
            ("rare.example", "img-src", ""): ("/", 2),
            ("inline", "script-src", ""): ("/", 90),
            ("zz_visitor", "cookie", ""): ("/", 7),
        },
    )
    return tmp_path


def test_the_table_says_who_where_and_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    """The most frequent first; findings are 1."""
    done = run(capsys, "reports")
    assert done.code == 1
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[1:5] == [
        "cdn.tracker.example script-src-elem 42 tags.vendor.example /culture/film 2026-11-25",
        "px.tracker.example img-src 41 cdn.tracker.example /culture/film 2026-11-25",
        "www.youtube.com frame-src 30 - /video 2026-11-25",
        "zz_visitor cookie 7 - / 2026-11-25",
    ]
    assert "undeclared hosts are blocked in enforce" in done.out
    assert "1 seen fewer than 5 times left out" in done.err


def test_the_snippet_is_a_policy_but_for_what_a_person_decides(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Known services by their entry, the unknown with TODO; once decided, `check` is content."""
    snippet = json.loads(run(capsys, "reports", "--json").out)["declare"]
    assert 'use = "youtube@' in snippet
    assert snippet.count("[[services]]") == 2
    decided = snippet.replace('vendor = "TODO"\n', "").replace('purpose = "TODO"', 'purpose = "audience"')
    policy = load((folder / "bandeau.toml").read_text() + "\n" + decided).policy
    assert {str(host) for host in policy.service("tracker-example").hosts} == {
        "cdn.tracker.example",
        "px.tracker.example",
    }


def test_what_is_declared_is_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A host that a service names, and a deposit."""
    path = folder / "bandeau.toml"
    path.write_text(
        path.read_text()
        + '\n[[services]]\nid = "t"\ntitle = "T"\npurpose = "audience"\nkind = "tag"\n'
        + 'hosts = ["*.tracker.example/only/*", "www.youtube.com"]\n'
        + 'trackers = [{ name = "zz_*", max_age = "1 day" }]\n'
    )
    done = run(capsys, "reports")
    assert (done.code, done.out) == (0, "nothing undeclared was seen\n")


def test_a_scan_goes_to_adopt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way of `bandeau scan`."""
    run(capsys, "reports", "-o", "seen.json")
    done = run(capsys, "adopt", "seen.json", "--yes")
    assert done.code == 0
    assert "tracker-example" in (folder / "bandeau.toml").read_text()


def test_several_machines_add_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The earliest page stands."""
    stop = ("cdn.tracker.example", "script-src-elem", "tags.vendor.example")
    CountFile(folder / "other").add(NOW - timedelta(days=3), {}, {stop: ("/earlier", 8)})
    done = run(capsys, "reports", "--json", "--counts", "bandeau.counts", "--counts", "other")
    row = json.loads(done.out)["undeclared"][0]
    assert (row["count"], row["page"], row["first"], row["last"]) == (
        50,
        "/earlier",
        "2026-11-22",
        "2026-11-25",
    )


def test_where_undeclared_hosts_pass_a_line_blocks_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`undeclared_hosts = "report"` is a decision, and the other one is one line."""
    path = folder / "bandeau.toml"
    path.write_text(path.read_text().replace("[enforce]", '[enforce]\nundeclared_hosts = "report"'))
    assert json.loads(run(capsys, "reports", "--json").out)["block"] == (
        '[enforce]\nundeclared_hosts = "block"\n'
    )


@pytest.mark.parametrize(
    ("content", "words"), [(None, "nothing has been counted"), (b"x" * 5000, "no file of counts")]
)
def test_without_counts_the_surroundings_are_to_blame(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    """3, and nothing is made."""
    path = folder / "bandeau.counts"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    done = run(capsys, "reports")
    assert done.code == 3
    assert words in done.err


def test_the_environment_may_keep_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then a file has to be named."""
    monkeypatch.setenv("BANDEAU_COUNTS", "")
    assert run(capsys, "reports").code == 2
