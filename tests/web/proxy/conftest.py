"""What all tests of the proxy share."""

from __future__ import annotations

import pytest

from bandeau.web.proxy import door


@pytest.fixture(autouse=True)
def _soon_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PARTING_SECONDS", 0.02)
