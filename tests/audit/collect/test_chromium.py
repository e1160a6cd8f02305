"""The browser: found or asked for, and never left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from bandeau.audit.collect import chromium as module
from bandeau.audit.collect.canary import FIRST, OTHER, canary_server, heard, sing
from bandeau.audit.collect.chromium import Launch, chromium, find
from bandeau.audit.recording import Canary
from bandeau.errors import BrowserMissing


def test_a_missing_browser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where it was looked for."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(module, "_of_playwright", lambda: None)

    with pytest.raises(BrowserMissing, match=r"looked in PATH for chromium.*apt install chromium"):
        find()


def test_a_browser_that_was_named_is_not_replaced() -> None:
    """Another one would make another audit."""
    with pytest.raises(BrowserMissing, match="'no-such-browser' cannot be run"):
        find("no-such-browser")


def test_another_system_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe needs descriptors that a child inherits by their numbers."""
    monkeypatch.setattr("os.name", "nt")

    with pytest.raises(BrowserMissing, match="POSIX"):
        find()


def test_what_does_not_start_says_why(tmp_path: Path) -> None:
    """With its own last words."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'no display here' >&2\nexit 1\n")
    broken.chmod(0o755)

    async def start() -> None:
        async with chromium(Launch(executable=str(broken))):
            raise AssertionError

    with pytest.raises(BrowserMissing, match=r"broken does not start: no display here"):
        asyncio.run(start())


def test_profiles_of_audits_that_were_killed_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are values of cookies in them; those of audits that run are left alone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with subprocess.Popen(["true"]) as ended:
        pass
    names = [
        f"bandeau-audit-{ended.pid}-x1",
        f"bandeau-audit-{os.getpid()}-x2",
        "bandeau-audit-x3",
        "other-4-x",
    ]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "net.json").touch()

    with pytest.raises(BrowserMissing):
        asyncio.run(_started(Launch(executable="/bin/false")))

    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted(names[1:])


async def _started(launch: Launch) -> None:
    async with chromium(launch):
        pass


async def _song(*arguments: str) -> Canary:
    async with canary_server() as port:
        rules = f"--host-resolver-rules=EXCLUDE {FIRST}, EXCLUDE {OTHER}"
        return await sing(Launch(executable=find(), arguments=(rules, *arguments)), port, b"salt")


@pytest.mark.browser
def test_the_canary_falls_silent_where_third_party_cookies_are_refused() -> None:
    """The positive control of every canary that sings: this browser would have made the site look clean."""
    canary = asyncio.run(_song("--test-third-party-cookie-phaseout"))

    assert canary.cross_site_cookie is False
    assert canary.unload_beacon
    assert not canary.sung


def test_a_canary_that_was_not_heard_did_not_sing() -> None:
    """Nothing seen is nothing proven."""
    assert not heard(()).sung
