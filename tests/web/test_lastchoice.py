"""A returning reader finds the day, the receipt and what holds, with and without JavaScript."""

from __future__ import annotations

import pytest

from bandeau.core.cookie import subject_of
from bandeau.errors import StoreUnavailable
from bandeau.ledger.receiptcode import receipt_code
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from tests.web.markup import named
from tests.web.sites import DAY, PANEL, POLICY, Browser, header

PAGES = ("/bandeau/choices", "/bandeau/last")


def text_of(browser: Browser, url: str) -> str:
    """Return a page as text."""
    answer = browser.get(url)
    assert answer.status == 200
    return answer.body.decode()


def code_of(browser: Browser, place: int = -1) -> str:
    """Return the code of one of a reader's records."""
    return receipt_code(
        browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))[place].record_id
    )


@pytest.mark.parametrize("url", PAGES)
def test_day_receipt_and_choices_are_there(url: str) -> None:
    """What the settings page says without JavaScript, the panel fetches."""
    browser = Browser()
    browser.post_json({**PANEL, "action": "save", "purposes": {"social": True}})
    text = text_of(browser, url)
    (time,) = named(text, "time")
    assert (time.text, time.attributes["datetime"]) == ("23 novembre 2026", "2026-11-23T10:00:00Z")
    (link,) = named(text, "a", href=f"/bandeau/receipt/{code_of(browser)}")
    assert link.text == code_of(browser)
    assert "Autorisé en ce moment\u00a0: Réseaux sociaux." in text


@pytest.mark.parametrize("url", PAGES)
def test_the_newest_choice_is_the_one_that_is_told(url: str) -> None:
    """Of several, the last; a refusal as much as a yes."""
    browser = Browser()
    browser.accept()
    browser.refuse()
    text = text_of(browser, url)
    assert code_of(browser) in text
    assert code_of(browser, 0) not in text
    assert "rien de ce qui demande votre accord" in text


@pytest.mark.parametrize("url", PAGES)
def test_nothing_is_told_before_a_choice(url: str) -> None:
    """No day, no receipt, no other reader's either."""
    other = Browser()
    other.accept()
    text = text_of(Browser(other.site), url)
    assert not named(text, "time")
    assert "/receipt/" not in text


@pytest.mark.parametrize("url", PAGES)
def test_a_store_that_is_out_of_reach_leaves_the_day(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie knows it; the receipt is not made up."""
    browser = Browser()
    browser.accept()

    def fail(self: MemoryStore, subject_id: str) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(MemoryStore, "kept_of_subject", fail)
    text = text_of(browser, url)
    assert named(text, "time")[0].attributes["datetime"] == "2026-11-23"
    assert "/receipt/" not in text


def test_a_record_outlives_the_choice_that_it_proves() -> None:
    """Half a year later nothing is allowed any more, and the receipt is still found."""
    browser = Browser()
    browser.accept()
    later = Site.in_memory(POLICY, clock=lambda: (DAY + 183) * 86_400)
    later.keyring, later.store = browser.site.keyring, browser.site.store
    text = text_of(Browser(later, dict(browser.cookies)), "/bandeau/choices")
    assert code_of(browser) in text
    assert "rien de ce qui demande votre accord" in text


def test_the_fragment_is_this_reader_s_alone() -> None:
    """No cache keeps it; it speaks the language that it is asked in."""
    browser = Browser()
    browser.accept()
    answer = browser.get("/bandeau/last?lang=en")
    assert header(answer, "cache-control") == "private, no-store"
    assert header(answer, "vary") == "Cookie, Sec-GPC"
    assert "23 November 2026" in answer.body.decode()


def test_the_panel_is_the_same_for_everybody() -> None:
    """It only has the place for it."""
    browser = Browser()
    browser.accept()
    panel = browser.get("/bandeau/panel/fr.0.html").body.decode()
    (place,) = named(panel, "div", class_="bd-last")
    assert place.text == ""
    assert panel == Browser().get("/bandeau/panel/fr.0.html").body.decode()
