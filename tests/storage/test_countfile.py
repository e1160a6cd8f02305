"""The file of counts: bounded, shared by processes, and nobody is in it."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandeau.storage import countfile
from bandeau.storage.countfile import Counted, CountFile, Stopped, countfile_path, read_counts, read_stopped

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
HELD = ("service_pages", ("ga4", "held"))
STOP = ("x.example", "img-src", "tags.example")


def kept(path: Path, hours: int = 48) -> list[tuple[str, int]]:
    """Return what is kept of the last hours."""
    return [
        (row.at, row.count)
        for row in read_counts(path, NOW - timedelta(hours=hours), NOW + timedelta(hours=1))
    ]


def test_counts_of_an_hour_add_up(tmp_path: Path) -> None:
    """Two processes, one file."""
    path = tmp_path / "counts"
    CountFile(path).add(NOW, {HELD: 2}, {})
    CountFile(path).add(NOW, {HELD: 3}, {})
    assert read_counts(path, NOW, NOW + timedelta(hours=1)) == [Counted("2026-11-25T14", HELD, 5)]


def test_only_the_asked_hours_are_read(tmp_path: Path) -> None:
    """From one hour on, before another."""
    path = tmp_path / "counts"
    for hours in range(5):
        CountFile(path).add(NOW - timedelta(hours=hours), {HELD: 1}, {})
    assert [row.at for row in read_counts(path, NOW - timedelta(hours=2), NOW)] == [
        "2026-11-25T12",
        "2026-11-25T13",
    ]


def test_old_hours_become_days_and_old_days_go(tmp_path: Path) -> None:
    """Nine days by the hour, four hundred by the day; no count is lost on the way."""
    path = tmp_path / "counts"
    for days in (500, 20, 8):
        for hour in range(3):
            CountFile(path).add(NOW - timedelta(days=days, hours=hour), {HELD: 1}, {})
    CountFile(path).add(NOW, {HELD: 7}, {})
    assert kept(path, 24 * 600) == [
        ("2026-11-05", 3),
        ("2026-11-17T12", 1),
        ("2026-11-17T13", 1),
        ("2026-11-17T14", 1),
        ("2026-11-25T14", 7),
    ]


def test_what_was_stopped_keeps_its_first_page(tmp_path: Path) -> None:
    """And its first and last day."""
    path = tmp_path / "counts"
    CountFile(path).add(NOW - timedelta(days=2), {}, {STOP: ("", 1)})
    CountFile(path).add(NOW - timedelta(days=1), {}, {STOP: ("/first", 2)})
    CountFile(path).add(NOW, {}, {STOP: ("/later", 4)})
    assert read_stopped(path) == [Stopped(*STOP, "/first", "2026-11-23", "2026-11-25", 7)]


def test_a_flood_does_not_fill_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest and most frequent stay."""
    monkeypatch.setattr(countfile, "MOST_STOPPED", 10)
    path = tmp_path / "counts"
    CountFile(path).add(NOW, {}, {(f"h{n}.example", "img-src", ""): ("/", n) for n in range(1, 31)})
    CountFile(path).add(NOW + timedelta(hours=1), {}, {STOP: ("/", 99)})
    assert [row.count for row in read_stopped(path)] == [99, *range(30, 21, -1)]


def test_the_file_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it nothing is added, and what is there can be read."""
    monkeypatch.setattr(countfile, "MOST_BYTES", 128 * 1024)
    path = tmp_path / "counts"
    file = CountFile(path)

    def flood() -> None:
        for number in range(10_000):
            file.add(NOW, {("service_pages", (f"{number}-{n}" * 20, "held")): 1 for n in range(50)}, {})

    with pytest.raises(sqlite3.Error, match="full"):
        flood()
    assert path.stat().st_size <= 128 * 1024
    assert kept(path)


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Workers of one site."""
    path = tmp_path / "counts"

    def add() -> None:
        file = CountFile(path)
        for _ in range(20):
            file.add(NOW, {HELD: 1}, {})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(path) == [("2026-11-25T14", 80)]


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    """A command that looks leaves nothing behind."""
    with pytest.raises(FileNotFoundError, match="nothing has been counted"):
        read_stopped(tmp_path / "counts")
    assert not list(tmp_path.iterdir())


def test_the_environment_may_name_the_file_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty keeps no counts."""
    assert countfile_path(tmp_path) == tmp_path / "bandeau.counts"
    monkeypatch.setenv("BANDEAU_COUNTS", "/var/lib/bandeau/counts")
    assert countfile_path(tmp_path) == Path("/var/lib/bandeau/counts")
    monkeypatch.setenv("BANDEAU_COUNTS", "")
    assert countfile_path(tmp_path) is None
