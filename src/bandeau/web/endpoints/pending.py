"""An answer that waits for the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass

from bandeau.core.request import Response
from bandeau.errors import StoreError, StoreUnavailable
from bandeau.ledger.store import Entry

#: What the store said: the entry, or why there is none.
Outcome = Entry | StoreError


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that is made from what the store says.

    ``future`` never fails: a failure of the store is an outcome. ``finish`` may block, for it runs the
    site's own handlers, so an event loop calls it in a thread, unless ``is_quick`` says that there
    is nothing to wait for: a thread costs as much as the rest of the answer.
    """

    future: Future[Outcome]
    finish: Callable[[Outcome], Response]
    is_quick: Callable[[Outcome], bool] = lambda _: False


async def awaited(pending: Pending) -> Response:
    """Wait for an answer without holding the event loop."""
    # Shielded, for a client that goes away must not take back what is being kept.
    outcome = await asyncio.shield(asyncio.wrap_future(pending.future))
    if pending.is_quick(outcome):
        return pending.finish(outcome)
    return await asyncio.to_thread(pending.finish, outcome)


def settled(future: Future[Entry]) -> Future[Outcome]:
    """Return a future of the outcome; giving it up gives up no record."""
    outcome: Future[Outcome] = Future()

    def settle(done: Future[Entry]) -> None:
        with suppress(InvalidStateError):
            outcome.set_result(_outcome(done))

    future.add_done_callback(settle)
    return outcome


def without_store() -> Future[Outcome]:
    """Return the future of an answer that the store is not asked for."""
    outcome: Future[Outcome] = Future()
    outcome.set_result(StoreUnavailable("the store was not asked"))
    return outcome


def _outcome(done: Future[Entry]) -> Outcome:
    if done.cancelled():
        return StoreUnavailable("the record was given up")
    error = done.exception()
    if error is None:
        return done.result()
    return error if isinstance(error, StoreError) else StoreUnavailable(str(error))
