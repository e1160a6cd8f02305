"""A withdrawal, as those who erase profiles are told of it, and the list of them."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bandeau.ledger.outbox import Owed
from bandeau.profiles.erasing import erasing


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A purpose that a reader no longer allows.

    ``cookies`` holds the values of the purpose's declared cookies as the browser sent them, so
    that a handler finds the profile that they name. ``account`` is the reader's account, ``""`` without
    one; then the withdrawal is of all its devices.
    """

    purpose_id: str
    subject_id: str | None
    cookies: Mapping[str, str] = field(default_factory=dict)
    account: str = ""


#: Erases what a withdrawal names. It has done so when it returns; ``False`` and an error say that it
#: has not. It may be called more than once for one withdrawal.
Handler = Callable[[Withdrawal], object]


@dataclass(frozen=True, slots=True)
class Eraser:
    """One that has to acknowledge the withdrawals of a purpose, by a name that outlives the process."""

    purpose_id: str
    name: str
    erase: Callable[[Owed], object]
    #: It is elsewhere: a reader's answer does not wait for it.
    remote: bool = False


class Erasers:
    """Those that the site's code registers, and those that its policy declares.

    Args:
        declared: returns those of the policy in force.
    """

    def __init__(self, declared: Callable[[], Iterable[Eraser]]) -> None:
        self._declared = declared
        self._registered: list[Eraser] = []

    def __iter__(self) -> Iterator[Eraser]:
        return iter([*self._registered, *self._declared()])

    def add(self, purpose_id: str, handler: Handler, name: str = "") -> None:
        """Register a handler.

        Raises:
            ValueError: it has no name of its own, or the purpose has one of that name.
        """
        name = name or _name_of(handler)
        if any((each.purpose_id, each.name) == (purpose_id, name) for each in self._registered):
            raise ValueError(f"{purpose_id} has a handler {name!r}: give this one a name=… of its own")
        self._registered.append(Eraser(purpose_id, name, lambda owed: call(handler, owed)))

    def of(self, purpose_id: str) -> list[Eraser]:
        """Return those of a purpose."""
        return [each for each in self if each.purpose_id == purpose_id]

    def find(self, owed: Owed) -> Eraser | None:
        """Return the one that owes an erasure; ``None`` when it is gone."""
        return next((each for each in self.of(owed.purpose_id) if each.name == owed.handler), None)


def call(handler: Handler, owed: Owed) -> object:
    """Call a handler and wait for it; an asynchronous one runs on an event loop of its own."""
    with erasing():
        result = handler(Withdrawal(owed.purpose_id, owed.subject_id, owed.cookies, owed.account))
        return _awaited(result) if inspect.isawaitable(result) else result


def _awaited(result: Awaitable[Any]) -> object:
    async def wait() -> object:
        with erasing():
            return await result

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(wait())
    return _in_a_thread(lambda: asyncio.run(wait()))


def _in_a_thread(run: Callable[[], object]) -> object:
    """Run what must not stand on the thread of an event loop; raise here what it raises there."""
    outcome: list[object] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(run())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="bandeau-eraser")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _name_of(handler: object) -> str:
    module, name = getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")
    if not name:
        raise ValueError(f"{handler!r} has no name that outlives the process: give it one with name=…")
    return f"{module}.{name}"
