"""What a scan makes of a recording."""

from __future__ import annotations

import pytest

from bandeau.audit.scan import TODO, Found, Scan, decode_scan, encode_scan, scan_of
from bandeau.errors import AuditError

from .seen import EVERYTHING, PAGE, SITE, call, cookie, item, recording


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """The services of the whole recording, by id."""
    return {each.id: each for each in scan_of(EVERYTHING).found}


def test_everything_that_was_seen_is_proposed_once(found: dict[str, Found]) -> None:
    """Known entries first, then what the scan can say by itself, then what it cannot."""
    assert list(found) == [
        "ga4",
        "youtube",
        "session",
        "collector-metrics",
        "counter-example",
        "site-storage",
    ]


def test_known_service_is_named_with_its_version_and_its_usual_purpose(found: dict[str, Found]) -> None:
    """All calls of a service are one entry, whichever of its hosts they went to."""
    ga4 = found["ga4"]
    assert (ga4.use, ga4.purpose, ga4.calls) == ("ga4@1", "audience", 2)
    assert ga4.called == ("region1.google-analytics.com", "www.googletagmanager.com")
    assert (ga4.stored, ga4.trackers) == (("_ga", "_ga_G1"), ())


def test_what_a_frame_calls_is_no_service_of_the_site(found: dict[str, Found]) -> None:
    """The player answers for what it calls inside itself."""
    assert found["youtube"].inside == ("googleads.g.doubleclick.net",)
    assert not any("doubleclick" in host for each in found.values() for host in each.called)


def test_unknown_party_is_left_to_a_person(found: dict[str, Found]) -> None:
    """Purpose and vendor stay open; hosts, ports, trackers and their owners are as seen."""
    counter = found["counter-example"]
    assert (counter.purpose, counter.vendor, counter.is_unsure) == (TODO, TODO, True)
    assert counter.hosts == ("eu.counter.example:8443", "js.counter.example")
    assert [(t.name, t.max_age, t.domain, t.third_party) for t in counter.trackers] == [
        ("_count", "90 days", "", False),
        ("uid", "395 days", "counter.example", True),
    ]


def test_cookie_of_a_framework_is_exempt_and_any_other_of_the_site_is_open(found: dict[str, Found]) -> None:
    """Nothing becomes necessary because nobody knows it."""
    session = found["session"]
    assert (session.purpose, session.exempt_reason) == ("technical", "authentication")
    assert session.trackers[0].http_only
    assert found["site-storage"].purpose == TODO
    assert [(t.kind, t.name) for t in found["site-storage"].trackers] == [
        ("cookie", "mystery"),
        ("local", "seen_articles"),
    ]


def test_reports_to_the_site_itself_are_asked_about(found: dict[str, Found]) -> None:
    """A collector on the site's own host looks like any other call: a person must say what it is."""
    collector = found["collector-metrics"]
    assert (collector.kind, collector.purpose) == ("collector", TODO)
    assert collector.hosts == ("www.paper.example/metrics/*",)


def test_who_brought_a_party_in_is_told() -> None:
    """A redirect, a script, a frame: the nearest that is somebody else's."""
    scan = scan_of(
        recording(
            call("https://a.example/t.js"),
            call("https://b.example/p.gif", "image", by="https://a.example/t.js"),
            call("https://c.example/p.gif", "image", redirected_from="https://b.example/p.gif"),
            call("https://d.example/p.gif", "image", by=f"{SITE}/app.js"),
        )
    )
    brought = {each.id: each.brought_by for each in scan.found}
    assert brought == {
        "a-example": ("",),
        "b-example": ("a.example",),
        "c-example": ("b.example",),
        "d-example": ("",),
    }


def test_entry_without_hosts_of_its_own_gets_those_of_the_site() -> None:
    """Matomo stands at an address of each site's own: its cookies tell it, its script says where."""
    scan = scan_of(
        recording(
            call("https://stats.other.example/matomo.js"),
            cookie("_pk_id.1.1f", setter="script:https://stats.other.example/matomo.js:1:1"),
        )
    )
    assert [(each.use, each.hosts, each.trackers) for each in scan.found] == [
        ("matomo@1", ("stats.other.example",), ())
    ]


def test_entry_without_hosts_stands_at_one_address() -> None:
    """That whose scripts wrote most of its cookies: another's single one does not make it a second Matomo."""
    stats, tags = "https://stats.other.example/matomo.js", "https://tags.example/t.js"
    scan = scan_of(
        recording(
            call(tags),
            call(stats),
            cookie("_pk_ses.1.1f", setter=f"script:{tags}:1:1"),
            cookie("_pk_id.1.1f", setter=f"script:{stats}:1:1"),
            cookie("_pk_ses.1.1f", setter=f"script:{stats}:1:1"),
        )
    )
    assert [(each.id, each.use, each.hosts) for each in scan.found] == [
        ("matomo", "matomo@1", ("stats.other.example",)),
        ("tags-example", "", ("tags.example",)),
    ]


def test_bandeaus_own_cookies_are_not_found() -> None:
    """A site that has it already is scanned for everything else."""
    assert scan_of(recording(cookie("__Host-bd"), cookie("__Host-bdid"))).found == ()


def test_blocked_call_is_not_found_and_stopped_one_is() -> None:
    """What the page's policy refuses went nowhere; what the audit stopped would have gone."""
    scan = scan_of(
        recording(
            call("https://a.example/t.js", blocked_by="csp"), call("https://b.example/t.js", stopped=True)
        )
    )
    assert [each.id for each in scan.found] == ["b-example"]


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["document", "script"], "embed"),
        (["image", "script"], "tag"),
        (["stylesheet", "font"], "fonts"),
        (["image", "ping"], "pixel"),
    ],
)
def test_kind_is_guessed_by_what_was_loaded(types: list[str], kind: str) -> None:
    """A guess that a person sees in the file."""
    facts = [call(f"https://a.example/{n}", each) for n, each in enumerate(types)]
    assert scan_of(recording(*facts)).found[0].kind == kind


def test_storage_is_named_as_a_policy_names_it() -> None:
    """Databases and caches by their own name, whatever lies in them."""
    scan = scan_of(
        recording(
            item("indexeddb", "box/store"), item("cache", "v1 https://x.example/"), item("session", "s")
        )
    )
    assert [(t.kind, t.name, t.max_age) for t in scan.found[0].trackers] == [
        ("cache", "v1", "persistent"),
        ("indexeddb", "box", "persistent"),
        ("session", "s", "session"),
    ]


def test_visit_that_failed_is_said() -> None:
    """A scan that saw nothing must not look like a site that loads nothing."""
    assert scan_of(recording(outcome="unreachable")).doubts == (f"none, {PAGE}: nobody answered",)


def test_scan_survives_its_file() -> None:
    """What `scan -o` writes, `adopt` reads."""
    scan = scan_of(EVERYTHING)
    assert decode_scan(encode_scan(scan)) == scan


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"urls": 3}', b"\xff", b'{"urls": [], "schema": "other-1"}']
)
def test_file_that_is_no_scan_is_refused(data: bytes) -> None:
    """With the command that writes one, or the form that is read."""
    with pytest.raises(AuditError, match="scan"):
        decode_scan(data)


def test_same_recording_gives_the_same_scan() -> None:
    """To the byte."""
    assert encode_scan(scan_of(EVERYTHING)) == encode_scan(scan_of(EVERYTHING))
    assert isinstance(scan_of(EVERYTHING), Scan)
