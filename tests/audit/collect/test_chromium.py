"""The browser: found or asked for, and never left behind."""

from __future__ import annotations

import asyncio
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
