"""Commands are tried as in a shell of their own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_django(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the newspaper's tests put into the environment of the same process."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
