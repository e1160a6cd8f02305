"""Scenarios are named, read from --choices, and say what is allowed when."""

from __future__ import annotations

import pytest

from bandeau.audit.scenarios import Kind, Scenario, needed, parse, scenario
from bandeau.core.policy import Policy, Purpose, SiteInfo

SITE = SiteInfo("site", "test", "Site", "https://site.test/", ())
TWO_VISITS = ("arrived", "choice", "after-choice", "reloaded", "second-page", "left")


def policy(*switches: str, gpc: bool = False) -> Policy:
    """Return a policy with a necessary purpose and some switches."""
    necessary = Purpose("technical", 0, {"en": "Technical"}, necessary=True)
    others = tuple(Purpose(name, bit, {"en": name}, gpc=gpc) for bit, name in enumerate(switches, 1))
    return Policy(1, SITE, (necessary, *others))


@pytest.mark.parametrize("name", ["none", "refuse", "only:ads", "all-but:ads", "no-js", "guard-blocked"])
def test_a_name_is_read_and_written_alike(name: str) -> None:
    """The name in a recording is that of --choices."""
    assert scenario(name).name == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("refused", "there is no scenario 'refused'"),
        ("only", "written only:PURPOSE"),
        ("refuse:ads", "written refuse"),
        ("", "there is no scenario"),
    ],
)
def test_a_wrong_name_is_told_what_is_right(name: str, says: str) -> None:
    """The error holds the remedy."""
    with pytest.raises(ValueError, match=says):
        scenario(name)


def test_each_is_only_every_switch() -> None:
    """The necessary purpose has no switch, so nobody can choose it alone."""
    assert [found.name for found in parse("none, each", policy("audience", "ads"))] == [
        "none",
        "only:audience",
        "only:ads",
    ]


def test_a_scenario_named_twice_is_tried_once() -> None:
    """Words may overlap."""
    assert [found.name for found in parse("only:ads,each,only:ads", policy("ads"))] == ["only:ads"]


def test_an_unknown_purpose_names_the_known_ones() -> None:
    """A misspelt purpose would else be audited as a refusal."""
    with pytest.raises(ValueError, match="audience, ads"):
        parse("only:adds", policy("audience", "ads"))


@pytest.mark.parametrize(
    ("switches", "purposes"),
    [
        (("ads",), []),
        (("audience", "ads"), ["only:audience", "only:ads"]),
        (("a", "b", "c"), ["only:a", "only:b", "only:c", "all-but:a", "all-but:b", "all-but:c"]),
    ],
)
def test_no_scenario_that_another_covers(switches: tuple[str, ...], purposes: list[str]) -> None:
    """Two sets of answers that are equal are tried once."""
    names = [found.name for found in needed(policy(*switches))]

    assert [name for name in names if ":" in name] == purposes


def test_gpc_is_tried_where_a_purpose_obeys_it() -> None:
    """Elsewhere the signal changes nothing."""
    assert Scenario(Kind.GPC) in needed(policy("ads", gpc=True))
    assert Scenario(Kind.GPC) not in needed(policy("ads"))


@pytest.mark.parametrize(
    ("name", "step", "allowed"),
    [
        ("none", "second-page", set()),
        ("accept", "arrived", set()),
        ("accept", "choice", {"audience", "ads"}),
        ("accept", "left", {"audience", "ads"}),
        ("refuse", "second-page", set()),
        ("only:ads", "reloaded", {"ads"}),
        ("only:ads", "page-7", {"ads"}),
        ("all-but:ads", "reloaded", {"audience"}),
        ("gpc", "arrived", set()),
        ("guard-blocked", "left", set()),
    ],
)
def test_what_is_allowed_at_a_step(name: str, step: str, allowed: set[str]) -> None:
    """Nothing before the choice; then what was chosen."""
    assert scenario(name).allowed_at(step, TWO_VISITS, ("audience", "ads")) == allowed


@pytest.mark.parametrize(
    ("name", "over"), [("withdraw", "withdrawn"), ("bfcache", "withdrawn"), ("expired", "later")]
)
def test_nothing_is_allowed_once_a_choice_is_over(name: str, over: str) -> None:
    """Neither in the step that ends it nor in any that follows."""
    steps = ("arrived", "choice", "after-choice", over, "second-page", "left")

    assert scenario(name).allowed_at("after-choice", steps, ("ads",)) == {"ads"}
    assert not scenario(name).allowed_at(over, steps, ("ads",))
    assert not scenario(name).allowed_at("left", steps, ("ads",))
