"""`bandeau init`."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pytest

from bandeau.core.policy import Mode
from bandeau.errors import PolicyError
from bandeau.policyfile import load, load_file
from bandeau.policyfile.starter import Starter, presets, starter_text
from bandeau.site import Site
from tests.cli.run import run, spawn
from tests.policyfile.samples import codes_of


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_init_asks_nothing_without_a_terminal(tmp_path: Path) -> None:
    """Policy, keys and store come at once; stdout stays empty."""
    result = spawn("init", cwd=tmp_path)
    assert (result.code, result.out) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} >= {"bandeau.toml", "bandeau.keys", "bandeau.db"}


def test_site_opens_on_what_init_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first five minutes need nothing more."""
    assert run(capsys, "init", "--lang", "fr,en").code == 0
    site = Site.open(tmp_path / "bandeau.toml")
    try:
        assert site.policy.enforce.mode is Mode.REPORT
    finally:
        site.store.close()


def test_written_policy_passes_check(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the unfinished names are warned about."""
    run(capsys, "init", "--url", "https://www.journal.example")
    result = run(capsys, "check")
    assert result.code == 0
    assert result.out.count("BND407]") == 2
    assert "error" not in result.out.replace("0 errors", "")


@pytest.mark.parametrize(
    ("preset", "languages"), list(itertools.product(presets(), [("fr",), ("en",), ("en", "fr")]))
)
def test_every_preset_is_clean_in_every_language(preset: str, languages: tuple[str, ...]) -> None:
    """Our own texts obey our own rules."""
    text = starter_text(Starter(preset, languages, "https://a.example", "A", "A SA", "a@a.example"))
    assert codes_of(text) == []
    assert load(text).policy.site.languages == languages


def test_policy_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody loses a declaration to a second init; what is missing is created."""
    text = starter_text(Starter(controller="A SA", contact="a@a.example"))
    (tmp_path / "bandeau.toml").write_text(text, encoding="utf-8")
    result = run(capsys, "init")
    assert result.code == 0
    assert "kept" in result.err
    assert (tmp_path / "bandeau.toml").read_text(encoding="utf-8") == text
    assert (tmp_path / "bandeau.keys").exists()


def test_force_writes_the_policy_anew_and_never_the_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """New keys would void every choice."""
    run(capsys, "init")
    keys = (tmp_path / "bandeau.keys").read_bytes()
    assert run(capsys, "init", "--force", "--preset", "blog").code == 0
    assert (tmp_path / "bandeau.keys").read_bytes() == keys
    assert [purpose.id for purpose in load_file("bandeau.toml").policy.purposes] == [
        "technical",
        "audience",
        "social",
    ]


@pytest.mark.parametrize(
    "arguments", [("--lang", "de"), ("--lang", ""), ("--url", "ftp://x"), ("--preset", "bank")]
)
def test_wrong_option_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    """Usage is refused before the first file."""
    assert run(capsys, "init", *arguments).code == 2
    assert list(tmp_path.iterdir()) == []


def test_quotes_in_an_option_stay_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A name cannot break out of its line."""
    name = 'Le "Journal" \\ \x7f\n[site]'
    text = starter_text(Starter(name=name))
    try:
        assert load(text).policy.site.name == name
    except PolicyError as error:  # a control character is no name
        pytest.fail(str(error))


def test_names_are_asked_for_at_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given as an option is not asked again."""
    monkeypatch.setattr("bandeau.cli.init.is_interactive", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("a@a.example\n"))
    assert run(capsys, "init", "--controller", "A SA").code == 0
    site = load_file("bandeau.toml").policy.site
    assert (site.controller_name, site.controller_contact) == ("A SA", "a@a.example")
