"""A page that does not want to be looked at ends in a verdict all the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bandeau.audit.collect.tab import Pace
from bandeau.audit.observation import CookieSet
from bandeau.audit.recording import Visit
from bandeau.audit.scenarios import Kind, Scenario

from .stage import Answer, Stage
from .visits import options_for, requests, visit

pytestmark = pytest.mark.browser

REFUSE = Scenario(Kind.REFUSE)
_COOKIE = "<script>document.cookie='early=1'</script>"
PAGES: dict[str, Answer | str] = {
    "spins.test/": _COOKIE + "<script>for(;;);</script>",
    "dialogs.test/": _COOKIE + "<script>for(;;)alert('no');</script>",
    "holds.test/": _COOKIE
    + "<script>onbeforeunload=e=>{e.preventDefault();return 'stay'};setTimeout(()=>alert(1),200)</script>",
    "wanders.test/": _COOKIE + "<script>setTimeout(()=>location='/?'+Math.random(),1)</script>",
    "drips.test/": Answer("<title>drips</title><p>words", drip=True),
    "debugs.test/": _COOKIE + "<script>setInterval(()=>{debugger},1)</script><p>words",
    "swells.test/": _COOKIE + "<script>const kept=[];setInterval(()=>{for(let i=0;i<9;i++)"
    "kept.push(new Array(1e6).fill(Math.random()))},1)</script>",
    "downloads.test/": Answer(
        b"x" * 2000, "application/octet-stream", headers=(("Content-Disposition", "attachment"),)
    ),
    "moved.test/": Answer(status=302, headers=(("Location", "https://moved.test/"),)),
    "wall.test/": Answer("<title>Just a moment...</title>", status=403),
    "broken.test/": Answer("<title>Oh</title>", status=503),
    "silent.test/": Answer("late", delay=60),
    "plain.test/": "<title>Plain</title><p>No panel here.",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Open a stage of hostile pages."""
    with Stage(tmp_path_factory.mktemp("hostile"), PAGES) as opened:
        yield opened


def look_at(stage: Stage, name: str, scenario: Scenario | None = None, memory: int = 2048) -> Visit:
    """Visit one of the pages, in little time."""
    pace = Pace(page_seconds=4, ahead_cap_seconds=1)
    options = options_for(stage, f"https://{name}.test/", pace=pace, max_memory_mb=memory)
    return visit(options, scenario or Scenario(Kind.NONE), (f"https://{name}.test/",) * 2)


long = pytest.mark.long


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("dialogs", {"hostile"}),
        pytest.param("wanders", {"hostile"}, marks=long),
        ("moved", {"unreachable"}),
        pytest.param("downloads", {"unreachable"}, marks=long),
        ("wall", {"challenge"}),
        pytest.param("broken", {"unreachable"}, marks=long),
        pytest.param("silent", {"timeout"}, marks=long),
    ],
)
def test_a_hostile_page_ends_in_a_verdict_that_is_never_ok(
    stage: Stage, name: str, outcomes: set[str]
) -> None:
    """And says why."""
    made = look_at(stage, name)

    assert made.outcome in outcomes
    assert made.reason


@pytest.mark.parametrize(
    "name", [pytest.param("drips", marks=long), pytest.param("debugs", marks=long), "holds"]
)
def test_a_page_that_only_hinders_is_visited_all_the_same(stage: Stage, name: str) -> None:
    """It is stopped where it does not end, resumed where it pauses, left where it wants to be stayed on."""
    made = look_at(stage, name)

    assert made.outcome == "ok", made.reason
    assert [step.name for step in made.steps][-1] == "left"


def test_a_page_that_hangs_cannot_hide_what_it_did(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The visit ends as hostile with all that was seen before; no process and no profile is left of it."""
    # Short: Chromium keeps a socket below it, whose path has 107 characters at most (unix(7)).
    with tempfile.TemporaryDirectory(prefix="bd") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr("tempfile.tempdir", None)
        made = look_at(stage, "spins")

        assert not list(Path(folder).glob("bandeau-audit-*"))
        assert not [line for line in _command_lines() if folder in line]
    assert made.outcome in ("hostile", "timeout")
    assert requests(made, "https://spins.test/")
    assert [fact.name for fact in made.observations if isinstance(fact, CookieSet)] == ["early"]


@long
@pytest.mark.skipif(not Path("/proc").exists(), reason="other systems do not tell how much memory is used")
def test_memory_is_bounded(stage: Stage) -> None:
    """The browser is ended, not the machine."""
    made = look_at(stage, "swells", memory=600)

    assert (made.outcome, "memory" in made.reason) == ("hostile", True)


def test_a_page_without_a_panel_is_said_to_have_none(stage: Stage) -> None:
    """Whoever cannot refuse proves nothing: never taken for a refusal."""
    made = look_at(stage, "plain", REFUSE)

    assert made.outcome == "panel-not-found"
    assert not made.choices


def test_a_host_that_is_not_there_is_said_to_be_unreachable(stage: Stage) -> None:
    """With the browser's own word for it."""
    options = options_for(stage, "https://nobody.test/", resolver_rules="MAP * ~NOTFOUND")
    made = visit(options)

    assert made.outcome == "unreachable"
    assert "NAME_NOT_RESOLVED" in made.reason


def _command_lines() -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
