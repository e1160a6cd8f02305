"""Which visits an audit makes: scenarios, pages, hands, repeats."""

from __future__ import annotations

import pytest

from bandeau.audit.collect import AuditOptions
from bandeau.audit.collect.auditing import PAGES_AT_ONCE, plan
from bandeau.audit.collect.managers import Wish
from bandeau.audit.collect.plays import wish_of
from bandeau.audit.scenarios import parse, scenario
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Kind, Policy, Purpose, Service, SiteInfo

SITE = SiteInfo("site", "test", "Site", "https://site.test/", (HostPattern("site.test"),))
POLICY = Policy(
    1,
    SITE,
    (Purpose("technical", 0, {}, necessary=True), Purpose("audience", 1, {}), Purpose("ads", 2, {})),
    services=(
        Service(
            "ad",
            "ads",
            kind=Kind.ADS,
            hosts=(HostPattern("ad.example"), HostPattern("x.example", None, "/ad/*")),
        ),
        Service("meter", "audience", hosts=(HostPattern("meter.example"),)),
    ),
)
TWO = ("https://site.test/", "https://site.test/2")


def options(choices: str, **more: object) -> AuditOptions:
    """Return options that try some scenarios."""
    return AuditOptions(urls=TWO[:1], policy=POLICY, scenarios=parse(choices, POLICY), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("none", None),
        ("gpc", None),
        ("guard-blocked", None),
        ("refuse", Wish("refuse")),
        ("no-js", Wish("refuse")),
        ("accept", Wish("accept")),
        ("withdraw", Wish("accept")),
        ("only:ads", Wish("save", frozenset({"ads"}))),
        ("all-but:ads", Wish("save", frozenset({"audience"}))),
    ],
)
def test_what_is_wished_for_in_a_scenario(name: str, wish: Wish | None) -> None:
    """As the first choice of the visit."""
    assert wish_of(scenario(name), ("audience", "ads"), "click") == wish


def test_visits_are_numbered_in_the_order_of_the_scenarios() -> None:
    """A resumed run finds them by these numbers."""
    plans = plan(options("none,refuse,accept"), TWO)

    assert [(each.number, each.part.scenario.name) for each in plans] == [
        (1, "none"),
        (2, "refuse"),
        (3, "accept"),
    ]


def test_mouse_and_keys_take_turns() -> None:
    """So that both are tried in every audit of two choices."""
    plans = plan(options("none,refuse,accept,only:ads"), TWO)

    assert [each.part.how for each in plans] == ["click", "click", "key", "click"]


def test_a_single_choice_is_made_by_both_hands() -> None:
    """On two pages, as every other."""
    plans = plan(options("refuse"), (*TWO, "https://site.test/3"))

    assert [(each.part.how, len(each.part.pages)) for each in plans] == [("click", 3), ("key", 2)]


def test_without_a_choice_no_hand_is_needed() -> None:
    """Nothing is pressed."""
    assert len(plan(options("none,gpc"), TWO)) == 2


def test_a_long_sample_is_shared_by_visits_that_carry_the_choice_on() -> None:
    """Every page is read once, and only the first visit makes the choice."""
    pages = tuple(f"https://site.test/{number}" for number in range(PAGES_AT_ONCE * 2 + 1))
    plans = plan(options("accept,refuse"), pages)
    accepting = [each for each in plans if each.part.scenario.name == "accept"]

    assert [page for each in accepting for page in each.part.pages] == list(pages)
    assert [each.first for each in accepting] == [None, 1, 1]


def test_a_site_of_one_page_is_read_twice() -> None:
    """A choice has to outlast the page on which it was made."""
    assert plan(options("accept,refuse"), TWO[:1])[0].part.pages == (TWO[0], TWO[0])


@pytest.mark.parametrize("name", ["withdraw", "bfcache", "expired"])
def test_what_has_an_order_of_its_own_reads_two_pages(name: str) -> None:
    """However long the sample is."""
    pages = tuple(f"https://site.test/{number}" for number in range(20))

    assert len(plan(options(f"{name},accept"), pages)[0].part.pages) == 2


def test_repeats_say_which_they_are() -> None:
    """All scenarios once, then all again."""
    plans = plan(options("none,accept,refuse", repeat=2), TWO)

    assert [each.repeat for each in plans] == [0, 0, 0, 1, 1, 1]
    assert len({each.number for each in plans}) == 6


def test_the_hosts_of_advertising_are_those_that_the_policy_says() -> None:
    """With their paths; nobody else's, and none when it is let through."""
    assert options("accept").advertising() == ("ad.example", "x.example/ad/*")
    assert options("accept", stop_advertising=False).advertising() == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"urls": ()}, "at least one URL"),
        ({"urls": ("site.test",)}, "not an http or https URL"),
        ({"urls": ("file:///etc/passwd",)}, "not an http or https URL"),
        ({"urls": TWO, "max_pages": 0}, "max_pages is at least 1"),
        ({"urls": TWO, "repeat": 0}, "repeat is at least 1"),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], says: str) -> None:
    """Before any browser starts."""
    with pytest.raises(ValueError, match=says):
        AuditOptions(**wrong)  # type: ignore[arg-type]
