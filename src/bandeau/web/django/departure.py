"""A Django response on its way out: whole or streaming, for WSGI and ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import chain
from typing import Any

from bandeau.web.decisions import answering, within
from bandeau.web.django.heads import pairs_of, put_back
from bandeau.web.gateway.engine import Passage
from bandeau.web.gateway.outgoing import Outgoing


def leave(passage: Passage, response: Any) -> Any:
    """Return the response as the reader gets it."""
    outgoing = passage.respond(response.status_code, pairs_of(response))
    if outgoing.passes:
        put_back(response, outgoing.head)
    elif response.streaming:
        # Iterating the response itself, not its content: Django knows how to read an asynchronous one.
        content = iter(response) if response.is_async else response.streaming_content
        _stream(outgoing, response, within(passage.visit, passage.gateway, content))
    else:
        _replace(outgoing, response, outgoing.feed(response.content, last=True))
    return response


async def leave_async(passage: Passage, response: Any) -> Any:
    """Return the response as the reader gets it, without holding the event loop."""
    outgoing = passage.respond(response.status_code, pairs_of(response))
    if outgoing.passes:
        put_back(response, outgoing.head)
    elif response.streaming:
        await _stream_async(outgoing, response, _within(passage, response))
    else:
        _replace(outgoing, response, await _feed(outgoing, response.content, last=True))
    return response


def _replace(outgoing: Outgoing, response: Any, body: bytes) -> None:
    put_back(response, outgoing.head)
    response.content = body


def _stream(outgoing: Outgoing, response: Any, pieces: Iterator[bytes]) -> None:
    """Read until the head can be completed, and leave the rest to the server."""
    first = b""
    rest: Iterable[bytes] = ()
    for piece in pieces:
        first += outgoing.feed(piece)
        if outgoing.ready:
            rest = _rest(outgoing, pieces)
            break
    else:
        first += outgoing.close()
    put_back(response, outgoing.head)
    response.streaming_content = chain((first,), rest)


def _rest(outgoing: Outgoing, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if output := outgoing.feed(piece):
            yield output
    if rest := outgoing.close():
        yield rest


async def _stream_async(outgoing: Outgoing, response: Any, pieces: AsyncIterator[bytes]) -> None:
    first, ended = b"", True
    async for piece in pieces:
        first += await _feed(outgoing, piece)
        if outgoing.ready:
            ended = False
            break
    if ended:
        first += outgoing.close()
    put_back(response, outgoing.head)
    response.streaming_content = _rest_async(outgoing, first, None if ended else pieces)


async def _rest_async(
    outgoing: Outgoing, first: bytes, pieces: AsyncIterator[bytes] | None
) -> AsyncIterator[bytes]:
    yield first
    if pieces is None:
        return
    async for piece in pieces:
        if output := await _feed(outgoing, piece):
            yield output
    if rest := outgoing.close():
        yield rest


async def _feed(outgoing: Outgoing, data: bytes, *, last: bool = False) -> bytes:
    if outgoing.is_heavy(data, last=last):
        return await asyncio.to_thread(outgoing.feed, data, last=last)
    return outgoing.feed(data, last=last)


async def _within(passage: Passage, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces of a body; the application makes each of them for this visit."""
    rest = aiter(pieces)
    while True:
        with answering(passage.visit, passage.gateway):
            try:
                piece = await anext(rest)
            except StopAsyncIteration:
                return
        yield piece
