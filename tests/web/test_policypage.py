"""The tables: everything that is declared, in words, for everybody alike."""

from __future__ import annotations

from tests.web.markup import elements, named
from tests.web.sites import POLICY, Browser, header


def test_every_tracker_is_listed_with_its_lifetime_and_who_reads_it() -> None:
    """EU-11: each name, how long, and whether a third party has access."""
    rows = [e.text.split("\n")[0] for e in named(Browser().get("/bandeau/policy").body, "tr")]
    text = " | ".join(" ".join(row.split()) for row in rows)
    for service in POLICY.services:
        for tracker in service.trackers:
            assert tracker.name in text
    for words in ("13 mois", "30 minutes", "90 jours", "6 mois", "jusqu’à effacement", "oui, Meta Platforms"):
        assert words in text


def test_every_vendor_is_listed_with_its_country_and_policy() -> None:
    """EU-10: who they are, where, and which of them are in third countries (GDPR chapter V)."""
    text = Browser().get("/bandeau/policy").body.decode()
    for vendor in POLICY.vendors:
        assert named(text, "a", href=vendor.policy_url)
    vendors = {e.text.split(",")[0]: e.text for e in elements(text) if e.tag == "li"}
    assert "hors de l’Espace économique européen" in vendors["Meta Platforms"]
    assert "hors de" not in vendors["Plaza"]


def test_the_basis_of_each_service_is_said() -> None:
    """Consent, exempt with its reason, objection, indispensable; delegated calls are called so."""
    text = Browser().get("/bandeau/policy").body.decode()
    for words in (
        "votre accord",
        "exempté d’accord : il ne produit",
        "sauf opposition",
        "indispensable",
        "délégués : non limités",
        "délégués à l’intérieur de son cadre",
    ):
        assert words in text


def test_our_own_two_cookies_are_declared() -> None:
    """The choice is a deposit too."""
    text = Browser().get("/bandeau/policy").body.decode()
    assert "__Host-bd" in text
    assert "__Host-bdid" in text
    assert "est gardé 6 mois" in text
    assert "182" not in text


def test_rights_authority_and_the_way_home_are_there() -> None:
    """Who reads what is stored also reads what to do about it."""
    french, english = (Browser().get(f"/bandeau/policy?lang={lang}").body for lang in ("fr", "en"))
    assert named(french, "a", href="/")[0].text == "Revenir à La Gazette"
    assert named(french, "a", href="https://www.cnil.fr/fr/plaintes")
    assert "complain to your data protection authority" in english.decode()


def test_the_page_is_the_same_for_everybody() -> None:
    """So a cache may keep it; it sets nothing."""
    accepted = Browser()
    accepted.accept()
    answer = accepted.get("/bandeau/policy?lang=en")
    assert answer == Browser(gpc=True).get("/bandeau/policy?lang=en")
    assert header(answer, "cache-control") == "public, max-age=300"
    assert "Privacy policy" in answer.body.decode()


def test_the_contact_and_the_site_s_own_policy_are_linked() -> None:
    """An address as mailto, a path as a path."""
    text = Browser().get("/bandeau/policy").body
    assert named(text, "a", href="mailto:dpo@gazette.example")
    assert named(text, "a", href="/confidentialite")
