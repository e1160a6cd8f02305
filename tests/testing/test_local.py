"""A site in memory, the cookies of its readers, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead
from bandeau.errors import PolicyError
from bandeau.site import Site
from bandeau.testing import FrozenClock, choice, local_site

from .apps import POLICY

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The site of the small policy, on a day in November."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    return local_site(path, clock=FrozenClock(NOON))


def asked(site: Site, cookies: dict[str, str], host: str = "127.0.0.1") -> dict[str, bool]:
    """What a request with these cookies is allowed."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    head = RequestHead("GET", "http", host, "/", "", (("host", host), ("cookie", header)))
    visit = site.visit(head)
    return {purpose.id: visit.decide(purpose.id).allowed for purpose in site.policy.switches()}


def test_choice_is_that_of_a_reader(site: Site) -> None:
    """Signed by the site's own key, so that every part of Bandeau takes it for real."""
    assert asked(site, choice(site, allow=["audience"], refuse=["ads"])) == {"audience": True, "ads": False}
    assert asked(site, choice(site, refuse=["audience", "ads"])) == {"audience": False, "ads": False}
    assert asked(site, {}) == {"audience": False, "ads": False}


@pytest.mark.parametrize(
    ("allow", "refuse", "words"),
    [(["adds"], [], "audience, ads"), ([], ["technical"], "switch"), (["ads"], ["ads"], "at once")],
)
def test_choice_that_nobody_can_make_is_refused(
    site: Site, allow: list[str], refuse: list[str], words: str
) -> None:
    """A misspelt purpose would make a test that proves nothing."""
    with pytest.raises(ValueError, match=words):
        choice(site, allow=allow, refuse=refuse)


def test_choice_ends_when_the_clock_is_moved(tmp_path: Path) -> None:
    """Six months and a day later nothing stands; a day before, everything does."""
    clock = FrozenClock(NOON)
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    site = local_site(path, clock=clock)
    cookie = choice(site, allow=["audience", "ads"])
    clock.move(days=182)
    assert asked(site, cookie)["ads"]
    clock.move(days=1)
    assert not asked(site, cookie)["ads"]


def test_clock_without_a_time_zone_is_refused() -> None:
    """It would mean another time on another machine."""
    with pytest.raises(ValueError, match="time zone"):
        FrozenClock(datetime(2026, 11, 25))


def test_clock_moves_only_when_told() -> None:
    """Backwards too."""
    clock = FrozenClock(NOON)
    first = clock()
    assert clock() == first
    clock.move(hours=-1)
    assert clock() == first - 3600


def test_local_site_enforces_and_knows_its_own_hosts(site: Site) -> None:
    """A file in report mode is enforced in tests; its collectors are found at the local address."""
    assert site.policy.enforce.mode is Mode.ENFORCE
    assert site.policy.site.declares("www.paper.example")
    assert [str(host) for host in site.policy.service("counter").hosts] == [
        "www.paper.example/hit",
        "127.0.0.1/hit",
    ]


def test_file_with_mistakes_is_told(tmp_path: Path) -> None:
    """As everywhere else."""
    path = tmp_path / "bandeau.toml"
    path.write_text("version = 1")
    with pytest.raises(PolicyError):
        local_site(path)
