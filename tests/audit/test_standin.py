"""A site without a policy is judged by what is known to need consent, and by nothing that it never said."""

from __future__ import annotations

import pytest

from bandeau.audit.judge import judge
from bandeau.audit.report.report import make_report
from bandeau.audit.standin import stand_in
from bandeau.errors import AuditError
from tests.audit.judge.made import call, codes, cookie, item, recording, visit

LOADED = stand_in("https://www.journal.example/page")
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-1"


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://www.journal.example/x", ["www.journal.example", "journal.example", "*.journal.example"]),
        ("https://journal.example", ["journal.example", "*.journal.example"]),
        ("https://a.b.co.uk/", ["a.b.co.uk", "b.co.uk", "*.b.co.uk"]),
        ("http://127.0.0.1:8000/", ["127.0.0.1"]),
        ("http://[::1]:8000/", ["[::1]"]),
        ("http://localhost:8000/", ["localhost"]),
    ],
)
def test_its_hosts_are_those_of_the_registrable_domain(url: str, hosts: list[str]) -> None:
    """Subdomains are the site's own; a machine without a name is one host."""
    assert [str(host) for host in stand_in(url).policy.site.hosts] == hosts


def test_what_names_no_host_is_refused() -> None:
    """With a reason."""
    with pytest.raises(AuditError, match="names no host"):
        stand_in("about:blank")


def test_a_known_tracker_before_a_choice_is_an_error() -> None:
    """That it needs consent hangs on nothing that the site could declare."""
    judgement = judge(recording(visit("none", call(GTAG))), LOADED.policy, declared=False)

    assert [(finding.code, finding.level) for finding in judgement.findings] == [("BND501", "error")]


def test_a_known_tracker_after_an_accept_is_none() -> None:
    """The reader said yes."""
    judgement = judge(recording(visit("accept", call(GTAG, "reloaded"))), LOADED.policy, declared=False)

    assert codes(judgement) == []


def test_unknown_third_parties_are_for_a_person_to_look_at() -> None:
    """A host of files, a payment, a tracker: nobody has said."""
    judgement = judge(
        recording(visit("none", call("https://cdn.unknown.example/x.js"))), LOADED.policy, declared=False
    )

    assert [(finding.code, finding.level) for finding in judgement.findings] == [("BND520", "warning")]


def test_the_sites_own_cookies_and_items_are_no_finding() -> None:
    """A session is not undeclared where nobody has declared anything."""
    facts = (cookie("sessionid"), item("local", "basket"))

    assert codes(judge(recording(visit("none", *facts)), LOADED.policy, declared=False)) == []
    told = codes(judge(recording(visit("none", *facts)), LOADED.policy))
    assert {"BND521", "BND522"} <= set(told)


def test_the_report_says_what_the_site_was_held_against() -> None:
    """Nobody takes the catalogue for the site's own word."""
    from bandeau.audit.report.html import as_html

    report = make_report(recording(visit("none")), LOADED, declared=False)

    assert "This site has declared nothing" in as_html(report)
