"""Says when a key file is open to others than its owner."""

from __future__ import annotations

from pathlib import Path

from bandeau.cli.settings import Settings
from bandeau.core.policy import Policy
from bandeau.storage.keyfile import exposed, keyfile_path


def warn_of_keys(policy: Policy, folder: Path, settings: Settings) -> None:
    """Say on stderr what is wrong with the mode of the policy's key file, and the command that mends it."""
    found = exposed(keyfile_path(policy, folder))
    if found is not None:
        settings.say(f"warning: {found}")
