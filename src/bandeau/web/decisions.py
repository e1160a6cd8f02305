"""Decisions in code: ``allows`` and ``requires`` ask the visit of the request that is being answered.

Every middleware says whom it answers; nothing here knows a framework. Asking makes the response private.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeGuard, TypeVar, cast

from bandeau.core.decision import Decision
from bandeau.core.policy import Policy
from bandeau.enforcement.visit import Visit, unknown_subject
from bandeau.errors import PolicyError

if TYPE_CHECKING:
    from bandeau.web.gateway.engine import Gateway

P = ParamSpec("P")
T = TypeVar("T")

_NEED = "__bandeau_need__"


@dataclass(frozen=True, slots=True)
class Answering:
    """A request that is being answered; without a ``gateway`` in tests alone."""

    visit: Visit
    gateway: Gateway | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A purpose or service that code names, and where."""

    subject_id: str
    place: str

    def problem(self, policy: Policy) -> str:
        """Return what is wrong with it under a policy; "" when nothing is."""
        if policy.subject(self.subject_id) is not None:
            return ""
        return f"{self.place}: {unknown_subject(policy, self.subject_id)}"


_answering: ContextVar[Answering | None] = ContextVar("bandeau", default=None)


@contextmanager
def answering(visit: Visit, gateway: Gateway | None = None) -> Iterator[None]:
    """Say for which visit everything below works; contexts of threads and tasks inherit it."""
    token = _answering.set(Answering(visit, gateway))
    try:
        yield
    finally:
        _answering.reset(token)


def within(visit: Visit, gateway: Gateway, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a body; the application makes each of them for this visit."""
    rest = iter(pieces)
    while True:
        with answering(visit, gateway):
            try:
                piece = next(rest)
            except StopIteration:
                return
        yield piece


def current() -> Answering | None:
    """Return the request that is being answered, ``None`` outside of one."""
    return _answering.get()


def allows(subject_id: str) -> Decision:
    """Tell whether the reader allows a purpose or service, with the reason; true when allowed.

    The response becomes private, for it depends on the reader.

    Raises:
        KeyError: nothing of that name is declared; the message lists what is.
        LookupError: no request is being answered here.
    """
    found = _answering.get()
    if found is None:
        raise LookupError(
            f"nobody is asked here whether {subject_id!r} is allowed: no request is being answered behind "
            "Bandeau's middleware. Put it in front; ask before a body that is no page is streamed; or in a "
            "test: with bandeau.testing.choice(site, …)"
        )
    return found.visit.allows(subject_id)


def requires(subject_id: str, *, otherwise: object) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function run only while the reader allows a purpose or service.

    Fits views of every framework and plain functions, synchronous or not. A name that the policy
    does not declare is an error when the site starts.

    Args:
        otherwise: what a refusal gives: a function, which is called with the same arguments, or a value.

    Raises:
        TypeError: the function is a generator, which would run after the decision.
    """

    place = caller()

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} yields: decide in what calls it, with bandeau.allows")
        is_async = inspect.iscoroutinefunction(function)
        made = (_asynchronous if is_async else _synchronous)(function, subject_id, otherwise)
        return mark(cast(Callable[P, T], made), Need(subject_id, place))

    return decorate


def _synchronous(
    function: Callable[..., object], subject_id: str, otherwise: object
) -> Callable[..., object]:
    @functools.wraps(function)
    def decided(*args: object, **kwargs: object) -> object:
        if allows(subject_id):
            return function(*args, **kwargs)
        return otherwise(*args, **kwargs) if _is_function(otherwise) else otherwise

    return decided


def _asynchronous(
    function: Callable[..., object], subject_id: str, otherwise: object
) -> Callable[..., object]:
    @functools.wraps(function)
    async def decided(*args: object, **kwargs: object) -> object:
        chosen = function if allows(subject_id) else otherwise
        result = chosen(*args, **kwargs) if _is_function(chosen) else chosen
        return await result if inspect.isawaitable(result) else result

    return decided


def _is_function(found: object) -> TypeGuard[Callable[..., object]]:
    # Not all that can be called: the responses of Starlette and Werkzeug are applications.
    return inspect.isroutine(found) or isinstance(found, (type, functools.partial))


def caller() -> str:
    """Return the file and line that called the function that calls this one."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def mark(function: Callable[P, T], need: Need) -> Callable[P, T]:
    """Write on a function what it needs, so that it is found when the site starts."""
    setattr(function, _NEED, need)
    return function


def needs_of(function: object) -> Iterator[Need]:
    """Yield what a view needs, through all its decorators."""
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        need = vars(function).get(_NEED) if hasattr(function, "__dict__") else None
        if isinstance(need, Need):
            yield need
        function = getattr(function, "__wrapped__", None)


def must_be_declared(needs: Iterable[Need], policy: Policy) -> None:
    """Refuse names that a policy does not declare.

    Raises:
        PolicyError: all of them, each with its place and remedy.
    """
    problems = sorted({need.problem(policy) for need in needs} - {""})
    if problems:
        raise PolicyError(problems)
