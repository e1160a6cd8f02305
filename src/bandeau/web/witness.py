"""A witness as an ASGI application (c2sp.org/tlog-witness): ``POST /add-checkpoint``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from bandeau.errors import BandeauError
from bandeau.ledger.note import MAX_NOTE_SIZE
from bandeau.ledger.witness import Answer
from bandeau.storage.witnessfile import WitnessFile
from bandeau.web.asgi import Receive, Scope, Send, read_body

log = logging.getLogger("bandeau.witness")

#: A checkpoint with all its signatures, and a proof of 63 hashes.
_MAX_BODY = MAX_NOTE_SIZE + 64 * 64
_PATH = "/add-checkpoint"


class WitnessApp:
    """Answers the logs that a witness knows."""

    def __init__(self, file: WitnessFile, *, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        answer = await self._answer(scope, receive)
        headers = [(b"content-type", answer.content_type.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body.encode()})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["path"] != _PATH:
            return Answer(404, "there is nothing at this address\n")
        if scope["method"] != "POST":
            return Answer(405, "use POST\n")
        body = await read_body(receive, _MAX_BODY)
        if body is None or len(body) > _MAX_BODY:
            return Answer(413, "too large\n")
        try:
            return await asyncio.to_thread(self._file.add_checkpoint, body, int(self._clock()))
        except (BandeauError, OSError) as error:
            log.error("nothing is countersigned: %s", error)
            return Answer(503, "the witness cannot keep what it would sign\n")
