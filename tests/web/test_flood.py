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
    """At 500 junk posts a second the honest p99 stays below twice what it is without them.

    Ten rounds of both, one after the other, so that whatever else the machine does falls on both.
    """
    junk: list[Answer] = []
    quiet: list[Answer] = []
    during: list[Answer] = []

    async def rounds(address: str) -> None:
        for turn in range(10):
            readers = range(turn * 1_200, turn * 1_200 + 1_200)
            quiet.extend(await post_steadily(address, 200, 50, lambda n, r=readers: honest(r[n])))  # type: ignore[misc]
            floods = await asyncio.gather(
                post_steadily(address, 10_000, 500, lambda _: JUNK, connections=16),
                post_steadily(address, 1_000, 50, lambda n, r=readers: honest(r[n + 200])),  # type: ignore[misc]
            )
            junk.extend(floods[0])
            during.extend(floods[1])

    with flooded_site(tmp_path) as (address, _):
        asyncio.run(rounds(address))
    recorded = sum(answer.status == 200 for answer in junk)
    print(
        f"p99 {p99(quiet) * 1e3:.1f} ms without junk, {p99(during) * 1e3:.1f} ms with it; "
        f"{recorded} of {len(junk)} junk posts recorded"
    )
    assert recorded <= NETWORK_BURST + 400
    assert {answer.status for answer in [*quiet, *during]} == {200}
    assert p99(during) < 2 * p99(quiet)
