"""A record names the text that the reader had before their eyes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bandeau.core.canonical import digest
from bandeau.core.cookie import subject_of
from bandeau.core.policy import Policy
from bandeau.core.record import ConsentRecord
from bandeau.site import Site
from bandeau.storage.archive import Archive
from bandeau.web.pages.build import build, inventory, widget_digest
from bandeau.web.pages.evidence import keep_evidence
from bandeau.web.pages.rendered import Rendered
from tests.web.markup import fields, named
from tests.web.sites import DAY, FIRST, ORIGIN, PANEL, POLICY, PURPOSES, Browser, two

RENDERED = Rendered(POLICY)
EMBED = "/bandeau/embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fx&lang="


def shown(layer: str, language: str) -> str:
    """Return what a reader receives of a layer."""
    browser = Browser()
    if layer == "first":
        return RENDERED.first(language, origin=ORIGIN, shown_gpc=False).decode("ascii")
    if layer == "panel":
        return RENDERED.panel(language).decode()
    url = f"/bandeau/choices?lang={language}" if layer == "settings" else EMBED + language
    return browser.get(url).body.decode()


def notice_of(layer: str, language: str = "fr") -> str:
    """Return the digest of a layer's notice."""
    return RENDERED.notice(layer, language, "youtube" if layer == "embed" else "").digest


def recorded(browser: Browser) -> ConsentRecord:
    """Return the last record of a reader."""
    return browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))[-1]


def site_of(policy: Policy, archive: Archive | None = None) -> Site:
    """Return a site that keeps its records in memory."""
    site = Site.in_memory(policy, clock=lambda: DAY * 86_400 + 36_000)
    site.archive = archive
    return site


def reworded() -> Policy:
    """Return the policy with other words, which ask nobody again."""
    purposes = [
        replace(p, title=two("Statistiques", "Statistics")) if p.id == "audience" else p for p in PURPOSES
    ]
    return replace(POLICY, purposes=tuple(purposes), digest="sha256:4567")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("layer", ["first", "panel", "settings", "embed"])
def test_every_form_names_its_own_notice(layer: str, language: str) -> None:
    """One hidden field, the digest of this layer's text in this language."""
    text = shown(layer, language)
    (field,) = named(text, "input", name="notice")
    assert field.attributes["value"] == notice_of(layer, language)
    notice = RENDERED.notices[field.attributes["value"]]
    assert (notice.layer, notice.language, notice.digest) == (layer, language, digest(notice.text))


@pytest.mark.parametrize("layer", ["first", "panel"])
def test_a_notice_is_the_layer_without_its_own_digest(layer: str) -> None:
    """Byte for byte what readers receive, but for that one value."""
    notice = RENDERED.notice(layer, "fr")
    assert shown(layer, "fr").replace(notice.digest, "").encode() == notice.text


@pytest.mark.parametrize("layer", ["settings", "embed"])
def test_a_notice_holds_every_sentence_of_the_page(layer: str) -> None:
    """The reader's own lines and switches apart."""
    text = RENDERED.notice(layer, "fr", "youtube" if layer == "embed" else "").text
    expected = {
        each.text for tag in ("h1", "legend", "button", "summary") for each in named(shown(layer, "fr"), tag)
    }
    found = {each.text for tag in ("h1", "legend", "button", "summary") for each in named(text, tag)}
    assert expected
    assert expected <= found


def test_no_two_notices_are_alike() -> None:
    """Four layers in two languages."""
    assert len(RENDERED.notices) == 8


def test_a_word_changes_the_digest_and_a_host_does_not() -> None:
    """The digest is of what is read."""
    other = Rendered(reworded())
    for layer in ("first", "panel", "settings"):
        assert other.notice(layer, "fr").digest != notice_of(layer)
    assert RENDERED.first("fr", origin="https://www.gazette.example", shown_gpc=True).count(
        notice_of("first").encode()
    )


def test_a_choice_on_each_layer_records_what_was_shown() -> None:
    """First layer, panel, settings page and placeholder; with and without JavaScript."""
    browser = Browser()
    browser.accept(notice=notice_of("first"))
    assert recorded(browser).notice_digest == notice_of("first")
    browser.post_json({**PANEL, "action": "refuse", "notice": notice_of("panel")})
    assert recorded(browser).notice_digest == notice_of("panel")
    browser.post_form({**fields(browser.get("/bandeau/choices").body), "action": "save"})
    assert recorded(browser).notice_digest == notice_of("settings")
    sent = {**fields(browser.get(EMBED + "fr").body), "action": "save"}
    browser.post_form(sent)
    assert recorded(browser).notice_digest == notice_of("embed")
    assert recorded(browser).widget_digest == widget_digest()


@pytest.mark.parametrize("value", ["", "x", "sha256:" + "0" * 64, digest(b"other"), notice_of("panel")])
def test_a_record_names_no_text_that_was_not_shown_there(value: str) -> None:
    """What is unknown, or another layer's, is left out; the choice stands."""
    browser = Browser()
    browser.refuse(notice=value)
    assert recorded(browser).notice_digest == ""
    assert not browser.allows("audience")


@pytest.mark.parametrize("value", [None, 7, ["x"], "x" * 81])
def test_a_notice_of_another_form_is_no_choice_or_no_notice(value: object) -> None:
    """An older page says null; the rest is refused."""
    answer = Browser().post_json({**PANEL, "action": "accept", "notice": value})
    assert answer.status == (200 if value is None else 400)


def test_a_page_that_is_older_than_the_policy_names_its_own_text(tmp_path: Path) -> None:
    """A cached page: the record names the old words, and the archive still has them."""
    archive = Archive(tmp_path)
    keep_evidence(archive, RENDERED)
    browser = Browser(site_of(reworded(), archive))
    browser.accept(notice=notice_of("first"))
    assert recorded(browser).notice_digest == notice_of("first")
    assert "Mesure d&#8217;audience" in archive.read(recorded(browser).notice_digest).decode()
    browser.refuse(notice=notice_of("panel"))
    assert recorded(browser).notice_digest == ""


def test_without_an_archive_only_the_present_texts_are_known() -> None:
    """The control: what cannot be looked at is not named."""
    browser = Browser(site_of(reworded()))
    browser.accept(notice=notice_of("first"))
    assert recorded(browser).notice_digest == ""


def test_a_failed_post_keeps_its_notice() -> None:
    """Sent again from the page of failure, it still says what was shown."""
    from tests.web.test_choices import broken

    answer = Browser(broken()).post_form({**FIRST, "action": "accept", "notice": notice_of("first")})
    assert fields(answer.body)["notice"] == notice_of("first")


def test_the_browser_part_is_named_by_the_list_of_its_files() -> None:
    """Its digest leads to the list, the list to each file."""
    listed = json.loads(inventory())
    assert widget_digest() == digest(inventory())
    assert listed == {name: digest(data) for name, data in build().files.items()}
    assert {"guard.js", "act.js", "first.css", "panel.css", "wall.js"} <= set(listed)


def events(browser: Browser, *posts: Mapping[str, object]) -> list[str]:
    """Return the events of a reader's posts."""
    for post in posts:
        browser.post_json({**PANEL, **post})
    return [
        record.event for record in browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))
    ]


SAVE, ADS = {"action": "save"}, {"action": "save", "purposes": {"advertising": True}}


def test_what_the_signal_refused_and_nobody_pressed_is_by_signal() -> None:
    """Saving with the switches as they stand leaves the refusal to the browser's signal."""
    assert events(Browser(gpc=True), SAVE) == ["by-signal"]
    assert events(Browser(gpc=False), SAVE) == ["refused"]


def test_a_button_that_refuses_is_the_reader_s_own() -> None:
    """Whatever the browser says besides."""
    assert events(Browser(gpc=True), {"action": "refuse"}) == ["refused"]


def test_a_yes_and_its_withdrawal_are_the_reader_s_own() -> None:
    """GPC takes nothing away that the reader gave."""
    assert events(Browser(gpc=True), ADS, SAVE, SAVE) == ["given", "withdrawn", "refused"]
