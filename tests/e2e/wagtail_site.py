"""A site made by `wagtail start` with vendors' snippets in its template, and the proxy before it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

BIN = Path(sys.executable).parent
EDITOR, PASSWORD = "editor", "correct horse battery staple"

#: Tags in the shape that the vendors' documentation gives; the ids are placeholders.
SNIPPETS = Path(__file__).parent / "snippets"
SERVICES = """
[[services]]
use = "ga4@1"
purpose = "audience"

[[services]]
use = "matomo-cloud@1"
purpose = "audience"

[[services]]
use = "youtube@1"
purpose = "social"
bit = 0

[[services]]
use = "facebook-pixel@1"
purpose = "ads"

[[services]]
use = "google-tag-manager@1"
purpose = "ads"
"""


def make_site(directory: Path) -> Path:
    """Run `wagtail start`, put the snippets into the base template, migrate and make an editor."""
    (directory / "paper").mkdir()
    _run([BIN / "wagtail", "start", "paper", directory / "paper"], directory)
    project = directory / "paper"
    base = project / "paper" / "templates" / "base.html"
    page, body = base.read_text(), (SNIPPETS / "body.html").read_text()
    page = page.replace("</head>", (SNIPPETS / "head.html").read_text() + "</head>", 1)
    page = re.sub(r"(<body[^>]*>)", lambda found: found[1] + body, page, count=1)
    if page.count("youtube.com") != 1 or page.count("fbevents.js") != 1:
        raise AssertionError("the starter's base template has another shape")
    base.write_text(page)
    _run([sys.executable, "manage.py", "migrate", "-v", "0"], project)
    _run(
        [
            sys.executable,
            "manage.py",
            "createsuperuser",
            "--noinput",
            "--username",
            EDITOR,
            "--email",
            "e@x.example",
        ],
        project,
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    return project


@contextmanager
def site_running(project: Path) -> Iterator[int]:
    """Serve the untouched site with Django's own server."""
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with server_process(command, project, f"http://127.0.0.1:{port}/"):
        yield port


@contextmanager
def proxy_running(directory: Path, upstream: int) -> Iterator[int]:
    """Do as the how-to says: `bandeau init`, declare, enforce, `bandeau proxy`."""
    port = free_port()
    directory.mkdir(exist_ok=True)
    _run([BIN / "bandeau", "init", "--lang", "en", "--url", f"http://127.0.0.1:{port}"], directory)
    policy = directory / "bandeau.toml"
    text = policy.read_text().replace("TODO", "Paper, dpo@paper.example")
    policy.write_text(text.replace('mode = "report"', 'mode = "enforce"') + SERVICES)
    _run([BIN / "bandeau", "check"], directory)
    command = [BIN / "bandeau", "proxy", "--upstream", f"http://127.0.0.1:{upstream}", "--port", str(port)]
    with server_process(command, directory, f"http://127.0.0.1:{port}/"):
        yield port


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


def _run(command: Sequence[object], directory: Path, **environment: str) -> None:
    found = subprocess.run(
        [str(part) for part in command],
        cwd=directory,
        env=_own_environment() | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if found.returncode:
        raise AssertionError(f"{command}: {found.stdout}\n{found.stderr}")


def _own_environment() -> dict[str, str]:
    # Another Django site in this process may have named its settings.
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


@contextmanager
def server_process(command: Sequence[object], directory: Path, url: str) -> Iterator[None]:
    """Run a server in a folder until the end of the block."""
    log = (directory / "server.log").open("w+")
    process = subprocess.Popen(
        [str(part) for part in command], cwd=directory, env=_own_environment(), stdout=log, stderr=log
    )
    try:
        wait_for(process, url, log.name)
        yield
    finally:
        process.terminate()
        process.wait(15)
        log.close()


def wait_for(process: subprocess.Popen[bytes], url: str, log: str) -> None:
    """Wait until a server answers; a process that ends instead is told with its log."""
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(url, timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not start: {Path(log).read_text()}")
