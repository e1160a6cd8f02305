"""Bandeau in Starlette, FastAPI and Litestar: dependencies, and its own addresses to mount.

The middleware is ``bandeau.web.asgi.BandeauMiddleware``. Nothing here imports a framework: what these
three ask for are plain callables.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bandeau.core.decision import Decision
from bandeau.web import decisions
from bandeau.web.decisions import Need, caller, mark


def allows(subject_id: str) -> Callable[[], Awaitable[Decision]]:
    """Return a dependency that tells whether the reader allows a purpose or service.

    FastAPI: ``audience: Annotated[Decision, Depends(allows("audience"))]``. Litestar:
    ``dependencies={"audience": Provide(allows("audience"))}``. The response becomes private. A name
    that the policy does not declare is an error when the application starts.
    """

    async def ask() -> Decision:
        return decisions.allows(subject_id)

    return mark(ask, Need(subject_id, caller()))
