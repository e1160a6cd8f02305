"""References and bases: the cases beside the bad examples."""

from __future__ import annotations

import pytest

from tests.policyfile.samples import GOOD, changed, codes_of, problems_of

AUDIENCE = """
[[services]]
id = "stats"
purpose = "social"
basis = "exempt"
exempt_reason = "audience"
kind = "collector"
bit = 0
hosts = ["www.journal.example/stats/*"]
conditions = [
  "sole-purpose", "own-account", "anonymous-statistics", "no-cross-referencing",
  "no-sharing", "no-cross-site", "lifetime-not-extended",
]
data_retention = "25 months"
trackers = [{ name = "seen", max_age = "13 months" }]
"""


def test_exempt_audience_with_every_condition_is_clean() -> None:
    """13 months, 25 months, a switch to object: the CNIL's list."""
    assert codes_of(GOOD + AUDIENCE) == []


def test_exempt_audience_needs_a_switch_to_object() -> None:
    """Who cannot object was not left a choice."""
    assert codes_of(GOOD + AUDIENCE.replace("bit = 0\n", "")) == ["BND320"]


def test_retention_that_is_no_duration_is_told() -> None:
    """For any service."""
    assert codes_of(GOOD + AUDIENCE.replace('"25 months"', '"for ever"')) == ["BND110"]


def _rules(*rules: str) -> str:
    tables = "".join(f'\n[[enforce.rules]]\n{rule}\nmode = "off"\n' for rule in rules)
    return changed('mode = "enforce"\n', f'mode = "enforce"\n{tables}')


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ('path = "/a/*"', 'path = "/a/b"', True),
        ('path = "/a/b"', 'path = "/a/*"', False),
        ('host = "*.x.example"', 'host = "a.x.example"', True),
        ('host = "*.x.example"', 'host = "*.b.x.example"', True),
        ('host = "*.x.example"', 'host = "x.example"', False),
        ('host = "a.example"', 'path = "/*"', False),
        ('host = "a.example"', 'host = "b.example"', False),
        ('path = "/a"', 'path = "/a"', True),
    ],
)
def test_mode_rule_is_shadowed_only_by_one_that_covers_it(first: str, second: str, shadowed: bool) -> None:
    """The first that matches stands."""
    assert codes_of(_rules(first, second)) == ["BND214"] * shadowed


@pytest.mark.parametrize("host", ["a.example:80", "a.example/x", "a b"])
def test_host_of_a_mode_rule_is_a_host_alone(host: str) -> None:
    """The path has its own key."""
    assert codes_of(_rules(f'host = "{host}"')) == ["BND113"]


def test_malformed_policy_address_of_a_vendor_is_told() -> None:
    """The reader would follow it."""
    assert codes_of(changed('"https://tube.example/privacy"', '"tube.example/privacy"')) == ["BND114"]


def test_tracker_path_begins_with_a_slash() -> None:
    """A cookie's path does."""
    assert codes_of(changed('max_age = "14 days"', 'max_age = "14 days", path = "x"')) == ["BND115"]


def test_remember_out_of_bounds_is_told_with_its_days() -> None:
    """A choice of a minute or of a century is none."""
    for text, code in (("1 minute", "BND111"), ("99 years", "BND111"), ("always", "BND110")):
        assert codes_of(GOOD + f'\n[choice]\nremember = "{text}"\n') == [code]


def test_wrong_types_of_tables_are_told_once() -> None:
    """No consequence of a wrong type is reported beside it."""
    for old, new in (
        ("[vendors.tube]", "[vendors]\ntube = 1\n[vendors.tuba]"),
        ('title.fr = "Vidéos"', "title = 1"),
        ('trackers = [{ name = "sessionid", max_age = "14 days" }]', "trackers = 1"),
        ('hosts = ["player.tube.example"]', "hosts = [1]"),
    ):
        found = codes_of(changed(old, new))
        assert found[0] == "BND107"
        assert set(found) <= {"BND107", "BND216"}


def test_since_of_a_vendor_is_checked_too() -> None:
    """A vendor of the future voids every yes of its purpose."""
    (problem,) = problems_of(changed('country = "FR"', 'country = "FR"\nsince = 9'))
    assert problem.code == "BND209"


def test_malformed_id_of_a_service_is_told() -> None:
    """Ids stand in addresses and logs."""
    assert codes_of(changed('id = "player"', 'id = "the player"')) == ["BND112"]


def test_wildcards_of_private_suffixes_are_allowed() -> None:
    """*.github.io is many sites, and something that one may mean."""
    assert codes_of(changed("player.tube.example", "*.github.io")) == []
