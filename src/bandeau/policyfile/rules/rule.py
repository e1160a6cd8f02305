"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass

from bandeau.policyfile.problem import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a policy file, or the site that it speaks of, must or should obey.

    Codes are for ever: a rule that goes leaves its number unused. ``source`` names the law, the
    recommendation or the specification that the rule comes from.
    """

    code: str
    title: str
    why: str
    remedy: str
    source: str = ""
    level: Level = Level.ERROR
