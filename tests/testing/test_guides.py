"""The guides for builds and for a site's own tests: what stands in them works as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bandeau.cli.main import cli
from tests.e2e.wagtail_site import free_port, wait_for

from .apps import POLICY

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "how-to"
CI, OWN_TESTS = ((GUIDES / name).read_text(encoding="utf-8") for name in ("ci.md", "test-your-site.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^[ -]*(?:run: |\| )?(bandeau .+)$", re.MULTILINE)
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
MYAPP = """
from bandeau import requires
from bandeau.testing import local_site
from bandeau.web.asgi import BandeauMiddleware
from tests.testing.apps import asgi_app as application

site = local_site("bandeau.toml")
protected = BandeauMiddleware(application, site=site)


def wsgi_application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"chosen for you" if environ["bandeau"].allows("ads") else b"the newest"]


@requires("ads", otherwise=None)
def build_profile(reader):
    return f"profile of {reader}"
"""
CLIENT = """
def get(app, path, *, cookies):
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": sent}
    return b"".join(app({**environ, "wsgi.url_scheme": "http"}, lambda *_: None)).decode()
"""


def commands() -> list[str]:
    """Return every command line of ours in the guide for builds."""
    return [line for _, block in BLOCK.findall(CI) for line in COMMAND.findall(block)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site's folder: its policy and its application."""
    (tmp_path / "bandeau.toml").write_text(POLICY)
    (tmp_path / "myapp.py").write_text(MYAPP)
    (tmp_path / "wsgi_client.py").write_text(CLIENT)
    return tmp_path


def in_folder(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run something as a person in that folder would."""
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=_paths(folder),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def _paths(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


@pytest.mark.parametrize("line", commands())
def test_commands_of_the_build_are_commands(line: str) -> None:
    """Whoever copies them is understood."""
    verb, *arguments = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), verb)

    assert command is not None
    assert command.make_context(verb, arguments).args == []


@pytest.mark.parametrize("entry", re.findall(r"entry: bandeau (.+)", HOOKS))
def test_hooks_run_on_the_file_that_was_changed(folder: Path, entry: str) -> None:
    """pre-commit adds the names of the files; a mistake stops the commit."""
    pattern = re.search(r"files: (.+)", HOOKS)
    assert pattern is not None
    assert re.search(pattern[1], "bandeau.toml")
    sound = in_folder(folder, sys.executable, "-m", "bandeau", *entry.split(), "bandeau.toml")
    (folder / "bandeau.toml").write_text(POLICY.replace('purpose = "ads"', 'purpose = "adds"'))
    wrong = in_folder(folder, sys.executable, "-m", "bandeau", *entry.split(), "bandeau.toml")

    # A site in mode report is never ready, and says so.
    assert sound.returncode == ("--ready" in entry), sound.stderr
    assert wrong.returncode == 1
    assert "BND" in wrong.stdout


def test_hook_of_the_guide_exists() -> None:
    """Under the name that the guide gives."""
    named = {*re.findall(r"id: (\S+)", CI), *re.findall(r"`(bandeau-\w+)`", CI)}
    assert named == {*re.findall(r"id: (\S+)", HOOKS)}


@pytest.fixture
def running(folder: Path) -> Iterator[int]:
    """The application of the build, with Bandeau around it, as a server of its own."""
    port = free_port()
    policy = POLICY.replace("[purposes.technical]", '[enforce]\nmode = "enforce"\n\n[purposes.technical]')
    (folder / "bandeau.toml").write_text(policy.replace("www.paper.example", "www.lejournal.example"))
    moves = {line.strip(" -").replace(":8000", f":{port}") for line in CI.splitlines() if "sed -i" in line}
    assert len(moves) == 1
    for command in (shlex.split(moves.pop()), [sys.executable, "-m", "bandeau", "init"]):
        done = in_folder(folder, *command)
        assert done.returncode == 0, done.stderr
    (folder / "served.py").write_text(
        "from bandeau.web.asgi import BandeauMiddleware\nfrom tests.testing.apps import asgi_app\n"
        'application = BandeauMiddleware(asgi_app, policy="bandeau.toml")\n'
    )
    command = [sys.executable, "-m", "uvicorn", "served:application", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=_paths(folder), stdout=log, stderr=log)
        try:
            wait_for(process, f"http://127.0.0.1:{port}/", log.name)
            yield port
        finally:
            process.terminate()
            process.wait(15)


@pytest.mark.browser
def test_audit_of_the_build_passes_and_leaves_its_reports(folder: Path, running: int) -> None:
    """The very line of the guide, at the port at hand, on an application that declares another address."""
    line = next(line for line in commands() if line.startswith("bandeau audit") and "github" in line)
    words = shlex.split(line.replace(":8000/", f":{running}/"))[1:]
    done = in_folder(folder, sys.executable, "-m", "bandeau", *words)

    assert done.returncode == 0, done.stdout + done.stderr
    named = set(re.findall(r"audit/(report\.\w+)", CI))
    assert named == {"report.sarif", "report.xml"}
    assert all((folder / "audit" / name).is_file() for name in named)


@pytest.mark.browser
def test_tests_of_the_guide_pass(folder: Path) -> None:
    """Each block is a test file of its own."""
    blocks = [text for kind, text in BLOCK.findall(OWN_TESTS) if kind == "python"]
    for number, text in enumerate(blocks):
        (folder / f"test_{number}.py").write_text(text)
    done = in_folder(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

    assert done.returncode == 0, done.stdout
    assert f"{len(blocks)} passed" in done.stdout
