"""What can go wrong between a reader and the upstream, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail: its name in the metrics, the status, what the log and the reader are told.

    ``status`` 0 means that there is nobody to answer; an empty ``log`` that the operator need not know.
    """

    name: str
    status: int
    log: str
    reader: str = "The site behind this address does not answer. Please try again in a moment."


UNREACHABLE = Failure("unreachable", 502, "not reachable")
BROKEN = Failure("broken", 502, "broke off, or sent what is not HTTP/1.1")
LATE = Failure("late", 504, "no answer in time")
BUSY = Failure("busy", 503, "all connections are in use")
GONE = Failure("gone", 0, "")
TOO_LARGE = Failure("too_large", 413, "", "What was sent is too large for this site.")
STALLED = Failure("stalled", 408, "", "What was sent did not arrive in time.")
ALL = (UNREACHABLE, BROKEN, LATE, BUSY, GONE, TOO_LARGE, STALLED)


class Failed(Exception):
    """An exchange failed; ``failure`` says how."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        self.failure, self.detail = failure, detail
        super().__init__(f"{failure.name}: {detail}")
