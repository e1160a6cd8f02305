"""The mode by environment: one word that stands before every mode of the policy file."""

from __future__ import annotations

from dataclasses import replace

from bandeau.core.policy import Mode, Policy
from bandeau.errors import PolicyError

#: The variable that names the mode of every host and path.
MODE_VARIABLE = "BANDEAU_MODE"


def switched(policy: Policy, word: str) -> Policy:
    """Return the policy in the mode that a word names everywhere; as it is for no word.

    Raises:
        PolicyError: the word is no mode; a typing error must not leave a site as it was unnoticed.
    """
    if not word:
        return policy
    try:
        mode = Mode(word.strip().lower())
    except ValueError as error:
        modes = ", ".join(Mode)
        raise PolicyError([f"{MODE_VARIABLE}={word[:40]!r} is no mode; set it to one of {modes}"]) from error
    return replace(policy, enforce=replace(policy.enforce, mode=mode, rules=()))
