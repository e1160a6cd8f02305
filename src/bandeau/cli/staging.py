"""What a verb that drives a browser is given for a site that is not public, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path


def login(text: str) -> tuple[str, str] | None:
    """Read ``USER:PASSWORD``; nothing for ``""``.

    Raises:
        ValueError: there is no colon in it.
    """
    name, colon, password = text.partition(":")
    if text and not colon:
        raise ValueError("--http-auth is written USER:PASSWORD")
    return (name, password) if text else None


def header(text: str) -> tuple[str, str]:
    """Read ``NAME: VALUE``.

    Raises:
        ValueError: it is written otherwise.
    """
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ValueError(f"--header is written NAME: VALUE, not {text!r}")
    return name.strip(), value.strip()


def storage_state(path: Path | None) -> Mapping[str, object] | None:
    """Read cookies and storage to begin with, in Playwright's form.

    Raises:
        ValueError: the file holds something else.
    """
    if path is None:
        return None
    state = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(state, dict):
        raise ValueError(f"{path} holds no storage state: an object with cookies and origins")
    return state
