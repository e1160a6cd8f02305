"""The policy file: ``bandeau.toml`` to Policy, with every mistake in one pass."""

from __future__ import annotations

from bandeau.policyfile.load import FILENAME, Loaded, load, load_file
from bandeau.policyfile.problem import Fix, Level, Problem, Span
from bandeau.policyfile.rules import RULES, Rule

__all__ = ["FILENAME", "RULES", "Fix", "Level", "Loaded", "Problem", "Rule", "Span", "load", "load_file"]
