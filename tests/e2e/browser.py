"""The one way in which the tests start Chromium.

Third parties are reached by their real names on port 443: the host rules send them to the stand-in. Names
under `looked-up.example` are left to the stand-in's DNS-over-HTTPS service instead, which shows lookups
that never become connections.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

EXECUTABLE = "/usr/bin/chromium"
LOOKED_UP = "looked-up.example"


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where the names that a page uses really lead: `{"site.test": 8443}` and everything else."""

    local: tuple[tuple[str, int], ...]
    others: int

    def arguments(self) -> list[str]:
        """Return Chromium's command line for this wiring."""
        rules = [f"MAP {host} 127.0.0.1:{port}" for host, port in self.local]
        rules += [f"MAP * 127.0.0.1:{self.others}", f"EXCLUDE *.{LOOKED_UP}", "EXCLUDE 127.0.0.1"]
        return [f"--host-resolver-rules={', '.join(rules)}", *_FLAGS]


_FLAGS = (
    "--no-sandbox",
    "--ignore-certificate-errors",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def prepare_profile(directory: Path, *, resolver_port: int) -> Path:
    """Write a profile that allows third-party cookies and asks the stand-in for names."""
    default = directory / "Default"
    default.mkdir(parents=True, exist_ok=True)
    preferences = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    (default / "Preferences").write_text(json.dumps(preferences))
    template = f"https://127.0.0.1:{resolver_port}/dns-query{{?dns}}"
    state = {"dns_over_https": {"mode": "secure", "templates": template}}
    (directory / "Local State").write_text(json.dumps(state))
    return directory


@asynccontextmanager
async def profile(directory: Path, wiring: Wiring, **options: object) -> AsyncIterator[BrowserContext]:
    """Start Chromium on a profile directory; a second start on the same directory is a returning visitor."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(directory),
            executable_path=EXECUTABLE,
            args=wiring.arguments(),
            ignore_https_errors=True,
            **options,  # type: ignore[arg-type]
        )
        try:
            yield context
        finally:
            await context.close()
