"""A running site publishes its log by itself, and several processes of it not more often than one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bandeau.cli.main import main
from bandeau.core.request import RequestHead
from bandeau.site import Site
from bandeau.storage.publishing import background
from tests.cli.ledger_site import choose, write_policy

VISIT = RequestHead("GET", "https", "www.lagazette.example", "/")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with choices in its log, of which nothing was published yet."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    with pytest.raises(SystemExit):
        main(["-q", "init"])
    choose(tmp_path)
    return tmp_path


def published(folder: Path) -> list[str]:
    """Return the names of what was published."""
    return sorted(path.name for path in (folder / "bandeau-checkpoints").rglob("*.checkpoint"))


def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve one request from a process whose first publishing is due."""
    monkeypatch.setattr(background, "FIRST_SECONDS", -1.0)
    site = Site.open(folder / "bandeau.toml")
    site.visit(VISIT)
    site.close()


def test_site_publishes_while_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default of the policy, and nobody called a command."""
    served(folder, monkeypatch)
    assert published(folder) == ["000000000005.checkpoint"]


def test_processes_of_a_site_publish_as_often_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight workers with new choices in between leave one checkpoint an hour, not eight."""
    for number in range(4):
        served(folder, monkeypatch)
        choose(folder, ["D" * 22], first=10 + number)
    assert published(folder) == ["000000000005.checkpoint"]
    hour_ago = time.time() - background.PUBLISH_SECONDS
    for path in (folder / "bandeau-checkpoints").rglob("*.checkpoint"):
        os.utime(path, (hour_ago, hour_ago))
    served(folder, monkeypatch)
    assert published(folder) == ["000000000005.checkpoint", "000000000009.checkpoint"]


def test_log_without_anything_new_is_not_published_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour later, and the folder has it already."""
    served(folder, monkeypatch)
    (path,) = (folder / "bandeau-checkpoints").rglob("*.checkpoint")
    hour_ago = time.time() - background.PUBLISH_SECONDS
    os.utime(path, (hour_ago, hour_ago))
    served(folder, monkeypatch)
    assert path.stat().st_mtime == pytest.approx(hour_ago)
