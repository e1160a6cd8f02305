"""A receipt is made to be shown: whoever holds one can neither follow its reader nor act in that name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bandeau.core.cookie import subject_of
from bandeau.site import Withdrawal
from tests.web.sites import PANEL, Browser


class Victim:
    """A reader who accepted, showed the receipt to somebody, and chose again."""

    def __init__(self) -> None:
        self.browser = Browser()
        self.withdrawn: list[Withdrawal] = []
        for purpose in ("advertising", "personalisation", "social", "audience"):
            self.browser.site.on_withdraw(purpose)(self.withdrawn.append)
        shown = json.loads(self.browser.post_json({**PANEL, "action": "accept"}).body)["code"]
        self.receipt: dict[str, Any] = json.loads(self.browser.get(f"/bandeau/receipt/{shown}.json").body)
        answers = {"audience": True, "social": True, "personalisation": True, "advertising": True}
        later = self.browser.post_json({**PANEL, "action": "save", "purposes": answers})
        self.code = json.loads(later.body)["code"]

    def impostor(self) -> Browser:
        """Return the browser of somebody who puts what the receipt says where a browser keeps its token."""
        other = Browser()
        other.site, other.endpoints = self.browser.site, self.browser.endpoints
        other.cookies["__Host-bdid"] = self.receipt["record"]["subject_id"]
        return other


@pytest.fixture
def victim() -> Victim:
    """That reader."""
    return Victim()


def test_reader_s_own_browser_leads_to_the_newest_choice(victim: Victim) -> None:
    """The control."""
    assert victim.code in victim.browser.get("/bandeau/choices").body.decode()


def test_holder_of_a_receipt_is_not_led_to_later_choices(victim: Victim) -> None:
    """Neither the settings page nor the panel's fragment names a receipt of that reader."""
    for path in ("/bandeau/choices", "/bandeau/last"):
        assert victim.code not in victim.impostor().get(path).body.decode()


def test_holder_of_a_receipt_chooses_for_nobody_else(victim: Victim) -> None:
    """A choice that is posted with it is of another subject."""
    victim.impostor().post_json({**PANEL, "action": "refuse"})
    site, subject = victim.browser.site, victim.receipt["record"]["subject_id"]
    assert [record.action for record in site.store.of_subject(subject)] == ["accept", "save"]
    assert victim.code in victim.browser.get("/bandeau/choices").body.decode()


def test_holder_of_a_receipt_has_no_profile_erased(victim: Victim) -> None:
    """A withdrawal that is posted with it names another subject."""
    victim.impostor().post_json({**PANEL, "action": "refuse"})
    assert victim.receipt["record"]["subject_id"] not in {each.subject_id for each in victim.withdrawn}


def test_no_page_or_file_of_a_receipt_holds_what_the_browser_keeps(victim: Victim) -> None:
    """Neither does the log: the token is in the cookie alone."""
    token, code = victim.browser.cookies["__Host-bdid"], victim.receipt["code"]
    assert victim.receipt["record"]["subject_id"] == subject_of(token)
    for kind in ("", ".json", ".jsonld", ".kantara.json"):
        assert token not in victim.browser.get(f"/bandeau/receipt/{code}{kind}").body.decode()
    for head in victim.browser.site.logs():
        assert not any(
            token in str(row) or token.encode() in row.body
            for row in victim.browser.site.store.rows(head.origin)
        )


def test_token_is_not_made_of_what_others_know() -> None:
    """Two sites make different ones of the same post, and so do two answers at one site."""
    post = {**PANEL, "action": "accept", "key": "4294967295-1-2-3"}
    tokens = set[str]()
    for browser, action in ((Browser(), "accept"), (Browser(), "accept"), (Browser(), "refuse")):
        browser.post_json({**post, "action": action})
        tokens.add(browser.cookies["__Host-bdid"])
    assert len(tokens) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)
