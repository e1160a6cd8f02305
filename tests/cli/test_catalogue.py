"""``bandeau catalogue``: list, show, diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandeau.policyfile.catalogue import BUNDLED
from tests.cli.run import run
from tests.policyfile.test_catalogue import SITE

_OLD = '\n[[services]]\nuse = "dailymotion@1"\npurpose = "ads"\n'
_NEW = '\n[[services]]\nuse = "youtube@1"\npurpose = "ads"\n'


def _policy(folder: Path, services: str) -> Path:
    file = folder / "bandeau.toml"
    file.write_text(SITE + services, encoding="utf-8")
    return file


def test_list_names_every_service(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with its newest version."""
    done = run(capsys, "catalogue", "list")

    assert done.code == 0
    assert [line.partition("@")[0] for line in done.out.splitlines()] == list(BUNDLED.names())
    assert "dailymotion@2 " in done.out


@pytest.mark.parametrize(
    ("word", "use"),
    [
        ("Poool", "poool@1"),
        ("xiti.com", "piano-analytics@1"),
        ("_cs_id", "contentsquare@1"),
        ("InnoCraft", "matomo-cloud@1"),
    ],
)
def test_list_finds_by_name_host_tracker_and_vendor(
    capsys: pytest.CaptureFixture[str], word: str, use: str
) -> None:
    """Whoever saw a host in a report learns whose it is."""
    done = run(capsys, "catalogue", "list", word, "--json")

    assert done.code == 0
    assert [row["use"] for row in json.loads(done.out)] == [use]


def test_list_says_when_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 1, and no data."""
    done = run(capsys, "catalogue", "list", "no such thing")

    assert (done.code, done.out) == (1, "")
    assert 'no service of the catalogue has "no such thing"' in done.err


def test_show_prints_the_facts_and_which_have_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    """The newest version, its sources, and a mark beside what they do not state."""
    out = run(capsys, "catalogue", "show", "zendesk").out

    assert out.startswith("zendesk@1  Zendesk (chat and help)\n")
    assert "  tracker   __zlcmid (cookie, 365 days)\n" in out
    assert "  script    zESettings  (no source)\n" in out
    assert "  host      *.zdassets.com\n" in out
    assert "https://support.zendesk.com/hc/en-us/articles/4408828505754" in out


def test_show_marks_all_trackers_that_rest_on_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """An entry that was written from general knowledge says so, with its day."""
    out = run(capsys, "catalogue", "show", "prebid@1").out

    assert "  tracker   _pubcid (cookie, 1 year)  (no source)\n" in out
    assert "  sources   unverified, written 2026-11-23\n" in out


def test_show_gives_machines_the_whole_entry(capsys: pytest.CaptureFixture[str]) -> None:
    """The version that was asked for, what is newest, and every source."""
    row = json.loads(run(capsys, "catalogue", "show", "dailymotion@1", "--json").out)

    assert (row["use"], row["versions"], row["basis"], row["suggests"]) == (
        "dailymotion@1",
        [1, 2],
        "consent",
        "social",
    )
    assert row["vendor"]["country"] == "FR"
    assert "*.dm-event.net" not in row["service"]["hosts"]
    assert len(row["sources"]) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "yotube"], 'did you mean "youtube"?'),
        (["show", "qqqq"], "bandeau catalogue list names all"),
        (["show", "youtube@99"], "it has youtube@1"),
        (["show", "dailymotion@1..2"], "bandeau catalogue diff dailymotion@1..2 compares them"),
        (["show", "../youtube"], "has no"),
        (["diff", "youtube"], "names no version to compare from"),
        (["diff", "dailymotion@1..9"], "it has dailymotion@1, dailymotion@2"),
    ],
    ids=["misspelt", "unknown", "version", "two versions", "path", "no version", "no such version"],
)
def test_what_is_not_there_is_a_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit code 2, with what there is instead."""
    done = run(capsys, "catalogue", *arguments)

    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_diff_says_what_changed_for_each_service_of_a_policy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With its line; services in their newest version are not mentioned."""
    file = _policy(tmp_path, _OLD + _NEW)
    done = run(capsys, "--policy", file, "catalogue", "diff")

    line = 1 + file.read_text(encoding="utf-8").splitlines().index('use = "dailymotion@1"')
    assert done.code == 1
    assert done.out.startswith(f"{file}:{line - 1}: dailymotion@1 -> dailymotion@2  Dailymotion\n")
    assert "  new host: *.dm-event.net\n" in done.out
    assert "youtube" not in done.out
    assert "1 of 2 changed" in done.err


def test_diff_of_a_policy_changes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nor does a new version take effect by itself."""
    file = _policy(tmp_path, _OLD)
    before = file.read_bytes()
    run(capsys, "--policy", file, "catalogue", "diff")

    assert file.read_bytes() == before


def test_diff_is_clean_when_every_version_is_the_newest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 0, no data, and a sentence for people; a policy without the catalogue is as clean."""
    done = run(capsys, "--policy", _policy(tmp_path, _NEW), "catalogue", "diff")
    assert (done.code, done.out) == (0, "")
    assert "nothing changed: 1 of the catalogue in use" in done.err
    assert run(capsys, "--policy", _policy(tmp_path, ""), "catalogue", "diff").code == 0


def test_diff_says_which_changes_the_policy_overrides(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Keys beside use stand in the entry's place, so a new host there has no effect."""
    file = _policy(tmp_path, _OLD + 'hosts = ["geo.dailymotion.com"]\n')
    out = run(capsys, "--policy", file, "catalogue", "diff").out

    assert 'new host: *.dm-event.net  (without effect: the policy writes "hosts" beside use)' in out


def test_diff_gives_machines_one_row_for_each_service(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the same exit code, or 0 where that was asked for."""
    file = _policy(tmp_path, _OLD + 'id = "films"\n')
    done = run(capsys, "--policy", file, "catalogue", "diff", "--json", "--exit-zero")
    (row,) = json.loads(done.out)

    assert done.code == 0
    assert (row["service"], row["old"], row["new"]) == ("films", "dailymotion@1", "dailymotion@2")
    assert row["asks_again"] is False
    assert row["changes"] == [
        {
            "key": "hosts",
            "sign": "new",
            "what": "host",
            "before": None,
            "after": "*.dm-event.net",
            "sentence": "new host: *.dm-event.net",
            "in_effect": True,
        }
    ]


def test_diff_of_named_versions_needs_no_policy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Against the newest, or against the version behind the dots."""
    missing = tmp_path / "none.toml"
    done = run(capsys, "--policy", missing, "catalogue", "diff", "hubspot@1", "taboola@1..2")

    assert done.code == 1
    assert "hubspot@1 -> hubspot@2  HubSpot\n  new host: js.hsleadflows.net\n" in done.out
    assert "taboola@1 -> taboola@2  Taboola\n  new host: *.taboolasyndication.com\n" in done.out
    assert run(capsys, "catalogue", "diff", "taboola@2..2").code == 0


def test_diff_needs_a_valid_policy(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 2, with the mistake."""
    done = run(
        capsys, "--policy", _policy(tmp_path, '\n[[services]]\nuse = "nobody@1"\n'), "catalogue", "diff"
    )

    assert done.code == 2
    assert "BND206" in done.err
