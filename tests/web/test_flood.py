"""Junk choices: what is recorded of them, and what honest readers notice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bandeau.site import Site
from bandeau.web.endpoints.limits import NETWORK_BURST
from tests.web.flood import Answer, flooded_site, post_steadily

JUNK, SCHOOL = "8.8.4.4", "8.8.4.200"


def honest(number: int) -> str:
    """Return the address of a reader of another network each time."""
    return f"9.{number >> 8 & 255}.{number & 255}.1"


def p99(answers: list[Answer]) -> float:
    """Return the time within which 99 of 100 were answered."""
    return sorted(answer.seconds for answer in answers)[int(len(answers) * 0.99)]


def test_two_thousand_junk_posts_of_a_network_leave_three_hundred_rows(tmp_path: Path) -> None:
    """The rest is answered 429; readers of other networks are recorded, one of the same network is obeyed."""

    async def flood(address: str) -> tuple[list[Answer], list[Answer], list[Answer]]:
        junk, readers = await asyncio.gather(
            post_steadily(address, 2_000, 4_000, lambda _: JUNK), post_steadily(address, 40, 40, honest)
        )
        return junk, readers, await post_steadily(address, 1, 1, lambda _: SCHOOL, connections=1)

    with flooded_site(tmp_path) as (address, policy):
        junk, readers, school = asyncio.run(flood(address))
    statuses = Counter(answer.status for answer in junk)
    assert NETWORK_BURST <= statuses[200] <= NETWORK_BURST + 60, statuses
    assert statuses[200] + statuses[429] == 2_000
    assert {answer.retry_after for answer in junk if answer.status == 429} == {"1"}
    assert Counter(answer.status for answer in readers) == {200: 40}
    assert [(answer.status, answer.refused) for answer in school] == [(429, True)]
    site = Site.open(policy)
    assert site.store.count() == statuses[200] + 40
    site.close()


@pytest.mark.long
def test_hundred_thousand_junk_posts_leave_honest_readers_their_pace(tmp_path: Path) -> None:
    """At 500 junk posts a second for 200 seconds the honest p99 stays below twice what it was."""

    async def quiet(address: str) -> list[Answer]:
        return await post_steadily(address, 2_000, 50, honest)

    async def flood(address: str) -> tuple[list[Answer], list[Answer]]:
        junk, readers = await asyncio.gather(
            post_steadily(address, 100_000, 500, lambda _: JUNK, connections=16),
            post_steadily(address, 9_000, 50, lambda number: honest(number + 5_000)),
        )
        return junk, readers

    with flooded_site(tmp_path) as (address, _):
        before = asyncio.run(quiet(address))
        junk, during = asyncio.run(flood(address))
    recorded = sum(answer.status == 200 for answer in junk)
    assert recorded <= NETWORK_BURST + 300
    assert {answer.status for answer in [*before, *during]} == {200}
    print(
        f"p99 {p99(before) * 1e3:.1f} ms before, {p99(during) * 1e3:.1f} ms during; {recorded} of {len(junk)} recorded"
    )
    assert p99(during) < 2 * p99(before)
