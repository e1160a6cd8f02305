"""An answer that waits for the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
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

    A failure of the store is an outcome too. ``finish`` may block, for it runs the site's own
    handlers, so an event loop calls it in a thread, unless ``is_quick`` says that there is nothing
    to wait for: a thread costs as much as the rest of the answer.
    """

    future: Future[Entry]
    finish: Callable[[Outcome], Response]
    is_quick: Callable[[Outcome], bool] = lambda _: False

    def answer(self) -> Response:
        """Wait for the answer, holding this thread."""
        return self.finish(_outcome(self.future))


async def awaited(pending: Pending) -> Response:
    """Wait for an answer without holding the event loop."""
    await until_done(pending.future)
    outcome = _outcome(pending.future)
    if pending.is_quick(outcome):
        return pending.finish(outcome)
    return await asyncio.to_thread(pending.finish, outcome)


def without_store() -> Future[Entry]:
    """Return the future of an answer that the store is not asked for."""
    future: Future[Entry] = Future()
    future.set_exception(StoreUnavailable("the store was not asked"))
    return future


async def until_done(future: Future[Entry]) -> None:
    """Wait until a future of another thread is done.

    A client that goes away cancels this wait alone, never the future: what is being kept stays. Of
    that ``asyncio.wrap_future`` under a ``shield`` would make four futures instead of one.
    """
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()

    def wake(_: Future[Entry]) -> None:
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, waiter)

    future.add_done_callback(wake)
    await waiter


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _outcome(done: Future[Entry]) -> Outcome:
    """Return what the store says, once it has spoken."""
    try:
        return done.result()
    except StoreError as error:
        return error
    except CancelledError:
        return StoreUnavailable("the record was given up")
    except Exception as error:
        return StoreUnavailable(str(error))
