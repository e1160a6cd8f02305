"""Which pages are visited: the named ones, then a sample that spreads over the site and is always the same."""

from __future__ import annotations

import random
from urllib.robotparser import RobotFileParser

import pytest

from bandeau.audit.collect.pages import Sample, choose, links, locations, robots

HOSTS = frozenset({"site.test"})
FREE = robots("")


def chosen(
    candidates: list[str], most: int = 10, rules: RobotFileParser = FREE, without: str = ""
) -> list[str]:
    """Return what is chosen besides the front page."""
    front = "https://site.test/"
    sample = choose([front], candidates, hosts=HOSTS, most=most, rules=rules, without=without)
    assert sample.pages[0] == front
    return [page.removeprefix("https://site.test") for page in sample.pages[1:]]


def site(*paths: str) -> list[str]:
    """Return addresses of the site."""
    return [f"https://site.test{path}" for path in paths]


def test_sections_take_turns() -> None:
    """One page of each before a second one of any."""
    paths = site("/sport/a", "/sport/b", "/sport", "/culture/x", "/culture", "/about")

    assert chosen(paths, 5) == ["/about", "/culture", "/sport", "/culture/x"]


def test_the_same_candidates_give_the_same_sample() -> None:
    """In whatever order they come, and however often."""
    paths = site(*(f"/{letter}/{number}" for letter in "abc" for number in range(9)))
    shuffled = paths * 2
    random.Random(7).shuffle(shuffled)

    assert chosen(paths, 6) == chosen(shuffled, 6)


def test_named_pages_come_first_whatever_they_are() -> None:
    """The one who asks knows."""
    named = ["https://site.test/logout", "https://elsewhere.test/x"]

    assert choose(named, [], hosts=HOSTS, most=1, rules=FREE) == Sample(tuple(named), 2)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.test/",
        "mailto:a@site.test",
        "javascript:void(0)",
        "https://site.test/paper.pdf",
        "https://site.test/photo.JPG",
        "https://site.test/feed/",
        "https://site.test/logout",
        "https://site.test/account/sign-out?next=/",
        "https://site.test/shop?add-to-cart=7",
        "https://site.test/déconnexion",
        "ftp://site.test/",
    ],
)
def test_what_is_no_page_or_does_something_is_left_out(url: str) -> None:
    """Nobody is logged out by an audit."""
    assert chosen([url]) == []


def test_bandeaus_own_pages_are_left_out() -> None:
    """They are not what the site shows its readers."""
    assert chosen(site("/bandeau/policy", "/bandeaux"), without="/bandeau") == ["/bandeaux"]


def test_fragments_lead_to_the_same_page() -> None:
    """It is visited once."""
    assert chosen(site("/a#one", "/a#two", "/a")) == ["/a"]


def test_robots_are_heeded() -> None:
    """Also what is said to everybody."""
    rules = robots("User-agent: *\nDisallow: /private/\n")

    assert chosen(site("/private/x", "/open"), rules=rules) == ["/open"]


def test_the_sample_says_what_it_was_taken_from() -> None:
    """The report's first sentence needs it."""
    sample = choose(site("/"), site("/a", "/b", "/c"), hosts=HOSTS, most=2, rules=FREE)

    assert (len(sample.pages), sample.known) == (2, 4)


def test_a_sitemap_is_read_without_being_parsed_as_xml() -> None:
    """No entity is expanded, no file included."""
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><urlset><url><loc> https://site.test/?a=1&amp;b=2 </loc></url>"
    bomb += "<url><LOC><![CDATA[https://site.test/c]]></LOC></url><url><loc>&a;</loc></url></urlset>"

    assert locations(bomb) == ["https://site.test/?a=1&b=2", "https://site.test/c", "&a;"]


def test_links_of_a_source_are_made_absolute() -> None:
    """In whichever quotes they stand."""
    html = (
        "<a class=x href='/a'>A</a><A HREF=\"b?x=1&amp;y\">B</A><a href=c>C</a><a name=d>D</a><link href=e>"
    )

    assert links(html, "https://site.test/s/") == [
        "https://site.test/a",
        "https://site.test/s/b?x=1&y",
        "https://site.test/s/c",
    ]
