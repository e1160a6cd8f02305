"""One Chromium with a profile of its own: found, started, closed, and never left behind.

A browser context in incognito mode, which is what automation usually opens, refuses third-party cookies:
what a site really does would not be seen. So every visit gets a process and a profile directory of its own,
in which they are allowed (``profile.cookie_controls_mode`` 0).
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bandeau.audit.collect.cdp import BrowserGone, Connection, Refused
from bandeau.errors import BrowserMissing

#: Looked for in PATH, in this order.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_START_SECONDS = 30.0
#: How the folder of a profile begins; the number of the audit's process follows.
_FOLDER = "bandeau-audit-"
_CLOSE_SECONDS = 10.0
#: The port of the discard service (RFC 863), on which nobody listens.
NOWHERE_PORT = 9
NOWHERE = f"http://127.0.0.1:{NOWHERE_PORT}/"
_ON = (
    # With the network in a process of its own, the NetLog loses its end when that process is slow to end.
    "NetworkServiceInProcess2",
)
_OFF = (
    # Sandboxed frames in processes of their own begin before anybody can listen (shared measurements: their
    # images were missed). In the process of their page they do the same, and are seen.
    "IsolateSandboxedIframes",
    # Two pages of the browser's own window, each with a renderer: half of the time that a start takes.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # A browser that remembers whom a page called connects to them before it asks for the page again, also
    # after a withdrawal: that is no doing of the site's. What a page hints at itself is followed as ever.
    "LoadingPredictorUseLocalPredictions",
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "Translate",
)
#: What the browser would ask for by itself leads nowhere: only the site's own traffic is to be seen.
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    # Without it ``navigator.webdriver`` says that this is no reader, and some banners then stay away.
    "--disable-blink-features=AutomationControlled",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-crashpad-for-testing",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    f"--apps-gallery-update-url={NOWHERE}",
    f"--component-updater=url-source={NOWHERE},disable-background-downloads",
    f"--gaia-url={NOWHERE}",
    f"--optimization-guide-service-get-models-url={NOWHERE}",
    f"--enable-features={','.join(_ON)}",
    f"--disable-features={','.join(_OFF)}",
    "--net-log-capture-mode=IncludeSensitive",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a browser is started."""

    executable: str
    arguments: tuple[str, ...] = ()
    #: ``intl.accept_languages``: what the site is asked for.
    languages: str = ""
    #: Without a proxy WebRTC may send datagrams; behind one it may not.
    datagrams: bool = True


class Chromium:
    """A running browser. Made by ``chromium()``, which also ends it."""

    def __init__(self, process: int, connection: Connection, directory: Path) -> None:
        self.process = process
        self.connection = connection
        self.directory = directory
        self.product = ""
        self.user_agent = ""

    @property
    def netlog(self) -> Path:
        """The NetLog, which is whole once the browser is closed."""
        return self.directory / "net.json"

    async def close(self) -> None:
        """Close the browser as its user would, so that the NetLog is written to its end."""
        with suppress(Refused, TimeoutError, BrowserGone):
            self.connection.send("Browser.close")
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.connection.gone()
                while not self._has_ended():
                    await asyncio.sleep(0.01)
        self.kill()

    def kill(self) -> None:
        """End every process of the browser, whatever it is doing."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)
        self.connection.close()

    def _has_ended(self) -> bool:
        with suppress(ChildProcessError):
            return os.waitpid(self.process, os.WNOHANG)[0] != 0
        return True

    async def _reap(self) -> None:
        while not self._has_ended():
            await asyncio.sleep(0.01)


def find(wanted: str = "") -> str:
    """Return the path of a Chromium or Chrome.

    Raises:
        BrowserMissing: there is none; the text says where it was looked for and what to install.
    """
    if os.name != "posix":
        raise BrowserMissing(
            f"The audit drives Chromium over a pipe, which needs a POSIX system, not {sys.platform}."
        )
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise BrowserMissing(f"{wanted!r} cannot be run. Leave --browser out to look for one in PATH.")
        return found
    path = next(filter(None, map(shutil.which, (*NAMES, *_MACOS))), None) or _of_playwright()
    if path:
        return path
    raise BrowserMissing(
        f'No Chromium found (looked in PATH for {", ".join(NAMES)}). Install one ("apt install chromium"), '
        "or run \"pip install 'bandeau[audit]' && playwright install chromium\"."
    )


def _of_playwright() -> str | None:
    """Return the Chromium that ``playwright install`` keeps, where the extra is installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@asynccontextmanager
async def chromium(launch: Launch) -> AsyncIterator[Chromium]:
    """Start a browser on an empty profile; afterwards neither it nor the profile is left.

    Raises:
        BrowserMissing: it does not start.
    """
    _remove_left()
    directory = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
    try:
        browser = await _start(launch, directory)
        try:
            yield browser
        finally:
            browser.kill()
            await browser._reap()
    finally:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


def _remove_left() -> None:
    """Remove the profiles of audits that were killed: values of cookies are in them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        with suppress(OSError, ValueError):
            if folder.stat().st_uid == os.geteuid() and not _is_alive(int(number)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


async def _start(launch: Launch, directory: Path) -> Chromium:
    _write_profile(launch, directory)
    their_reading, our_writing = map(_raised, os.pipe())
    our_reading, their_writing = map(_raised, os.pipe())
    process = _spawn(launch, directory, their_reading, their_writing)
    os.close(their_reading)
    os.close(their_writing)
    browser = Chromium(process, await Connection.open(our_reading, our_writing), directory)
    try:
        version = await browser.connection.call("Browser.getVersion", seconds=_START_SECONDS)
    except (BrowserGone, TimeoutError) as error:
        browser.kill()
        await browser._reap()
        raise BrowserMissing(f"{launch.executable} does not start{_why(directory)}") from error
    browser.product, browser.user_agent = version["product"], version["userAgent"]
    return browser


def _why(directory: Path) -> str:
    lines = (directory / "stderr").read_text(errors="replace").splitlines()
    return f": {lines[-1][:200]}" if lines else "."


def _raised(descriptor: int) -> int:
    """Move a descriptor away from 3 and 4, which the child's are to be."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def _spawn(launch: Launch, directory: Path, reading: int, writing: int) -> int:
    """Start the process with its ends of the pipe as descriptors 3 and 4, in a group of its own."""
    errors = (os.POSIX_SPAWN_OPEN, 2, str(directory / "stderr"), os.O_WRONLY | os.O_CREAT, 0o600)
    actions: list[tuple[object, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        errors,
        (os.POSIX_SPAWN_DUP2, reading, 3),
        (os.POSIX_SPAWN_DUP2, writing, 4),
    ]
    return os.posix_spawn(
        launch.executable,
        [launch.executable, *_arguments(launch, directory)],
        os.environ,
        file_actions=actions,
        setpgroup=0,
    )


def _arguments(launch: Launch, directory: Path) -> list[str]:
    # As root Chromium refuses to start with its sandbox; in a container that is the usual case.
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    own = (f"--user-data-dir={directory}", f"--log-net-log={directory / 'net.json'}")
    return [*_FLAGS, *root, *own, *launch.arguments, "about:blank"]


def _write_profile(launch: Launch, directory: Path) -> None:
    preferences: dict[str, object] = {
        "profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False},
        "webrtc": {"ip_handling_policy": "default" if launch.datagrams else "disable_non_proxied_udp"},
        "signin": {"allowed": False},
        # On the page of a failed navigation Chromium looks names up by itself: nobody's site asked for them.
        "alternate_error_pages": {"enabled": False},
    }
    if launch.languages:
        preferences["intl"] = {"accept_languages": launch.languages, "selected_languages": launch.languages}
    default = directory / "Default"
    default.mkdir()
    (default / "Preferences").write_text(json.dumps(preferences))
