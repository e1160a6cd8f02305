"""Judge: a recording held against a policy, without a browser, a clock or a network."""

from __future__ import annotations

from bandeau.audit.judge.judgement import Cell, Evidence, Finding, Judgement, Verdict
from bandeau.audit.judge.verdicts import judge

__all__ = ["Cell", "Evidence", "Finding", "Judgement", "Verdict", "judge"]
