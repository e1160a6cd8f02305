"""Group commit: many waiting callers, one writer thread, one durable write for all of them."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from bandeau.errors import StoreError, StoreUnavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

#: The longest that a batch waits for those who were answered just now.
_MOST_PATIENT_SECONDS = 0.001


@dataclass(slots=True)
class _Job(Generic[Item, Result]):
    item: Item
    future: Future[Result]
    deadline: float


class GroupCommit(Generic[Item, Result]):
    """Hands what is submitted to ``commit`` in batches, in order, from one thread.

    An idle writer starts at once, so a lone caller never waits for a window to close; what
    arrives during a commit shares the next one. Right after a commit the writer waits a moment for
    as many as it has just answered: they are about to come back, and would else be split in two
    commits. A future fails with ``StoreUnavailable`` when too many wait, when its deadline passes
    (a disk can hang for minutes) or when ``commit`` raises, which may be another ``StoreError``; a
    result that is an exception fails its own future alone. ``rest`` runs after a batch was
    answered: work that nobody should wait for.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        rest: Callable[[], None] = lambda: None,
        limit: int = 10_000,
        batch: int = 512,
        deadline_seconds: float = 5.0,
    ) -> None:
        self._commit = commit
        self._rest = rest
        self._limit = limit
        self._batch = batch
        self._deadline_seconds = deadline_seconds
        lock = threading.Lock()
        self._work = threading.Condition(lock)  # lock guards everything below
        self._watch = threading.Condition(lock)
        self._waiting: deque[_Job[Item, Result]] = deque()
        self._taken: list[_Job[Item, Result]] = []
        self._wanted: float = math.inf  # how many must wait for the writer to be woken
        self._threads: list[threading.Thread] = []
        self._dozing = False
        self._closed = False
        # Of the writer thread alone: how many it answered last, and until when they are waited for.
        self._expected = 1
        self._patient_until = 0.0

    def submit(self, item: Item) -> Future[Result]:
        """Queue an item; the future is resolved when its batch is committed."""
        future: Future[Result] = Future()
        job = _Job(item, future, time.monotonic() + self._deadline_seconds)
        with self._work:
            refusal = self._refusal()
            if not refusal:
                self._waiting.append(job)
                if len(self._waiting) >= self._wanted:
                    self._work.notify()
                if self._dozing:
                    self._watch.notify()
                if not self._threads:
                    self._start()
        if refusal:
            future.set_exception(StoreUnavailable(refusal))
        return future

    def close(self) -> None:
        """Finish what was submitted; what cannot be finished in time fails."""
        with self._work:
            self._closed = True
            self._work.notify_all()
            self._watch.notify_all()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(self._deadline_seconds + 1)
        with self._work:
            left = [*self._taken, *self._waiting]
        _fail(left, "the store was closed before it could commit")

    def _refusal(self) -> str:
        if self._closed:
            return "the store is closed"
        if len(self._waiting) + len(self._taken) >= self._limit:
            return f"{self._limit} records are waiting already"
        return ""

    def _start(self) -> None:
        # The threads are daemons: a hanging disk must not keep a server from stopping.
        for run, name in ((self._write, "bandeau-store"), (self._expire, "bandeau-store-deadline")):
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _write(self) -> None:
        while jobs := self._take():
            began = time.monotonic()
            self._settle(jobs)
            with self._work:
                self._taken = []
            self._rest()
            ended = time.monotonic()
            self._expected = len(jobs)
            self._patient_until = ended + min(_MOST_PATIENT_SECONDS, ended - began)

    def _settle(self, jobs: list[_Job[Item, Result]]) -> None:
        try:
            # An expired or cancelled job was never acknowledged; it need not be written.
            jobs = [job for job in jobs if not job.future.done()]
            results = self._commit([job.item for job in jobs]) if jobs else []
        except Exception as error:
            _fail(jobs, str(error), error)
            return
        for job, result in zip(jobs, results, strict=True):
            with suppress(InvalidStateError):
                if isinstance(result, Exception):
                    job.future.set_exception(result)
                else:
                    job.future.set_result(result)

    def _take(self) -> list[_Job[Item, Result]]:
        with self._work:
            self._await(1)
            self._await(self._expected, self._patient_until)
            size = min(self._batch, len(self._waiting))
            self._taken = [self._waiting.popleft() for _ in range(size)]
            if not self._taken:
                self._watch.notify_all()
            return list(self._taken)

    def _await(self, count: int, until: float = math.inf) -> None:
        """Wait for so many jobs, until a time, or until the store is closed."""
        self._wanted = count
        while len(self._waiting) < count and not self._closed:
            pause = until - time.monotonic()
            if pause <= 0:
                break
            self._work.wait(None if pause == math.inf else pause)
        self._wanted = math.inf

    def _expire(self) -> None:
        while True:
            with self._watch:
                if self._closed and not self._taken and not self._waiting:
                    return
                overdue = self._overdue()
                if not overdue:
                    self._doze()
                    continue
            _fail(overdue, f"not durable within {self._deadline_seconds:g} s")

    def _overdue(self) -> list[_Job[Item, Result]]:
        now = time.monotonic()
        return [
            job for job in (*self._taken, *self._waiting) if job.deadline <= now and not job.future.done()
        ]

    def _doze(self) -> None:
        """Sleep until the next deadline, or until something is submitted after a quiet time."""
        deadlines = [job.deadline for job in (*self._taken, *self._waiting) if not job.future.done()]
        self._dozing = not deadlines
        pause = max(deadlines[0] - time.monotonic(), 0.001) if deadlines else None
        self._watch.wait(pause)
        self._dozing = False


def _fail(jobs: Sequence[_Job[Item, Result]], why: str, cause: Exception | None = None) -> None:
    for job in jobs:
        # One error each: callers raise it in their own threads.
        kind = type(cause) if isinstance(cause, StoreError) else StoreUnavailable
        error = kind(why)
        error.__cause__ = cause
        with suppress(InvalidStateError):
            job.future.set_exception(error)
