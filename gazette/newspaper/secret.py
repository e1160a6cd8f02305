"""A secret that is made once, on the first start, and readable by its owner alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def secret_in(path: Path) -> str:
    """The secret kept in a file; creates the file when there is none.

    Two processes that start together end up with the same secret: only one of them creates the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
