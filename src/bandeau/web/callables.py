"""The views and dependencies of an ASGI application, found by the names that frameworks give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bandeau.web.decisions import Need, needs_of

#: Where Starlette, FastAPI and Litestar keep routes, what answers them, and what that depends on.
_LEADS = (
    *("app", "routes", "endpoint", "dependant", "dependencies", "call", "route_handlers", "fn"),
    *("dependency", "_route_handlers"),
)
_MOST = 100_000


def needs_of_app(app: object) -> Iterator[Need]:
    """Yield what the views and dependencies of an application need."""
    seen: set[int] = set()
    waiting = [app]
    while waiting and len(seen) < _MOST:
        found = waiting.pop()
        if found is None or isinstance(found, (str, bytes, int)) or id(found) in seen:
            continue
        seen.add(id(found))
        yield from needs_of(found)
        waiting += _below(found)


def _below(found: object) -> Iterable[object]:
    if isinstance(found, Mapping):
        return found.values()
    if isinstance(found, (list, tuple, set, frozenset)):
        return found
    return [_attribute(found, name) for name in _LEADS]


def _attribute(found: object, name: str) -> object:
    try:
        return getattr(found, name, None)
    except Exception:  # a property of a foreign object
        return None
