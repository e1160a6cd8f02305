"""The judge of a page holds what needs consent, and counts in report mode."""

from __future__ import annotations

from bandeau.core.policy import Mode, Policy, Undeclared
from bandeau.core.request import RequestHead
from bandeau.enforcement.html.rules import KEEP, Verdict
from bandeau.enforcement.rules import Rules
from tests.enforcement.sample import METER, PLAYER, POLICY, STEADY, compiled, with_enforce

REQUEST = RequestHead("GET", "https", "paper.example", "/news/a")


def rules(allowed: int = STEADY, policy: Policy = POLICY, mode: Mode = Mode.ENFORCE) -> Rules:
    """Return the judge of one page."""
    return compiled(policy).rules(REQUEST, allowed, mode)


def test_what_is_refused_is_held_for_its_service() -> None:
    """A refused host, an undeclared one and an unreadable URL."""
    judge = rules()
    assert judge.url("https://meter.example/m.js", "", "script") == Verdict(True, "meter")
    assert judge.url("https://evil.example/", "", "image") == Verdict(True, "?")
    assert judge.url("https://a b/", "", "image") == Verdict(True, "?")
    assert judge.url("/metrics/hit", "", "image") == Verdict(True, "own-count")
    assert judge.counts == {"meter": 1, "?": 2, "own-count": 1}


def test_what_is_allowed_stays() -> None:
    """The site, what reaches no host, necessary and allowed services."""
    judge = rules(STEADY | METER)
    for url in ("/a", "data:,x", "https://fonts.example/f", "https://meter.example/m.js"):
        assert judge.url(url, "", "script") is KEEP
    assert not judge.counts


def test_an_embed_gets_a_frame_of_ours() -> None:
    """Only as a frame: its other files are simply held."""
    judge = rules()
    held = judge.url("//player.example/v/1?a=b&c", "", "iframe")
    assert held.frame == "/bandeau/embed/player?u=https%3A%2F%2Fplayer.example%2Fv%2F1%3Fa%3Db%26c"
    assert judge.url("https://player.example/p.js", "", "script").frame is None
    assert judge.url("https://meter.example/", "", "iframe").frame is None
    assert rules(STEADY | PLAYER).url("https://player.example/v", "", "iframe") is KEEP


def test_the_frame_of_an_embed_speaks_the_language_of_the_page() -> None:
    """The page's language goes into the frame's URL; the server falls back to the site's own."""
    judge = compiled(POLICY).rules(REQUEST, STEADY, Mode.ENFORCE, "en")
    frame = judge.url("https://player.example/v", "", "iframe").frame
    assert frame == "/bandeau/embed/player?u=https%3A%2F%2Fplayer.example%2Fv&lang=en"


def test_an_inline_script_is_known_by_its_marks() -> None:
    """Held while its service is refused."""
    assert rules().inline("var x;meterQueue.push(1)") == Verdict(True, "meter")
    assert rules(STEADY | METER).inline("meterQueue.push(1)") is KEEP
    assert rules().inline("console.log(1)") is KEEP


def test_undeclared_hosts_may_only_be_reported() -> None:
    """The policy decides; what cannot be read is held all the same."""
    judge = rules(policy=with_enforce(undeclared_hosts=Undeclared.REPORT))
    assert judge.url("https://evil.example/", "", "image") is KEEP
    assert judge.url("https://a b/", "", "image").hold
    assert judge.counts["?"] == 2


def test_report_mode_holds_nothing_and_counts() -> None:
    """The page stays what it was."""
    judge = rules(mode=Mode.REPORT)
    assert judge.url("https://meter.example/", "", "script") is KEEP
    assert judge.inline("meterQueue") is KEEP
    assert judge.counts == {"meter": 2}


def test_the_base_of_a_document_counts() -> None:
    """Given by the markup, else the page's own address."""
    judge = rules()
    assert judge.url("m.js", "https://meter.example/", "script").service == "meter"
    assert judge.url("m.js", "", "script") is KEEP
    assert judge.page_url == "https://paper.example/news/a"
