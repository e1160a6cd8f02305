"""The catalogue: frozen versions, sourced and dated."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from bandeau.audit.knowledge import hosts_of
from bandeau.core.canonical import canonical_bytes, digest
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Kind, Otherwise, Policy, Reach, Service, SiteInfo
from bandeau.enforcement.hosts import HostTable
from bandeau.policyfile import load
from bandeau.policyfile.catalogue import BUNDLED, Evidence, Item
from bandeau.policyfile.catalogue.reference import catalogue_page
from tests.policyfile.samples import GOOD, problems_of

PINS = Path(__file__).with_name("catalogue_digests.json")
ITEMS = [
    item
    for name in BUNDLED.names()
    for version in BUNDLED.versions(name)
    if (item := BUNDLED.find(name, version)) is not None
]
IDS = [item.use for item in ITEMS]
NEWEST = [item for name in BUNDLED.names() if (item := BUNDLED.newest(name)) is not None]
TABLE = HostTable(
    Policy(
        1,
        SiteInfo("s", "test", "", "", ()),
        (),
        tuple(Service(i.name, "", hosts=hosts_of(i)) for i in NEWEST),
    )
)
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
    return f'{SITE}\n[[services]]\nuse = "{item.use}"\npurpose = "ads"\n{more}'


def test_catalogue_has_at_least_80_services() -> None:
    """What European news sites commonly carry."""
    assert len(BUNDLED.names()) >= 80


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_names_the_pages_it_was_compared_with(item: Item) -> None:
    """Each fact can be checked again."""
    pages = (item.source, *item.also)
    assert all(page.startswith("https://") for page in pages)
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_has_one_day_and_says_what_of(item: Item) -> None:
    """Of a comparison, or of the writing where nothing was compared: a date of nothing would be a claim."""
    assert bool(item.checked) is (item.basis is not Evidence.UNVERIFIED or bool(item.also))
    assert bool(item.written) is not bool(item.checked)
    assert date.fromisoformat(item.checked or item.written) >= date(2026, 11, 23)


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_what_no_source_states_is_named_as_in_the_entry(item: Item) -> None:
    """A tracker, a host, a word of the script, or a key; and not everything at once."""
    known = {"vendor", *item.vendor} if item.vendor_id else set()
    known |= {key for key in ("hosts", "inline") if key in item.service}
    known |= {"trackers"} if "trackers" not in item.service else set(item.tracker_names)
    known |= {*item.words("hosts"), *item.words("inline")}
    assert set(item.unverified) <= known
    assert len(set(item.unverified)) == len(item.unverified)
    keys = {"inline", "hosts", "trackers"} - {"trackers" if "trackers" in item.service else ""}
    assert not {*keys, *item.tracker_names} <= set(item.unverified)


@pytest.mark.parametrize(
    "item", [item for item in ITEMS if item.basis is Evidence.UNVERIFIED], ids=lambda item: item.use
)
def test_trackers_that_rest_on_nothing_are_all_named(item: Item) -> None:
    """Pages that speak of hosts and vendor make nothing else certain; where there are none, all is doubtful."""
    if item.also:
        assert set(item.tracker_names or ["trackers"]) <= set(item.unverified)
    else:
        assert item.unverified == ()


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_trackers_without_a_source_are_warned_of(item: Item) -> None:
    """And no others: who compared them writes them down and hears no more of it."""
    codes = [problem.code for problem in problems_of(_with(item))]
    assert ("BND422" in codes) is item.has_unverified_trackers
    own = _with(item, 'trackers = [{ name = "seen", max_age = "1 day" }]\n')
    assert "BND422" not in {problem.code for problem in problems_of(own)}


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_entry_loads_without_an_error(item: Item) -> None:
    """Warned about: long lifetimes, hosts that only the publisher knows, trackers without a source."""
    assert {problem.code for problem in problems_of(_with(item))} <= {
        "BND308",
        "BND421",
        "BND422",
    }


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
    text = SITE + "".join(f'\n[[services]]\nuse = "{item.use}"\npurpose = "ads"\n' for item in NEWEST)
    assert "BND210" not in {problem.code for problem in problems_of(text)}


@pytest.mark.parametrize("item", NEWEST, ids=lambda item: item.use)
def test_each_host_leads_back_to_its_entry(item: Item) -> None:
    """Also in the company of all others: a wildcard or a path of another entry takes nothing away."""
    for word in item.words("hosts"):
        pattern = HostPattern.parse(word)
        host = pattern.host.replace("*", "anything")
        found = TABLE.match_parts(host, 443, pattern.path.replace("*", "anything") or "/")
        assert found is not None
        assert (word, found.service and found.service.id) == (word, item.name)


@pytest.mark.parametrize("item", NEWEST, ids=lambda item: item.use)
def test_same_vendor_is_the_same_everywhere(item: Item) -> None:
    """Which of two entries stands first in a policy changes nothing that readers are told."""
    others = [other for other in NEWEST if other.vendor_id == item.vendor_id and item.vendor_id]
    assert all(other.vendor == item.vendor for other in others)


@pytest.mark.parametrize("item", ITEMS, ids=IDS)
def test_published_version_never_changes(item: Item) -> None:
    """Upgrading Bandeau changes nothing by itself: what is new gets a new version.

    `BANDEAU_WRITE_GOLDEN=1 pytest tests/policyfile` pins what is new; until the first release also what changed.
    """
    content = {"service": dict(item.service), "vendor": dict(item.vendor), "vendor_id": item.vendor_id}
    found = digest(canonical_bytes(content))  # type: ignore[arg-type]
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    if os.environ.get("BANDEAU_WRITE_GOLDEN"):
        pins[f"{item.name}@{item.version}"] = found
        PINS.write_text(json.dumps(pins, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert pins[f"{item.name}@{item.version}"] == found


def test_no_pinned_version_is_gone() -> None:
    """A policy that names it keeps loading."""
    assert set(json.loads(PINS.read_text(encoding="utf-8"))) == set(IDS)


def test_unknown_names_find_nothing() -> None:
    """Also those that would leave the folder."""
    for name in ("nobody", "../catalogue/youtube", "", "YouTube", "youtube.toml"):
        assert BUNDLED.versions(name) == ()
    assert BUNDLED.find("youtube", 99) is None


def test_newest_is_what_a_new_policy_would_use() -> None:
    """The highest number; nothing for a name that is not there."""
    newest = BUNDLED.newest("dailymotion")
    assert newest is not None
    assert newest.version == BUNDLED.versions("dailymotion")[-1] == 2
    assert BUNDLED.newest("nobody") is None


def test_committed_page_is_the_generated_one() -> None:
    """`python -m bandeau.policyfile.catalogue.reference docs/reference/catalogue.md` writes it anew."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "catalogue.md"
    assert page.read_text(encoding="utf-8") == catalogue_page()


def test_page_names_every_service_and_what_is_doubtful() -> None:
    """No entry without a heading, and nothing doubtful that is told as if it were certain."""
    page = catalogue_page()
    for item in NEWEST:
        section = page.partition(f'## <a id="{item.name}"></a>')[2].partition("\n## ")[0]
        assert f"* use: `{item.use}`" in section
        assert all(f"`{fact}`" in section for fact in item.unverified)
        assert all(f"<{source}>" in section for source in (item.source, *item.also))
