"""A site of its own process: it makes profiles in a file of its own, and is killed in the midst of erasing.

    python -m tests.profiles.newsstand FOLDER HANDLER [--without-outbox]

It reads lines: ``read`` opens an article, ``accept`` and ``refuse`` answer for the reader, ``wait`` waits
until nothing is owed. HANDLER says what each try of the eraser does: ``f`` fails, ``h`` hangs, ``e`` erases.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from bandeau.ledger.outbox import NO_EFFECTS
from bandeau.profiles import delivery, rounds
from bandeau.site import Site, Withdrawal
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.endpoints import choices
from bandeau.web.profiles import guard

URL = "https://www.journal.example"
readings = guard("readings")


def main() -> None:
    """Serve one reader by lines."""
    folder, plan = Path(sys.argv[1]), sys.argv[2]
    logging.disable()
    if "--without-outbox" in sys.argv:
        vars(choices)["effects_of"] = lambda *_: NO_EFFECTS
    # Only how long things take: what is done is the same.
    delivery.FIRST_SECONDS, delivery.LEASE_SECONDS, delivery.PAUSE_SECONDS = 3.0, 0.4, 0.05
    rounds.ROUND_SECONDS = 0.02
    site = Site.open(folder / "bandeau.toml")
    site.on_withdraw("reading", name="erase")(eraser(folder, plan))
    asyncio.run(serve(site, folder))
    site.close()


async def serve(site: Site, folder: Path) -> None:
    """Answer the lines."""
    transport = httpx.ASGITransport(BandeauMiddleware(newspaper(folder), site=site))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as reader:
        known = folder / "cookies"
        reader.headers["cookie"] = known.read_text() if known.exists() else ""
        await reader.get("/")
        say("ready")
        for line in sys.stdin:
            word = line.strip()
            answer = await answered(reader, site, word)
            if answer.headers.get_list("set-cookie"):
                pairs = [text.partition(";")[0] for text in answer.headers.get_list("set-cookie")]
                known.write_text("; ".join(pairs))
                reader.headers["cookie"] = known.read_text()
            say(f"{word} {answer.status_code}")


async def answered(reader: httpx.AsyncClient, site: Site, word: str) -> httpx.Response:
    """Do what a line says."""
    if word == "wait":
        while await asyncio.to_thread(site.withdrawals.debts):
            await asyncio.sleep(0.02)
        return httpx.Response(200)
    if word == "read":
        return await reader.post("/read")
    post = {"action": word, "revision": 1, "source": "first", "shown": ["reading"]}
    return await reader.post("/bandeau/choices", json=post, headers={"origin": URL})


def newspaper(folder: Path) -> Callable[..., Awaitable[None]]:
    """Return an application that makes a profile of who reads, if it may."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/read" and readings.allows():
            remember(folder)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


@readings
def remember(folder: Path) -> None:
    """Make the profile."""
    with closing(sqlite3.connect(folder / "profiles.db")) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS profile (reader TEXT)")
        database.execute("INSERT INTO profile VALUES ('reader')")


def eraser(folder: Path, plan: str) -> Callable[[Withdrawal], None]:
    """Return a handler that does one letter of the plan at each try; the last one stays."""
    left = list(plan)

    def erase(withdrawal: Withdrawal) -> None:
        step = left.pop(0) if len(left) > 1 else left[0]
        say(f"try {step}")
        if step == "h":
            time.sleep(60)
        if step == "f":
            raise OSError("the database is away")
        with closing(sqlite3.connect(folder / "profiles.db")) as database, database:
            database.execute("DELETE FROM profile")

    return erase


def say(text: str) -> None:
    """Tell who started the process."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
