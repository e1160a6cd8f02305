"""A scan becomes lines of a policy file."""

from __future__ import annotations

import tomllib

import pytest

from bandeau.audit.adopt import adopt
from bandeau.audit.knowledge import Knowledge
from bandeau.audit.scan import scan_of
from bandeau.errors import AuditError, PolicyError
from bandeau.policyfile import load
from bandeau.policyfile.catalogue import BUNDLED
from bandeau.policyfile.starter import Starter, starter_text
from tests.policyfile.samples import codes_of

from .seen import DAY, EVERYTHING, call, cookie, item, recording

START = starter_text(
    Starter("news", ("fr", "en"), "https://www.paper.example", "Le Papier", "A SA", "a@a.example")
)


def decided(text: str) -> str:
    """Do what a person does with what a scan left open."""
    text = text.replace('vendor = "TODO"', 'vendor = "counter"').replace(
        'purpose = "TODO"', 'purpose = "audience"'
    )
    vendor = (
        '[vendors.counter]\nname = "Counter SA"\ncountry = "FR"\npolicy_url = "https://counter.example/p"\n'
    )
    return text + vendor


def test_file_keeps_every_byte_and_gains_services_at_its_end() -> None:
    """Comments, order and layout of whoever wrote it stay."""
    done = adopt(START, scan_of(EVERYTHING))
    assert done.after.startswith(START.rstrip("\n"))
    services = tomllib.loads(done.after)["services"]
    assert [row.get("id", row.get("use")) for row in services] == [
        "ga4@1", "youtube@1", "session", "collector-metrics", "counter-example", "site-storage",
    ]  # fmt: skip
    assert done.unsure == ("collector-metrics", "counter-example", "site-storage")


def test_check_refuses_the_file_until_a_person_has_decided() -> None:
    """Every TODO is an error with its line; with the answers the file is clean and only reports."""
    after = adopt(START, scan_of(EVERYTHING)).after
    assert set(codes_of(after)) >= {"BND207", "BND205"}
    with pytest.raises(PolicyError):
        load(after)
    loaded = load(decided(after))
    assert {problem.code for problem in loaded.warnings} == {"BND308"}
    assert loaded.policy.enforce.mode == "report"
    assert loaded.policy.service("counter-example").trackers[1].domain == "counter.example"


def test_adopting_again_adds_nothing() -> None:
    """What is declared is not found a second time."""
    after = decided(adopt(START, scan_of(EVERYTHING)).after)
    done = adopt(after, scan_of(EVERYTHING))
    assert (done.after, done.added, done.diff("x")) == (after, (), "")


def test_only_what_is_missing_is_added() -> None:
    """A declared host keeps its service; its unknown neighbour and new tracker come apart from it."""
    policy = START + (
        '[vendors.c]\nname = "C"\ncountry = "FR"\npolicy_url = "https://c.example/p"\n[[services]]\nid = "counter-example"\n'
        'purpose = "audience"\nvendor = "c"\nkind = "tag"\nhosts = ["js.counter.example"]\n'
        'trackers = [{ name = "_count", max_age = "90 days" }]\n'
    )
    done = adopt(policy, scan_of(EVERYTHING))
    added = tomllib.loads(done.after)["services"][1:]
    other = next(row for row in added if row.get("title") == "counter.example")
    assert other["id"] == "counter-example-2"
    assert other["hosts"] == ["eu.counter.example:8443"]
    assert [row["name"] for row in other["trackers"]] == ["uid"]


def test_purpose_that_the_policy_lacks_is_open() -> None:
    """A blog has no advertising purpose: where its pixel belongs is for a person to say."""
    blog = starter_text(Starter("blog", ("fr",), "https://www.paper.example", "B", "A SA", "a@a.example"))
    done = adopt(blog, scan_of(recording(call("https://connect.facebook.net/en_US/fbevents.js"))))
    assert done.unsure == ("facebook-pixel",)
    assert codes_of(done.after) == ["BND207"]


def test_tracker_that_an_entry_lacks_is_declared_beside_those_it_has() -> None:
    """Keys beside `use` replace those of the entry, so all of them are written."""
    tag = "https://www.googletagmanager.com/gtag/js"
    done = adopt(
        START, scan_of(recording(call(tag), cookie("_new", setter=f"script:{tag}:1:1", max_age_seconds=DAY)))
    )
    names = [tracker.name for tracker in load(done.after).policy.service("ga4").trackers]
    assert names == ["_ga", "_ga_*", "_new"]


def test_titles_are_written_in_the_languages_of_the_site() -> None:
    """And in no other."""
    french = starter_text(Starter("news", ("fr",), "https://www.paper.example", "B", "A SA", "a@a.example"))
    done = adopt(french, scan_of(recording(cookie("csrftoken", max_age_seconds=None))))
    assert codes_of(done.after) == []
    assert load(done.after).policy.service("forms").title == {"fr": "Protection des formulaires"}


def test_difference_is_a_patch() -> None:
    """Only additions."""
    lines = adopt(START, scan_of(EVERYTHING)).diff("bandeau.toml").splitlines()
    assert lines[:2] == ["--- bandeau.toml", "+++ bandeau.toml"]
    assert not any(line.startswith("-") for line in lines[2:])


def test_comments_say_what_was_seen() -> None:
    """Whoever decides need not look it up."""
    after = adopt(START, scan_of(EVERYTHING)).after
    assert "# 2 calls on 1 page to eu.counter.example:8443, js.counter.example" in after
    assert "# stored: _count, uid" in after
    assert "# called inside its frame: googleads.g.doubleclick.net" in after


def test_list_of_services_on_one_line_is_refused_with_the_remedy() -> None:
    """TOML has no way to add a table to it."""
    with pytest.raises(AuditError, match=r"\[\[services\]\]"):
        adopt("services = []\n" + START, scan_of(EVERYTHING))


def test_every_suggested_purpose_is_one_that_init_writes() -> None:
    """And every entry that a suggestion names is in the catalogue."""
    suggestions = Knowledge().suggestions
    assert set(suggestions.values()) <= tomllib.loads(starter_text(Starter("news")))["purposes"].keys()
    assert suggestions.keys() <= set(BUNDLED.names())


@pytest.mark.parametrize(
    "key", ["\x1b[2J\n[site]", "a\r\nb", "\ud800", '"""', "#", "{a = 1}", "é\u2028", "\x00", "x" * 5_000]
)
def test_whatever_a_page_stores_is_a_text_of_the_file(key: str) -> None:
    """In rows and in comments: a page must not be able to stop its being declared."""
    done = adopt(START, scan_of(recording(item("local", key))))
    (tracker,) = tomllib.loads(done.after)["services"][-1]["trackers"]

    assert tracker["kind"] == "local"
    assert tomllib.loads(done.after)["site"] == tomllib.loads(START)["site"]
