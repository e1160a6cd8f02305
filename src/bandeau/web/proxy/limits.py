"""How long the proxy waits and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass

#: A request's head has to be whole after this, and so has an answer's (slow-sending attacks).
HEAD_SECONDS = 15.0
#: The longest request target, and everything that stands in a request's or an answer's head.
MOST_TARGET_BYTES, MOST_HEAD_BYTES, MOST_HEADERS = 16 * 1024, 64 * 1024, 200
#: A reader who takes nothing for so long is cut off.
STALLED_SECONDS = 60.0
#: A connection to the upstream that was idle for longer is not used again: servers close theirs soon.
IDLE_CONNECTION_SECONDS = 4.0
#: So many connections are kept open for the next request.
MOST_IDLE = 64
#: What is read ahead of a slow taker, in each direction.
READ_AHEAD_BYTES = 256 * 1024
#: How long an upstream may take to ask for a body that the reader offers (RFC 9110 §10.1.1).
CONTINUE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator may set.

    ``idle_seconds`` is the longest silence of the upstream or of a reader who sends a body;
    ``quiet_seconds`` that of a WebSocket or of an event stream. ``upload_bytes`` 0 sets no limit.
    """

    connect_seconds: float = 5.0
    idle_seconds: float = 60.0
    quiet_seconds: float = 3_600.0
    upload_bytes: int = 0
    connections: int = 256
