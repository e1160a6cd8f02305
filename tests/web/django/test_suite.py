"""Django's suite in a process of its own: settings are configured once in a process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SUITE = Path(__file__).parent / "suite"
LEAST = 300
#: Each supported Django with a Python that runs it; the newest needs Python 3.12.
DJANGOS = {"4.2": (3, 11), "5.2": (3, 11), "6.0": (3, 12), "6.1": (3, 12)}


def run_suite(python: str | Path) -> str:
    """Run the suite and return its last line."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "python_files=suite_*.py"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [*command, str(SUITE)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def test_suite_passes_with_the_django_that_is_installed() -> None:
    """All of it, and a suite that shrank is noticed."""
    found = re.match(r"(\d+) passed", run_suite(sys.executable))
    assert found
    assert int(found[1]) >= LEAST


def python_of(least: tuple[int, int]) -> str | None:
    """Return a Python of this machine that is new enough."""
    names = [sys.executable] if sys.version_info[:2] >= least else []
    names += [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"))]
    names += [f"/usr/bin/python3.{minor}" for minor in range(12, 20)]
    return next((name for name in names if Path(name).exists()), None)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", sorted(DJANGOS))
def test_suite_passes_with_each_supported_django(version: str, tmp_path: Path) -> None:
    """In an environment made for it."""
    python = python_of(DJANGOS[version])
    if python is None:
        pytest.skip(f"Django {version} was not run: it needs Python {'.'.join(map(str, DJANGOS[version]))}")
    folder = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", folder], check=True)
    wanted = [
        str(ROOT),
        f"django=={version}.*",
        "django-csp",
        "whitenoise",
        "pytest",
        "pytest-timeout",
        "django-allauth",
    ]
    install = [folder / "bin" / "python", "-m", "pip", "install", "-q", *wanted]
    subprocess.run(install, check=True, capture_output=True)
    assert "passed" in run_suite(folder / "bin" / "python")
