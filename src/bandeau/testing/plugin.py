"""The pytest plugin: its fixture puts an application on loopback, and takes it down after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bandeau.testing.mounted import Mounted


@pytest.fixture
def bandeau_mount() -> Iterator[Callable[..., Mounted]]:
    """Mount ASGI or WSGI applications for one test: ``bandeau_mount(app, policy="bandeau.toml")``.

    The arguments are those of ``bandeau.testing.mount``.
    """
    from bandeau.testing.mounted import mount

    with ExitStack() as stack:

        def mounted(*args: Any, **kwargs: Any) -> Mounted:
            return stack.enter_context(mount(*args, **kwargs))

        yield mounted
