"""What a policy shows is archived when a site begins to serve it, and a record leads back to it."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bandeau.core.canonical import digest
from bandeau.core.cookie import subject_of
from bandeau.core.record import FIRST_SCHEMA, ConsentRecord
from bandeau.core.request import RequestHead
from bandeau.site import Site
from bandeau.storage.archive import Archive
from bandeau.storage.keyfile import create_keyfile
from bandeau.storage.shown import Shown, shown_to_reader
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.pages.evidence import keep_evidence
from bandeau.web.pages.rendered import Rendered
from tests.policyfile.samples import changed
from tests.web.sites import DAY, POLICY, Browser

URL = "https://www.journal.example"
FORM = {"shown": "social", "revision": "3", "source": "first", "language": "fr", "action": "accept"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site on a policy file, with an archive beside it, which looks at its file at each visit."""
    text = changed('environment = "production"', 'environment = "staging"')
    (tmp_path / "bandeau.toml").write_text(text + '\n[proof]\nstore = "memory:"\n')
    create_keyfile(tmp_path / "bandeau.keys")
    site = Site.open(tmp_path / "bandeau.toml")
    site.archive = Archive(tmp_path / "bandeau-archive")
    hours = iter(range(10_000))
    site._clock = lambda: DAY * 86_400 + 3_600 * next(hours)
    return site


def reader(site: Site) -> Browser:
    """Return a reader of the site."""
    return Browser(site, host="www.journal.example")


def chosen(site: Site, **more: str) -> ConsentRecord:
    """Make a choice on the first layer and return its record."""
    browser = reader(site)
    notice = Rendered(site.policy).notice("first", "fr").digest
    answer = browser.post_form({**FORM, "notice": notice, **more}, {"origin": URL})
    assert answer.status == 303
    return site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))[-1]


def archive_of(site: Site) -> Archive:
    """Return the archive as another process sees it."""
    assert site.archive is not None
    return Archive(site.archive.folder)


def names(shown: Shown) -> set[str]:
    """Return the names of what was found."""
    return {file.name for file in shown.files}


def test_a_revision_is_archived_before_it_is_served(site: Site) -> None:
    """Policy as loaded and as declared, browser part, every text in every language, the tables."""
    open_gateway(site=site)
    (manifest,) = archive_of(site).manifests()
    assert (manifest.revision, manifest.policy_digest) == (3, site.policy.digest)
    assert set(manifest.files) == {
        *(
            "policy.toml",
            "policy.json",
            "policy/fr.html",
            "widget.json",
            "served/wall.js",
            "served/fallback.js",
        ),
        *(
            f"widget/{name}"
            for name in ("act.js", "fallback.js", "first.css", "guard.js", "panel.css", "wall.js")
        ),
        *(f"notices/fr/{layer}.html" for layer in ("first", "panel", "settings")),
    }
    assert manifest.files["policy.json"] == site.policy.digest
    assert manifest.files["widget.json"] == manifest.widget_digest
    text = archive_of(site).read(manifest.files["policy.toml"]).decode()
    assert text == site.loaded.text  # type: ignore[union-attr]


def test_serving_the_same_revision_again_writes_nothing(site: Site) -> None:
    """As every worker and every restart does."""
    open_gateway(site=site)
    folder = archive_of(site).folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    open_gateway(site=site)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_changed_policy_is_archived_when_it_comes_into_force(site: Site, tmp_path: Path) -> None:
    """Without a restart, beside the one before."""
    gateway = open_gateway(site=site)
    path = tmp_path / "bandeau.toml"
    path.write_text(path.read_text().replace("revision = 3", "revision = 4").replace("Vidéos", "Les vidéos"))
    head = RequestHead("GET", "https", "www.journal.example", "/bandeau/choices", "", ())
    gateway.answer(head, b"")
    until = time.monotonic() + 10
    while len(archive_of(site).manifests()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    first, second = archive_of(site).manifests()
    assert (first.revision, second.revision) == (3, 4)
    assert second.files["policy.json"] == site.policy.digest != first.policy_digest
    assert archive_of(site).read(second.files["policy.toml"]) == path.read_bytes()


def test_an_archive_that_cannot_be_written_keeps_no_page_from_readers(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says so and what to run; choices are taken."""
    (tmp_path / "file").write_text("")
    site.archive = Archive(tmp_path / "file" / "archive")
    with caplog.at_level(logging.ERROR):
        open_gateway(site=site)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "bandeau archive" in caplog.text
    assert chosen(site).event == "given"


def test_a_record_leads_to_everything_that_was_shown(site: Site) -> None:
    """Notice, policy and browser part, each unchanged, with its place."""
    open_gateway(site=site)
    record = chosen(site)
    shown = shown_to_reader(record, archive_of(site))
    assert shown.notice is not None
    assert (shown.notice.name, shown.notice.digest) == ("notices/fr/first.html", record.notice_digest)
    assert {"policy.toml", "policy.json", "policy/fr.html", "widget.json", "widget/guard.js"} <= names(shown)
    assert all(digest(file.path.read_bytes()) == file.digest for file in shown.files)
    assert shown.remarks == ()
    assert set(json.loads(next(f.path for f in shown.widget if f.name == "widget.json").read_bytes()))


def test_pictures_are_shown_with_their_layer_and_language(site: Site) -> None:
    """Those of another layer or language are not what this reader saw."""
    pictures = {
        f"pictures/{name}.png": name.encode()
        for name in ("fr/first-phone", "fr/panel-phone", "en/first-phone")
    }
    assert site.archive is not None
    keep_evidence(site.archive, Rendered(site.policy), site.loaded)
    keep_evidence(site.archive, Rendered(site.policy), site.loaded, pictures)
    shown = shown_to_reader(chosen(site), archive_of(site))
    assert [file.name for file in shown.pictures] == ["pictures/fr/first-phone.png"]


def test_a_changed_file_is_not_shown_as_if_it_were_the_old_one(site: Site) -> None:
    """It is left out, and a remark names it."""
    open_gateway(site=site)
    record = chosen(site)
    archive = archive_of(site)
    path = archive.path(record.notice_digest)
    path.write_bytes(path.read_bytes().replace(b"Vid", b"vid"))
    shown = shown_to_reader(record, archive)
    assert shown.notice is None
    assert any(
        "notices/fr/first.html" in remark and "not what its name says" in remark for remark in shown.remarks
    )


def test_what_is_not_known_is_said() -> None:
    """A record of the first schema, an archive that is empty, another site's archive."""
    browser = Browser()
    browser.accept()
    (record,) = browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))
    first = msgspec.structs.replace(
        record, schema=FIRST_SCHEMA, notice_digest="", widget_digest="", expires_at=""
    )
    nowhere = Archive("/nonexistent")
    assert "the notice is not known: the record does not name it" in shown_to_reader(first, nowhere).remarks
    assert any(
        "the policy sha256:0123 is not in the archive" in r for r in shown_to_reader(record, nowhere).remarks
    )


def test_another_site_s_presentation_is_not_shown(tmp_path: Path) -> None:
    """Two sites may share a folder."""
    other = replace(POLICY, site=replace(POLICY.site, id="other"))
    archive = Archive(tmp_path)
    manifest = keep_evidence(archive, Rendered(other))
    site = Site.in_memory(POLICY, clock=lambda: DAY * 86_400)
    site.archive = archive
    browser = Browser(site)
    browser.accept()
    (record,) = site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))
    theirs = msgspec.structs.replace(record, notice_digest=manifest.files["notices/fr/first.html"])
    assert shown_to_reader(theirs, archive).files == ()
