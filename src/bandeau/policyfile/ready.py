"""What stands between a policy that only reports and one that enforces."""

from __future__ import annotations

from pathlib import Path

from bandeau.policyfile.load import Loaded
from bandeau.policyfile.problem import Problem


def check_ready(loaded: Loaded, folder: Path) -> tuple[Problem, ...]:
    """Return the warnings of a policy and what is left to do; ``folder`` is that of the file."""
    return loaded.warnings
