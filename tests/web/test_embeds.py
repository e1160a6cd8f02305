"""Embeds in first-party frames: refused, once, always; without JavaScript."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from bandeau.core.cookie import subject_of
from tests.web.markup import fields, named
from tests.web.sites import ORIGIN, Browser, header, headers_of

VIDEO = "https://www.youtube.com/embed/abc?start=5&x=%C3%A9"
FRAME = f"/bandeau/embed/youtube?{urlencode({'u': VIDEO})}"


def test_a_refused_embed_is_a_placeholder_that_loads_nothing() -> None:
    """It names service, vendor, purpose and what would follow; the address is a link, in a new tab."""
    answer = Browser().get(FRAME)
    text = answer.body.decode()
    assert answer.status == 200
    assert "frame-src" not in header(answer, "content-security-policy")
    assert not named(text, "iframe")
    for words in ("YouTube", "Google Ireland pourra déposer des cookies", "Réseaux sociaux"):
        assert words in text
    (link,) = named(text, "a", href=VIDEO)
    assert (link.attributes["target"], link.attributes["rel"]) == ("_blank", "noreferrer")


def test_allow_once_shows_it_and_leaves_nothing_behind() -> None:
    """No cookie, no record; the next page is refused again."""
    browser = Browser()
    text = browser.get(FRAME).body
    (button,) = named(text, "button", name="once")
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    body = urlencode({**fields(text), "once": "1"}).encode()
    answer = browser.send("POST", button.attributes["formaction"], body, headers)
    (frame,) = named(answer.body, "iframe")
    assert frame.attributes["src"] == VIDEO
    assert not headers_of(answer, "set-cookie")
    assert browser.site.store.count() == 0
    assert not named(browser.get(FRAME).body, "iframe")


def test_always_records_the_service_alone_and_comes_back_to_the_frame() -> None:
    """The outer page is not left; the purpose stays as it was."""
    browser = Browser()
    text = browser.get(FRAME).body
    answer = browser.post_form({**fields(text), "action": "save"})
    assert answer.status == 303
    shown = browser.get(header(answer, "location"))
    assert named(shown.body, "iframe", src=VIDEO)
    assert (browser.allows("youtube"), browser.allows("social"), browser.allows("plaza")) == (
        True,
        False,
        False,
    )
    (record,) = browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))
    assert (record.source, record.services["youtube"], record.purposes["social"]) == ("embed", True, False)


def test_always_after_a_refusal_keeps_the_refusal_of_the_rest() -> None:
    """One video allowed is one service allowed."""
    browser = Browser()
    browser.refuse()
    browser.post_form({**fields(browser.get(FRAME).body), "action": "save"})
    assert [s for s in ("audience", "social", "advertising", "counts", "plaza") if browser.allows(s)] == []
    assert browser.allows("youtube")


def test_an_allowed_embed_may_frame_its_service_and_nothing_else() -> None:
    """The frame's own policy names the service's hosts; the outer page's policy does not need them."""
    browser = Browser()
    browser.accept()
    answer = browser.get(FRAME)
    csp = header(answer, "content-security-policy")
    assert csp.startswith("default-src 'none'; style-src 'sha256-")
    assert "; frame-src www.youtube.com " in csp
    assert "frame-ancestors 'self'" in csp
    assert "plaza" not in csp
    assert header(answer, "cache-control") == "private, no-store"


def test_a_service_without_a_switch_is_shown_once_or_set_on_the_settings_page() -> None:
    """No button promises what the policy cannot keep."""
    text = Browser().get(f"/bandeau/embed/plaza?u={quote('https://plaza.example/x', safe='')}").body
    assert named(text, "button", name="once")
    assert not named(text, "button", value="save")
    assert named(text, "a", href="/bandeau/choices?lang=fr")


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("youtube", ""),
        ("youtube", "https://evil.example/"),
        ("youtube", "https://www.youtube.com.evil.example/"),
        ("youtube", "https://www.youtube.com@evil.example/"),
        ("youtube", "https://user:secret@www.youtube.com/"),
        ("youtube", "https://evil.example\\@www.youtube.com/"),
        ("youtube", "//evil.example/"),
        ("youtube", "/bandeau/choices"),
        ("youtube", "javascript:alert(1)//https://www.youtube.com/"),
        ("youtube", "java\nscript:alert(1)"),
        ("youtube", "data:text/html,<script>alert(1)</script>"),
        ("youtube", "ftp://www.youtube.com/x"),
        ("youtube", "blob:https://www.youtube.com/1"),
        ("youtube", "https://plaza.example/"),
        ("youtube", "https://gazette.example/admin"),
        ("youtube", "https://[::1]/"),
        ("youtube", "https://www.youtube.com/" + "a" * 5000),
        ("nobody", "https://www.youtube.com/embed/abc"),
        ("pixel", "https://www.facebook.com/tr"),
        ("../choices", "https://www.youtube.com/embed/abc"),
    ],
)
def test_only_the_service_s_own_addresses_are_shown(service: str, url: str) -> None:
    """No open redirect, no script, no other service's consent borrowed: a page that says so, 400."""
    browser = Browser()
    browser.accept()
    answer = browser.get(f"/bandeau/embed/{service}?{urlencode({'u': url})}")
    assert answer.status == 400
    assert not named(answer.body, "iframe")
    assert "evil" not in answer.body.decode()


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://WWW.YouTube.com/embed/x",
        "https:/\\www.youtube.com/embed/x",
        " https://www.youtube.com/embed/x\t",
    ],
)
def test_addresses_are_read_as_browsers_read_them(url: str) -> None:
    """And written back in one form, so that nothing is read twice in two ways."""
    browser = Browser()
    browser.accept()
    answer = browser.get(f"/bandeau/embed/youtube?{urlencode({'u': url})}")
    assert named(answer.body, "iframe", src="https://www.youtube.com/embed/x")


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    """Quotes and tags in the address stay in the address."""
    url = "https://www.youtube.com/embed/\"><script>alert(1)</script>?a='b"
    browser = Browser()
    for accepted in (False, True):
        if accepted:
            browser.accept()
        answer = browser.get(f"/bandeau/embed/youtube?{urlencode({'u': url})}")
        assert not named(answer.body, "script")


def test_once_is_taken_from_the_site_s_own_frame_only() -> None:
    """Another site's form cannot show a tracker to a reader who refused it."""
    answer = Browser().send("POST", FRAME, b"once=1", {"origin": "https://evil.example"})
    assert answer.status == 403


@pytest.mark.parametrize("body", [b"", b"once=0", b"once=1&once=1", b"action=save", b"\xff"])
def test_another_form_is_not_once(body: bytes) -> None:
    """Only the button's own field shows the service."""
    answer = Browser().send("POST", FRAME, body, {"origin": ORIGIN})
    assert not named(answer.body, "iframe")


def test_the_frame_speaks_the_page_s_language() -> None:
    """The rewriter may say it in the frame's address."""
    text = Browser().get(f"{FRAME}&lang=en").body.decode()
    assert "Show this time" in text
    assert named(text, "html", lang="en")
