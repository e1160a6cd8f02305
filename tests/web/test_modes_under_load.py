"""A mode is switched while readers come: nobody meets an error, and nothing leaks while it is `enforce`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bandeau.cli.main import main
from bandeau.core.policy import Mode
from bandeau.errors import PolicyError
from bandeau.policyfile import watched
from bandeau.policyfile.modeswitch import MODE_VARIABLE
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware, Receive, Scope, Send

TAG = b'<script src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
PAGE = b"<!doctype html><html lang=fr><head><title>x</title>" + TAG + b"</head><body>x</body></html>"
READERS = 8
#: The watched file is looked at so often here, in seconds; a second on a site.
INTERVAL = 0.05


async def paper(scope: Scope, receive: Receive, send: Send) -> None:
    """A page with a tag, half of the time for everybody, sent in pieces."""
    shared = scope["path"].startswith("/shared")
    headers = [(b"content-type", b"text/html"), (b"etag", b'"v1"')]
    headers += [(b"cache-control", b"public, max-age=60")] if shared else []
    known = dict(scope["headers"]).get(b"if-none-match", b"")
    status = 304 if known == b'"v1"' else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"" if status == 304 else PAGE[:70], "more_body": True})
    await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"" if status == 304 else PAGE[70:]})


@dataclass
class Seen:
    """What a reader was sent: when the request began, in requests, and whether the tag was live."""

    began: int
    live: bool


class Readers:
    """They ask for pages without end, each with the copy that their browser kept."""

    def __init__(self, app: BandeauMiddleware) -> None:
        self.app = app
        self.seen: list[Seen] = []
        self.statuses: set[int] = set()

    async def read(self, client: httpx.AsyncClient, path: str) -> None:
        """Be one of them."""
        kept: tuple[str, bool] | None = None
        while True:
            began = len(self.seen)
            tag = {"if-none-match": kept[0]} if kept else {}
            answer = await client.get(path, headers={"sec-fetch-dest": "document", **tag})
            self.statuses.add(answer.status_code)
            if answer.status_code == 304:
                assert kept is not None
                self.seen.append(Seen(began, kept[1]))
                continue
            live = TAG in answer.content
            assert live or b"/bandeau/g." in answer.content, "held, and nothing that would release it"
            kept = (answer.headers["etag"], live)
            self.seen.append(Seen(began, live))

    async def until(self, *, live: bool) -> int:
        """Wait until somebody sees it; return how many had been answered by then."""
        start = len(self.seen)
        async with asyncio.timeout(20):
            while not any(seen.live is live and seen.began >= start for seen in self.seen[start:]):
                await asyncio.sleep(0)
        return len(self.seen)

    async def more(self, count: int = 200) -> None:
        """Wait for more of them."""
        end = len(self.seen) + count
        async with asyncio.timeout(20):
            while len(self.seen) < end:
                await asyncio.sleep(0)


@asynccontextmanager
async def reading(site: Site) -> AsyncIterator[Readers]:
    """Let readers come while something is done."""
    readers = Readers(BandeauMiddleware(paper, site=site))
    transport = httpx.ASGITransport(app=readers.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        paths = [f"/{'shared' if n % 2 else 'own'}/{n}" for n in range(READERS)]
        tasks = [asyncio.create_task(readers.read(client, path)) for path in paths]
        try:
            yield readers
        finally:
            for task in tasks:
                task.cancel()
            failures = [
                f for f in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(f, Exception)
            ]
            assert not failures


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site in enforce, whose file is looked at often."""
    monkeypatch.setattr(watched, "WATCH_SECONDS", INTERVAL)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["init", "--url", "https://localhost"])
    path = tmp_path / "bandeau.toml"
    set_mode(path, "enforce")
    return path


def set_mode(path: Path, mode: str) -> None:
    """Write another mode, as an editor does: whole or not at all."""
    text = path.read_text()
    for word in Mode:
        text = text.replace(f'\nmode = "{word}"', f'\nmode = "{mode}"')
    assert f'\nmode = "{mode}"' in text
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


def test_off_and_back_under_load(policy: Path) -> None:
    """File by file: enforce, off, enforce, report, enforce."""
    site = Site.open(policy)

    async def drill() -> None:
        async with reading(site) as readers:
            await readers.more()
            assert not any(seen.live for seen in readers.seen)
            for word in ("off", "report"):
                set_mode(policy, word)
                await readers.until(live=True)
                await readers.more()
                set_mode(policy, "enforce")
                back = await readers.until(live=False)
                await readers.more()
                assert not [s for s in readers.seen[back:] if s.began >= back and s.live]
            assert readers.statuses <= {200, 304}

    try:
        asyncio.run(drill())
    finally:
        site.close()


def test_a_broken_file_changes_nothing_under_load(policy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The policy in force stays, and it is said."""
    site = Site.open(policy)

    async def drill() -> None:
        async with reading(site) as readers:
            policy.write_text("mode = ")
            async with asyncio.timeout(20):
                while not any("policy in force stays" in record.getMessage() for record in caplog.records):
                    await asyncio.sleep(0)
            await readers.more()
            assert not any(seen.live for seen in readers.seen)
            assert readers.statuses <= {200, 304}

    try:
        asyncio.run(drill())
    finally:
        site.close()


@pytest.mark.parametrize("word", list(Mode))
def test_the_environment_stands_before_the_file(
    policy: Path, monkeypatch: pytest.MonkeyPatch, word: Mode
) -> None:
    """After a restart, and for whoever cannot write the file."""
    monkeypatch.setenv(MODE_VARIABLE, word.value)
    site = Site.open(policy)
    site.close()
    assert site.policy.enforce.mode_for("localhost", "/") is word


def test_a_word_that_is_no_mode_keeps_the_site_from_starting(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody believes a site to be off that is not."""
    monkeypatch.setenv(MODE_VARIABLE, "of")
    with pytest.raises(PolicyError, match="BANDEAU_MODE='of' is no mode"):
        Site.open(policy)
