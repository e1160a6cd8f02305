"""The catalogue: frozen versions, sourced and dated."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bandeau.core.canonical import canonical_bytes, digest
from bandeau.core.policy import Kind, Otherwise, Reach
from bandeau.policyfile import load
from bandeau.policyfile.catalogue import BUNDLED, Item
from tests.policyfile.samples import GOOD, problems_of

PINS = Path(__file__).with_name("catalogue_digests.json")
ITEMS = [
    item
    for name in BUNDLED.names()
    for version in BUNDLED.versions(name)
    if (item := BUNDLED.find(name, version)) is not None
]
IDS = [f"{item.name}@{item.version}" for item in ITEMS]
SITE = (
    GOOD
    + """
[purposes.ads]
bit = 2
profiles = true
title.fr = "Publicité"
summary.fr = "Choisir les annonces selon vos lectures."
detail.fr = "Des régies reçoivent la page que vous lisez."
profiles_text.fr = "Le profil garde les thèmes lus."
"""
)


def _with(item: Item, more: str = "") -> str:
    return f'{SITE}\n[[services]]\nuse = "{item.name}@{item.version}"\npurpose = "ads"\n{more}'


def test_catalogue_has_at_least_25_services() -> None:
    """What news sites commonly carry."""
    assert len(BUNDLED.names()) >= 25


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_names_its_source_and_day(item: Item) -> None:
    """Each fact can be checked again."""
    assert item.source.startswith("https://")
    assert date.fromisoformat(item.checked) >= date(2026, 11, 22)
    assert item.lifetimes in (("published", "observed") if "trackers" in item.service else ("",))


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_loads_without_an_error(item: Item) -> None:
    """Warned about: lifetimes that the vendor chose, and hosts that only the publisher knows."""
    assert {problem.code for problem in problems_of(_with(item))} <= {"BND308", "BND421"}


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_can_be_recognised_and_says_what_a_refusal_shows(item: Item) -> None:
    """Hosts or inline words; embeds leave no hole; advertising says how far it reaches."""
    service = load(_with(item)).policy.service(item.name)
    assert service.hosts or service.inline
    assert "reach" in item.service
    assert service.kind is not Kind.EMBED or service.otherwise is Otherwise.PLACEHOLDER
    assert service.kind is not Kind.LOADER or service.reach is Reach.OPEN


def test_all_entries_live_side_by_side() -> None:
    """No two entries claim the same host and path."""
    text = SITE + "".join(
        f'\n[[services]]\nuse = "{item.name}@{item.version}"\npurpose = "ads"\n'
        for item in ITEMS
        if item.version == BUNDLED.versions(item.name)[-1]
    )
    assert "BND210" not in {problem.code for problem in problems_of(text)}


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_published_version_never_changes(item: Item) -> None:
    """Upgrading Bandeau changes nothing by itself: what is new gets a new version.

    A new entry is pinned by adding its digest to catalogue_digests.json.
    """
    content = {"service": dict(item.service), "vendor": dict(item.vendor), "vendor_id": item.vendor_id}
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    assert pins[f"{item.name}@{item.version}"] == digest(canonical_bytes(content))  # type: ignore[arg-type]


def test_no_pinned_version_is_gone() -> None:
    """A policy that names it keeps loading."""
    assert set(json.loads(PINS.read_text(encoding="utf-8"))) == set(IDS)


def test_unknown_names_find_nothing() -> None:
    """Also those that would leave the folder."""
    for name in ("nobody", "../catalogue/youtube", "", "YouTube", "youtube.toml"):
        assert BUNDLED.versions(name) == ()
    assert BUNDLED.find("youtube", 99) is None
