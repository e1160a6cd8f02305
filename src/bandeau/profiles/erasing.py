"""The one time when a profile may be opened without its reader's consent: to erase it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_erasing: ContextVar[bool] = ContextVar("bandeau_erasing", default=False)


@contextmanager
def erasing() -> Iterator[None]:
    """Open profiles to erase them: after a withdrawal, when their time is over, or at a reader's request.

    Handlers of ``on_withdraw`` run within it.
    """
    token = _erasing.set(True)
    try:
        yield
    finally:
        _erasing.reset(token)


def is_erasing() -> bool:
    """Tell whether this code erases."""
    return _erasing.get()
