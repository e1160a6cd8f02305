"""`bandeau stats`: rates, services, failures; what jumped is told, and posted where somebody asks for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from bandeau.cli.spikes import spikes
from bandeau.policyfile.starter import Starter, starter_text
from bandeau.storage.countfile import CountFile
from bandeau.web.figures import Figures, Rate, ServiceFigures
from tests.cli.run import run

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
LAST = HOUR - timedelta(minutes=30)


def add(path: Path, at: datetime, **counts: int) -> None:
    """Count some things at a moment; keys are family__label__label."""
    told = {(words[0], tuple(words[1:])): n for name, n in counts.items() for words in [name.split("__")]}
    CountFile(path / "bandeau.counts").add(at, told, {})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that was read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bandeau.toml").write_text(starter_text(Starter()), encoding="utf-8")
    add(
        tmp_path,
        LAST,
        requests__enforce=1_000,
        pages__private=600,
        answers__audience__granted=30,
        answers__audience__denied=10,
        answers__social__granted=2,
        service_pages__ga4__held=500,
    )
    return tmp_path


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posted: ClassVar[list[bytes]] = []
    status = 204

    def do_POST(self) -> None:
        """Take it."""
        self.posted.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[str]:
    """A server that takes posts."""
    Hook.posted, Hook.status = [], 204
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


def test_figures_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    """Rates by purpose; too few answers are no rate."""
    done = run(capsys, "stats")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert done.code == 0
    assert "audience 75.0 % of 40" in lines
    assert "social fewer than 10 answers" in lines
    assert "ga4 0 500 0" in lines
    assert "No failures." in lines


def test_figures_for_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """The same, and nothing from which a reader could be told."""
    found = json.loads(run(capsys, "stats", "--json").out)
    assert found["served"] == 1_000
    assert found["purposes"] == {
        "audience": {"percent": 75.0, "answers": 40},
        "social": {"percent": None, "answers": None},
    }
    assert found["services"] == {"ga4": {"released": 0, "held": 500, "would_hold": 0}}


def test_more_readers_alone_are_no_spike(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice as many of everything: nothing jumped."""
    before = LAST - timedelta(days=1)
    add(folder, before, requests__enforce=500, pages__private=300, service_pages__ga4__held=250)
    done = run(capsys, "stats", "--compare", "yesterday")
    assert (done.code, done.out.splitlines()[-1]) == (0, "Nothing jumped.")


def test_what_jumped_is_told_and_posted(folder: Path, capsys: pytest.CaptureFixture[str], hook: str) -> None:
    """Exit 1, one post, with sentences that a chat shows."""
    add(
        folder,
        LAST - timedelta(days=1),
        requests__enforce=1_000,
        pages__private=600,
        service_pages__ga4__held=500,
    )
    add(folder, LAST, pages__untouched=90)
    add(folder, LAST, **{"failures__page is unreadable": 90})
    done = run(capsys, "stats", "--compare", "yesterday", "--webhook", hook)
    assert done.code == 1
    (posted,) = map(json.loads, Hook.posted)
    assert [spike["what"] for spike in posted["spikes"]] == [
        "failure, page is unreadable",
        "pages, untouched",
    ]
    assert "failure, page is unreadable: 90, where 0 was to be expected" in posted["text"]
    assert "Jumped:" in done.out


def test_nothing_is_posted_when_nothing_jumped(
    folder: Path, capsys: pytest.CaptureFixture[str], hook: str
) -> None:
    """A quiet day is quiet."""
    add(
        folder,
        LAST - timedelta(days=7),
        requests__enforce=1_000,
        pages__private=600,
        service_pages__ga4__held=500,
    )
    assert run(capsys, "stats", "--compare", "week", "--webhook", hook).code == 0
    assert Hook.posted == []


def test_a_hook_that_fails_is_said(folder: Path, capsys: pytest.CaptureFixture[str], hook: str) -> None:
    """Nobody was told, and the command does not pretend."""
    Hook.status = 500
    add(folder, LAST - timedelta(days=1), requests__enforce=10_000)
    done = run(capsys, "stats", "--compare", "yesterday", "--webhook", hook)
    assert done.code == 2
    assert "answered 500: nobody was told" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--webhook", "https://hooks.example/x"),
        ("--compare", "yesterday", "--webhook", "http://hooks.example/x"),
        ("--compare", "yesterday", "--webhook", "file:///etc/passwd"),
        ("--compare", "yesterday", "--hours", "25"),
    ],
)
def test_what_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Before anything is read or posted."""
    assert run(capsys, "stats", *arguments).code == 2


def figures(**more: object) -> Figures:
    """Return figures of a day with a thousand requests."""
    return Figures(LAST, LAST, **{"requests": {"enforce": 1_000}, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "before", "what"),
    [
        ({"failures": {"x": 31}}, {}, ["failure, x"]),
        ({"failures": {"x": 29}}, {}, []),
        ({"failures": {"x": 299}}, {"failures": {"x": 100}}, []),
        ({"failures": {"x": 300}}, {"failures": {"x": 100}}, ["failure, x"]),
        ({}, {"services": {"ga4": ServiceFigures(released=90)}}, ["ga4, released"]),
        (
            {"purposes": {"ads": Rate(20, 80)}},
            {"purposes": {"ads": Rate(31, 69)}},
            ["ads, percent that allow"],
        ),
        ({"purposes": {"ads": Rate(20, 80)}}, {"purposes": {"ads": Rate(29, 71)}}, []),
        ({"purposes": {"ads": Rate(2, 8)}}, {"purposes": {"ads": Rate(9, 1)}}, []),
        ({"requests": {"enforce": 100}}, {}, ["requests"]),
    ],
)
def test_what_counts_as_a_jump(now: dict[str, object], before: dict[str, object], what: list[str]) -> None:
    """Three times or a third, by thirty at least; a rate by ten points on a hundred answers."""
    assert [spike.what for spike in spikes(figures(**now), figures(**before))] == what


def test_a_new_site_has_no_jumps() -> None:
    """There is nothing to compare with."""
    assert spikes(figures(), Figures(LAST, LAST)) == []
