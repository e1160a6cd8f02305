"""With Bandeau around the same site nothing leaks but the stated limits.

Every day: declared hosts on private pages after a refusal, and undeclared hosts on shared pages before any
choice. `make test-long` runs the other halves, a fresh profile per vector, and each way of losing the guard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from .campaign import Campaign, Evidences, leaked
from .guarded import needs_guard
from .protection import Fault, guard_answers, guard_is_late, guard_is_old, protect, refusal
from .site import EVERYDAY, VECTORS
from .vectors import DECLARED, STRAY, Expect, Vector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

BLOCKED = tuple(vector for vector in EVERYDAY if vector.expect is Expect.BLOCKED)
EXCEPTIONS = tuple(vector for vector in EVERYDAY if vector.expect is not Expect.BLOCKED)
CONNECTED = tuple(vector for vector in EVERYDAY if vector.expect is Expect.CONNECTED)
ALL_BLOCKED = tuple(vector for vector in VECTORS if vector.expect is Expect.BLOCKED)


@pytest.fixture(scope="module")
def private_refused(tmp_path_factory: pytest.TempPathFactory) -> Evidences:
    """Declared hosts, private pages, a reader who refused."""
    directory = tmp_path_factory.mktemp("private")
    return Campaign(
        directory=directory, domain=DECLARED, protect=protect, cookies=refusal(), vectors=EVERYDAY
    ).run()


@pytest.fixture(scope="module")
def shared_unset(tmp_path_factory: pytest.TempPathFactory) -> Evidences:
    """Undeclared hosts, shared pages, a reader who has chosen nothing."""
    directory = tmp_path_factory.mktemp("shared")
    return Campaign(
        directory=directory, domain=STRAY, pages="shared", protect=protect, vectors=EVERYDAY
    ).run()


@pytest.mark.parametrize("vector", BLOCKED, ids=lambda vector: vector.id)
def test_a_private_page_after_a_refusal_leaks_nothing(private_refused: Evidences, vector: Vector) -> None:
    """The declared host hears nothing and the declared tracker is not stored."""
    assert private_refused[vector.id] == ()


@pytest.mark.parametrize("vector", BLOCKED, ids=lambda vector: vector.id)
def test_a_shared_page_before_any_choice_leaks_nothing(shared_unset: Evidences, vector: Vector) -> None:
    """The undeclared host hears nothing and the declared tracker is not stored."""
    assert shared_unset[vector.id] == ()


@pytest.mark.parametrize("vector", EXCEPTIONS, ids=lambda vector: vector.id)
def test_a_stated_limit_is_one(private_refused: Evidences, shared_unset: Evidences, vector: Vector) -> None:
    """What the documentation says is not stopped is indeed not stopped; else it should stop saying so."""
    for evidences in (private_refused, shared_unset):
        assert evidences[vector.id]


@pytest.mark.parametrize("vector", CONNECTED, ids=lambda vector: vector.id)
def test_a_frame_that_a_script_sends_away_makes_no_request(
    private_refused: Evidences, shared_unset: Evidences, vector: Vector
) -> None:
    """Of this limit nothing but a connection is left."""
    for evidences in (private_refused, shared_unset):
        assert [line for line in evidences[vector.id] if line.startswith("request")] == []


@pytest.mark.long
@pytest.mark.parametrize("fresh_profiles", [False, True], ids=["contexts", "fresh profiles"])
@pytest.mark.parametrize("domain", [DECLARED, STRAY], ids=["declared", "undeclared"])
@pytest.mark.parametrize("pages", ["private", "shared"])
@pytest.mark.parametrize("cookies", [(), refusal()], ids=["no choice", "refusal"])
@pytest.mark.timeout(2400)
def test_nothing_leaks_in_any_setting(
    tmp_path: Path,
    cookies: tuple[tuple[str, str], ...],
    pages: str,
    domain: str,
    fresh_profiles: bool,
) -> None:
    """Choice, kind of page and kind of host change nothing, not even with a new profile per vector."""
    campaign = Campaign(
        directory=tmp_path,
        domain=domain,
        pages=pages,
        protect=protect,
        cookies=cookies,
        fresh_profiles=fresh_profiles,
    )
    assert leaked(campaign.run(), ALL_BLOCKED) == {}


async def _abort_guard(context: BrowserContext) -> None:
    await context.route("**/bandeau/g.*.js", lambda route: route.abort())


_Prepare = Callable[[BrowserContext], Awaitable[None]] | None
_FAULTS: dict[str, tuple[Fault | None, _Prepare]] = {
    "blocked": (None, _abort_guard),
    "not found": (guard_answers(404), None),
    "unavailable": (guard_answers(503), None),
    "late": (guard_is_late(3.0), None),
    "old": (guard_is_old, None),
}
_STILL_THERE = ("late", "old")


@pytest.mark.long
@pytest.mark.parametrize("fault", list(_FAULTS))
@pytest.mark.parametrize("pages", ["private", "shared"])
@pytest.mark.timeout(1200)
def test_losing_the_guard_opens_nothing(tmp_path: Path, pages: str, fault: str) -> None:
    """A late or old guard does all its work; without one, rewriter and wall still do all of theirs."""
    broken, prepare = _FAULTS[fault]
    campaign = Campaign(
        directory=tmp_path,
        domain=DECLARED,
        pages=pages,
        protect=lambda app: broken(protect(app)) if broken else protect(app),
        prepare=prepare,
    )
    held = [v for v in ALL_BLOCKED if fault in _STILL_THERE or not needs_guard(v.id)]
    assert leaked(campaign.run(), held) == {}
