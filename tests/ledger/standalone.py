"""The stand-alone verifier, loaded as the one file that it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

PATH = Path(__file__).parents[2] / "verify/verify_bandeau.py"


def load() -> ModuleType:
    """Return the file as a module."""
    spec = importlib.util.spec_from_file_location("verify_bandeau", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFIER = load()
