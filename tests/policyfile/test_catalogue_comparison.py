"""What changed between two versions of an entry, in words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from bandeau.policyfile.catalogue import BUNDLED, Catalogue, Item
from bandeau.policyfile.catalogue.comparison import Sign, asks_again, compare

_V1 = """\
[v1]
title = "Meter"
kind = "tag"
reach = "closed"
hosts = ["a.meter.example", "b.meter.example"]
inline = ["meterQueue"]
trackers = [
  { name = "m", max_age = "6 months" },
  { name = "old", max_age = "1 day" },
  { name = "id", max_age = "1 year", party = "third", domain = "meter.example" },
]
source = "https://meter.example/cookies"
basis = "vendor"
checked = "2026-11-23"

[v1.vendor]
id = "meter"
name = "Meter SA"
country = "FR"
policy_url = "https://meter.example/privacy"
"""


def _versions(folder: Path, *changes: tuple[str, str]) -> tuple[Item, Item]:
    """Return an entry and its second version, in which each text is replaced by another."""
    second = _V1.replace("v1", "v2")
    for old, new in changes:
        assert second.count(old) == 1
        second = second.replace(old, new)
    (folder / "meter.toml").write_text(_V1 + "\n" + second, encoding="utf-8")
    catalogue = Catalogue(folder)
    first, last = catalogue.find("meter", 1), catalogue.newest("meter")
    assert first is not None
    assert last is not None
    return first, last


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            '"b.meter.example"',
            '"c.meter.example"',
            ["new host: c.meter.example", "host gone: b.meter.example"],
        ),
        (
            '["meterQueue"]',
            '["meterList"]',
            ["new word of its script: meterList", "word of its script gone: meterQueue"],
        ),
        ('"6 months"', '"13 months"', ["tracker: was m (cookie, 6 months), is m (cookie, 13 months)"]),
        (
            '  { name = "old", max_age = "1 day" },\n',
            '  { name = "n", kind = "local", max_age = "persistent" },\n',
            ["new tracker: n (local, persistent)", "tracker gone: old (cookie, 1 day)"],
        ),
        (
            'domain = "meter.example"',
            'domain = "m.example", partitioned = true',
            [
                "new tracker: id (cookie, 1 year, of m.example, partitioned)",
                "tracker gone: id (cookie, 1 year, of meter.example)",
            ],
        ),
        ('"Meter SA"', '"Meter SE"', ["vendor: was Meter SA, is Meter SE"]),
        (
            '"FR"',
            '"US"\ntransfer = "adequacy"',
            [
                "vendor's country: was FR, is US",
                "vendor's ground of transfer: was not given, is adequacy",
            ],
        ),
        ('"closed"', '"open"', ["reach: was closed, is open"]),
        (
            'kind = "tag"',
            'kind = "ads"\notherwise = "house"',
            [
                "kind: was tag, is ads",
                "what a refusal shows: was not given, is house",
            ],
        ),
    ],
    ids=["host", "word", "lifetime", "tracker", "domain", "vendor", "country", "reach", "kind"],
)
def test_change_is_said_in_words(tmp_path: Path, old: str, new: str, sentences: list[str]) -> None:
    """Each difference once, and no other."""
    assert [change.sentence for change in compare(*_versions(tmp_path, (old, new)))] == sentences


def test_evidence_is_no_change_of_what_a_policy_holds(tmp_path: Path) -> None:
    """Another day of comparison makes no difference to readers."""
    assert compare(*_versions(tmp_path, ("2026-11-23", "2026-11-24"))) == ()


def test_only_another_vendor_asks_readers_again(tmp_path: Path) -> None:
    """Hosts, lifetimes and wording ask nobody; who receives the data does."""
    assert not asks_again(*_versions(tmp_path, ('"6 months"', '"13 months"'), ('"Meter SA"', '"Meter SE"')))
    other = tmp_path / "other"
    other.mkdir()
    assert asks_again(*_versions(other, ('id = "meter"', 'id = "buyer"')))


@pytest.mark.parametrize("name", [name for name in BUNDLED.names() if len(BUNDLED.versions(name)) > 1])
def test_every_new_version_says_what_is_new(name: str) -> None:
    """A number that stands for no difference would only make people look."""
    versions = [BUNDLED.find(name, version) for version in BUNDLED.versions(name)]
    for old, new in pairwise(versions):
        assert old is not None
        assert new is not None
        assert compare(old, new) != ()
        assert all(change.sign in Sign and change.sentence for change in compare(old, new))
