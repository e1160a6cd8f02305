"""EU-24: what a reader says while signed in holds for the account, on all its devices, yes and no alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bandeau.core.request import RequestHead
from bandeau.policyfile import load
from bandeau.site import Site, Withdrawal
from bandeau.testing import choice
from bandeau.web.pages.rendered import Rendered
from bandeau.web.profiles import guard
from tests.profiles.reader import URL, Browser, newspaper
from tests.profiles.site import ACCOUNT, site_in_memory

erased: list[Withdrawal] = []


@pytest.fixture
def site() -> Iterator[Site]:
    """A site whose profile follows accounts."""
    made = site_in_memory(ACCOUNT)
    made.identify(lambda head: head.first("x-account"))
    erased.clear()
    made.on_withdraw("reading", name="erase")(erased.append)
    yield made
    made.close()


def browser(site: Site, account: str = "") -> Browser:
    """Return a device."""

    def view(whose: str) -> object:
        return guard("readings", account=lambda: whose).allows().reason.value

    return Browser(newspaper(site, view), account=account)


def test_a_yes_is_of_the_account_and_of_the_device(site: Site) -> None:
    """Another device has to say yes itself; another account on the same device has said nothing."""
    first, second = browser(site, "42"), browser(site, "42")
    first.choose("accept")
    assert (first.read().text, second.read().text) == ("granted", "unset")
    second.choose("accept")
    assert second.read().text == "granted"
    second.account = "43"
    assert second.read().text == "unset"
    second.account = ""
    assert second.read().text == "unset"


def test_a_no_on_one_device_holds_on_all(site: Site) -> None:
    """And every profile of the account is to be erased, whichever device made it."""
    first, second = browser(site, "42"), browser(site, "42")
    for device in (first, second):
        device.choose("accept")
        assert device.read().text == "granted"
    second.choose("refuse")
    assert (first.read().text, second.read().text) == ("denied", "denied")
    assert [each.account for each in erased] == ["42"]
    first.choose("accept")
    assert (first.read().text, second.read().text) == ("granted", "denied")


def test_a_device_that_never_allowed_anything_can_refuse_for_the_account(site: Site) -> None:
    """Its own silence is no reason to leave the profile of another."""
    first, second = browser(site, "42"), browser(site, "42")
    first.choose("accept")
    second.choose("refuse")
    assert ([each.account for each in erased], first.read().text) == (["42"], "denied")


def test_a_choice_without_an_account_changes_no_account(site: Site) -> None:
    """Who is not signed in speaks for the browser alone."""
    first, shared = browser(site, "42"), browser(site)
    first.choose("accept")
    shared.choose("refuse")
    assert first.read().text == "granted"
    shared.choose("accept")
    shared.account = "42"
    assert shared.read().text == "granted"


def test_the_store_does_not_know_the_account(site: Site) -> None:
    """Its answers stand under a digest that another site would not make."""
    browser(site, "reader@example.org").choose("accept")
    assert site.account_answers("reader@example.org") == {"reading": True}
    assert site.store.owed(lambda outbox: outbox.answers(site.series, "reader@example.org")) == {}


def test_a_deleted_account_leaves_no_answer(site: Site) -> None:
    """Its devices keep their own."""
    device = browser(site, "42")
    device.choose("accept")
    site.forget_account("42")
    assert (site.account_answers("42"), device.read().text) == ({}, "unset")


def test_an_account_that_cannot_be_told_is_no_account(site: Site) -> None:
    """The choice is not recorded, for it would hold for less than was said; the refusal holds here."""
    device = browser(site, "42")
    device.choose("accept")

    def broken(head: RequestHead) -> str:
        raise OSError("the sessions are away")

    site.identify(broken)
    assert device.choose("refuse").status_code == 503
    assert device.read().text == "denied"
    assert site.account_answers("42") == {"reading": True}


def test_the_first_layer_says_for_whom_the_answer_holds() -> None:
    """Only where a profile follows accounts."""
    for policy, said in ((ACCOUNT, True), (ACCOUNT.replace('"account"', '"device"'), False)):
        first = Rendered(load(policy).policy).first("fr", origin=URL, shown_gpc=False)
        assert (b"vaut pour tous vos appareils" in first) is said


def test_in_a_test_an_account_is_taken_at_its_word(site: Site) -> None:
    """``with choice(…)`` has no store to ask."""
    with choice(site, allow=["reading"]):
        assert guard("readings", account=lambda: "42").allows()
        assert not guard("readings").allows()
