"""The pipe to the browser: whole messages, errors, an end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from bandeau.audit.collect.cdp import BrowserGone, Connection, Refused


def talk(work: Callable[[Connection, int, int], Awaitable[Any]]) -> Any:
    """Run something on a connection; it is given the browser's ends of the pipe, to read and to write."""

    async def run() -> Any:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        connection = await Connection.open(ours_in, ours_out)
        try:
            return await work(connection, theirs_in, theirs_out)
        finally:
            connection.close()
            for end in (theirs_in, theirs_out):
                with suppress(OSError):
                    os.close(end)

    return asyncio.run(run())


def say(end: int, *messages: dict[str, Any]) -> None:
    """Write messages as Chromium does."""
    os.write(end, b"".join(msgspec.json.encode(message) + b"\0" for message in messages))


def test_an_answer_finds_its_question() -> None:
    """In whichever order they come."""

    async def work(connection: Connection, reading: int, writing: int) -> list[Any]:
        asked = [connection.send("A"), connection.send("B", "session")]
        await asyncio.sleep(0.01)
        sent = [msgspec.json.decode(part) for part in os.read(reading, 9999).split(b"\0") if part]
        assert [message.get("sessionId") for message in sent] == [None, "session"]
        say(writing, {"id": sent[1]["id"], "result": {"b": 1}}, {"id": sent[0]["id"], "result": {"a": 1}})
        return list(await asyncio.gather(*asked))

    assert talk(work) == [{"a": 1}, {"b": 1}]


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (rb'"\ud83d cut"', "\ufffd cut"),
        (rb'"\ude00"', "\ufffd"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b'"\xff"', "\ufffd"),
    ],
    ids=["first", "second", "both", "byte"],
)
def test_half_a_character_is_no_end(raw: bytes, read: str) -> None:
    """A title that a site cut through an emoji ends no visit."""

    async def work(connection: Connection, reading: int, writing: int) -> Any:
        asked = connection.send("A")
        os.write(writing, b'{"id":1,"result":{"title":' + raw + b"}}\0")
        return (await asyncio.wait_for(asked, 2))["title"]

    assert talk(work) == read


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_message_comes_in_pieces(size: int) -> None:
    """Of any size; events are told in their order."""

    async def work(connection: Connection, reading: int, writing: int) -> list[str]:
        heard: list[str] = []
        connection.listener = lambda session, method, params: heard.append(f"{session} {method} {params}")
        data = b'{"method":"A","params":{"x":1}}\0{"method":"B","params":{},"sessionId":"s"}\0'
        for start in range(0, len(data), size):
            os.write(writing, data[start : start + size])
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        return heard

    assert talk(work) == [" A {'x': 1}", "s B {}"]


def test_an_error_is_raised_with_its_text() -> None:
    """Where somebody waits for the answer; elsewhere it is nobody's fault."""

    async def work(connection: Connection, reading: int, writing: int) -> None:
        connection.send("Nobody.waits")
        waiting = asyncio.ensure_future(connection.call("A"))
        await asyncio.sleep(0.01)
        say(writing, {"id": 1, "error": {"message": "no"}}, {"id": 2, "error": {"message": "not found"}})
        with pytest.raises(Refused, match="not found"):
            await waiting

    talk(work)


def test_who_waits_is_told_that_the_browser_is_gone() -> None:
    """And whoever asks afterwards."""

    async def work(connection: Connection, reading: int, writing: int) -> None:
        waiting = asyncio.ensure_future(connection.call("A"))
        await asyncio.sleep(0.01)
        os.close(writing)
        with pytest.raises(BrowserGone):
            await waiting
        await connection.gone()
        with pytest.raises(BrowserGone):
            await connection.call("B")

    talk(work)


def test_a_browser_that_does_not_answer_is_not_waited_for() -> None:
    """Longer than was said."""

    async def work(connection: Connection, reading: int, writing: int) -> None:
        with pytest.raises(TimeoutError):
            await connection.call("A", seconds=0.02)

    talk(work)
