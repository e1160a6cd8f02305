"""Self-hosted consent manager: declare once, enforce everywhere, prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bandeau.web.decisions import allows, requires

__all__ = ["allows", "requires"]


def __getattr__(name: str) -> object:
    # Imported when it is asked for: who only reads a policy needs no middleware.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bandeau.web import decisions

    return getattr(decisions, name)
