"""What several of the long ways through a browser share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .demonstration import Paper, demonstration


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    """Start the demonstration in a folder of its own, once."""
    with demonstration(tmp_path_factory.mktemp("gazette")) as running:
        yield running
