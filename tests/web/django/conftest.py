"""Keeps Django's suite out of runs that set up another Django project, as the newspaper's tests do."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite to `test_suite.py`, which runs it in a process of its own."""
    here = collection_path == Path(__file__).parent / "suite"
    return True if here and "suite_*.py" not in config.getini("python_files") else None
