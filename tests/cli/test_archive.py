"""`bandeau archive` keeps texts, browser part and pictures, and says by name what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bandeau.core.canonical import digest
from bandeau.policyfile import load_file
from bandeau.storage.archive import Archive, Manifest
from bandeau.web import pictures
from tests.cli.run import run, spawn


@pytest.fixture
def policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A policy file in two languages."""
    path = tmp_path / "bandeau.toml"
    run(capsys, "--policy", path, "init", "--lang", "fr,en")
    return path


def kept(policy: Path) -> tuple[Manifest, ...]:
    """Return the manifests of the archive beside a policy."""
    return Archive(policy.parent / "bandeau-archive").manifests()


def names(manifest: Manifest) -> set[str]:
    """Return the pictures of a manifest."""
    return {name for name in manifest.files if name.startswith("pictures/")}


@pytest.mark.browser
def test_pictures_of_each_layer_size_and_language_are_kept(policy: Path) -> None:
    """At a desk and on a phone; a second run takes none."""
    first = spawn("--policy", policy, "archive", cwd=policy.parent)
    assert first.code == 0, first.err
    (plain, full) = sorted(kept(policy), key=lambda manifest: len(manifest.files))
    assert first.out.strip() == full.digest
    assert (names(plain), len(names(full))) == (set(), 2 * 3 * 2)
    archive = Archive(policy.parent / "bandeau-archive")
    for name in names(full):
        data = archive.read(full.files[name])
        size = tuple(int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
        assert (data[:8], size) == (b"\x89PNG\r\n\x1a\n", (320, 640) if "phone" in name else (1280, 800))
    assert len({full.files[name] for name in names(full)}) == 12
    again = spawn("--policy", policy, "archive", cwd=policy.parent)
    assert (again.out, "were there already" in again.err) == (first.out, True)


def test_without_pictures_no_browser_is_needed(
    policy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts and files alone; the digest goes to stdout."""
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    result = run(capsys, "--policy", policy, "archive", "--no-pictures")
    (manifest,) = kept(policy)
    assert (result.code, result.out) == (0, manifest.digest + "\n")
    assert manifest.files["policy.toml"] == digest(policy.read_bytes())
    assert manifest.policy_digest == load_file(policy).policy.digest


def test_without_playwright_the_command_that_installs_it_is_named(
    policy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts are archived all the same."""
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    result = run(capsys, "--policy", policy, "archive")
    assert (result.code, "pip install 'bandeau[audit]'" in result.err) == (3, True)
    assert len(kept(policy)) == 1


def test_without_chromium_the_remedy_is_named(
    policy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the system's nor playwright's own."""
    monkeypatch.setattr(pictures.shutil, "which", lambda name: "/nonexistent/chromium")
    result = run(capsys, "--policy", policy, "archive")
    assert result.code == 3
    assert "/nonexistent/chromium" in result.err
    assert "playwright install chromium" in result.err
    assert len(kept(policy)) == 1


def test_a_site_that_records_nothing_has_no_archive(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says why."""
    policy.write_text(policy.read_text().replace("sqlite:///bandeau.db", "memory:"))
    result = run(capsys, "--policy", policy, "archive")
    assert (result.code, "memory:" in result.err) == (2, True)
