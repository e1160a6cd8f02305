"""The settings page: every option, its state, and a form that needs no JavaScript."""

from __future__ import annotations

import pytest

from bandeau.core.cookie import subject_of
from bandeau.core.policy import Purpose
from bandeau.site import Site
from tests.web.markup import elements, fields, named
from tests.web.sites import DAY, POLICY, PURPOSES, Browser, a_policy, header, two

SWITCHES = ("p.audience", "s.counts", "p.social", "p.personalisation", "s.newsletter", "p.advertising")


def page_of(browser: Browser, url: str = "/bandeau/choices") -> str:
    """Return the settings page as text."""
    return browser.get(url).body.decode()


def test_nothing_is_ticked_before_a_choice() -> None:
    """EU-06: what needs consent is off until the reader turns it on."""
    checked = [
        e.attributes["name"]
        for e in named(page_of(Browser()), "input", role="switch")
        if "checked" in e.attributes
    ]
    assert checked == ["s.counts", "s.newsletter"]


def test_each_option_is_a_named_native_switch_with_word_and_icon() -> None:
    """A11Y-01, A11Y-05: one checkbox with role switch per option, its two words and icons in the markup."""
    text = page_of(Browser())
    switches = named(text, "input", type="checkbox", role="switch")
    assert [each.attributes["name"] for each in switches] == list(SWITCHES)
    ids = {each.attributes["id"]: each.text for each in elements(text) if "id" in each.attributes}
    for switch in switches:
        label = " ".join(ids[part] for part in switch.attributes["aria-labelledby"].split())
        assert "Autorisé" in label
        assert "Refusé" in label
    assert text.count('class="bd-on"><svg') == text.count('class="bd-off"><svg') == len(switches)


def test_ids_are_unique() -> None:
    """No label points to two things."""
    found = [each.attributes["id"] for each in elements(page_of(Browser())) if "id" in each.attributes]
    assert len(found) == len(set(found))


def test_technical_cookies_are_locked_explained_and_listed() -> None:
    """No switch, the reason, and every name with its lifetime."""
    text = page_of(Browser())
    row = next(e for e in named(text, "fieldset") if e.attributes["data-bd-purpose"] == "necessary")
    for words in (
        "Indispensable",
        "ne peut pas fonctionner sans",
        "sessionid",
        "14 jours",
        "csrftoken",
        "__Host-bdid",
        "6 mois",
    ):
        assert words in row.text


def test_profiles_are_spoken_of_in_every_row() -> None:
    """The band says whether cookies, or cookies and profiles, are allowed; a sentence says which."""
    rows = {e.attributes["data-bd-purpose"]: e.text for e in named(page_of(Browser()), "fieldset")}
    assert "Ce site ne crée pas de profil." in rows["audience"]
    assert "; les partenaires peuvent en créer un de leur côté." in rows["social"]
    assert "Cookies et profils" in rows["advertising"]
    assert "crée votre profil de lecture" in rows["personalisation"]


def test_what_runs_without_consent_is_said_and_can_be_refused() -> None:
    """Exempt and objection are shown as such, each with a switch of its own."""
    browser = Browser()
    text = page_of(browser)
    assert "Sans votre accord, mais sauf refus de votre part : Compteur anonyme et Lettre." in text
    assert "Compteur anonyme ne demande pas d’accord" in text
    browser.post_form({**fields(text), "action": "save"})
    assert browser.allows("counts")
    sent = fields(page_of(browser))
    del sent["s.counts"], sent["s.newsletter"]
    browser.post_form({**sent, "action": "save"})
    assert (browser.allows("counts"), browser.allows("newsletter")) == (False, False)


def test_delegated_calls_are_called_delegated() -> None:
    """Open reach is said in plain words beside the switch, and in the table."""
    text = page_of(Browser())
    assert "que nous ne pouvons ni énumérer ni limiter" in text
    assert "par délégation" in text


def test_a_service_allowed_by_itself_is_named_in_the_band_of_its_refused_purpose() -> None:
    """The word of the band is the whole truth; it names the service only while its switch is on."""
    browser = Browser()
    own = {"shown": "", "shown_services": "youtube", "s.youtube": "on", "revision": "3", "source": "embed"}
    browser.post_form({**own, "language": "fr", "action": "save"})
    assert (browser.allows("youtube"), browser.allows("social")) == (True, False)
    text = page_of(browser)
    band = next(e for e in named(text, "span", class_="bd-band") if e.attributes["id"] == "bd-s-social")
    assert "Refusé, sauf YouTube" in band.text
    assert named(text, "div", class_="bd-sub bd-own")


def test_what_an_allowed_frame_loads_is_called_delegated() -> None:
    """The site's policy ends at the frame's edge."""
    assert "ce que ces services chargent dans leur cadre leur est délégué" in page_of(Browser())


def test_the_form_saves_what_it_shows() -> None:
    """The whole journey without JavaScript: open, tick two, save, come back, read what holds."""
    browser = Browser()
    opened = browser.get("/bandeau/choices", referer="https://gazette.example/articles/7")
    sent = {**fields(opened.body), "p.social": "on", "p.audience": "on", "action": "save"}
    assert sent["return"] == "/articles/7"
    answer = browser.post_form(sent)
    location = header(answer, "location")
    assert location.startswith("/bandeau/choices?saved=")
    back = page_of(browser, location)
    assert named(back, "p", class_="bd-status", role="status")[0].text.startswith("Choix enregistrés")
    assert "Autorisé en ce moment : Mesure d’audience et Réseaux sociaux." in back
    assert "23 novembre 2026" in back
    assert named(back, "a", href="/articles/7")
    ticked = {name for name in fields(back) if name.startswith("p.")}
    assert ticked == {"p.social", "p.audience"}


def test_saving_again_without_a_change_changes_nothing() -> None:
    """The form gives back exactly what it shows, services that follow their purpose included."""
    browser = Browser()
    browser.accept()
    before = browser.cookies["__Host-bd"].split(".")[3:7]
    browser.post_form({**fields(page_of(browser)), "action": "save"})
    assert browser.cookies["__Host-bd"].split(".")[3:7] == before


def test_everything_is_withdrawn_with_one_button() -> None:
    """EU-12: as easy as giving, and only there when there is something to withdraw."""
    browser = Browser()
    assert not named(page_of(browser), "button", value="withdraw")
    browser.accept()
    text = page_of(browser)
    assert named(text, "button", value="withdraw")
    browser.post_form({**fields(text), "action": "withdraw"})
    assert not browser.allows("advertising")
    assert browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))[-1].event == "withdrawn"


def test_the_three_buttons_are_alike() -> None:
    """EU-05: same element, same class, same level; saving stands first, for Enter."""
    buttons = named(page_of(Browser()), "button", name="action")
    assert [each.attributes["value"] for each in buttons] == ["save", "refuse", "accept"]
    assert len({tuple(set(each.attributes) - {"value"}) for each in buttons}) == 1


def test_gpc_is_said_in_words() -> None:
    """The row says who refused, and that the reader may decide otherwise."""
    assert page_of(Browser(gpc=True)).count("Refusé à la demande de votre navigateur (GPC)") == 2
    assert "GPC" not in page_of(Browser())


def test_the_page_is_private_and_strict() -> None:
    """No cache keeps it, no other site frames it, nothing of a third party loads in it."""
    answer = Browser().get("/bandeau/choices")
    assert header(answer, "cache-control") == "private, no-store"
    csp = header(answer, "content-security-policy")
    assert csp.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'self'" in csp
    assert "unsafe" not in csp
    assert header(answer, "x-content-type-options") == "nosniff"


@pytest.mark.parametrize(
    ("query", "language"),
    [("", "fr"), ("?lang=en", "en"), ("?lang=en-GB", "en"), ("?lang=de", "fr"), ("?lang=../x", "fr")],
)
def test_the_page_speaks_the_site_s_languages(query: str, language: str) -> None:
    """French unless the link says otherwise; what is not declared is not spoken."""
    text = page_of(Browser(), f"/bandeau/choices{query}")
    assert named(text, "html", lang=language)
    assert ("Your privacy choices" in text) is (language == "en")


def test_a_link_cannot_put_words_on_the_page() -> None:
    """Only this reader's own receipt is shown; nothing of the address is repeated (CVE-2026-44541)."""
    browser = Browser()
    browser.accept()
    other = Browser(browser.site)
    other.accept()
    (record,) = browser.site.store.of_subject(subject_of(other.cookies["__Host-bdid"]))
    from bandeau.ledger.receiptcode import receipt_code

    theirs = receipt_code(record.record_id)
    for value in ("<script>alert(1)</script>", "You%20have%20won", theirs):
        text = page_of(browser, f"/bandeau/choices?saved={value}&lang={value}")
        assert "won" not in text
        assert theirs not in text
        assert "alert" not in text


@pytest.mark.parametrize(
    "value", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/bandeau/choices"]
)
def test_the_way_back_stays_on_the_site(value: str) -> None:
    """And never leads to the settings page itself."""
    text = page_of(Browser(), f"/bandeau/choices?return={value}")
    assert fields(text)["return"] == "/"


def test_hostile_queries_are_harmless() -> None:
    """Thousands of fields, broken encodings, control characters: a page all the same."""
    for query in (
        "&".join("a=1" for _ in range(5000)),
        "lang=%ff%fe",
        "return=%00%0d%0a",
        "%",
        "saved=" + "x" * 9000,
    ):
        assert Browser().get(f"/bandeau/choices?{query}").status == 200


def test_a_purpose_without_words_of_a_language_is_still_named() -> None:
    """A missing translation falls back to the site's own language, never to nothing."""
    purpose = Purpose("extra", 9, {"fr": "Titre"}, {"fr": "Phrase."})
    site = Site.in_memory(a_policy(purposes=(*PURPOSES, purpose)), clock=lambda: DAY * 86_400)
    assert "Titre" in page_of(Browser(site), "/bandeau/choices?lang=en")


def test_a_purpose_of_exempt_services_alone_has_their_switches() -> None:
    """Consent decides nothing there: the reader objects to the service itself."""
    services = tuple(s for s in POLICY.services if s.id != "matomo")
    site = Site.in_memory(a_policy(services=services), clock=lambda: DAY * 86_400)
    browser = Browser(site)
    text = page_of(browser)
    assert not named(text, "input", name="p.audience")
    sent = fields(text)
    assert sent.pop("s.counts") == "on"
    browser.post_form({**sent, "action": "save"})
    assert not browser.allows("counts")


def test_a_purpose_of_exempt_services_without_a_switch_is_locked() -> None:
    """It says that no permission is needed, and why."""
    from dataclasses import replace

    services = tuple(replace(s, bit=None) for s in POLICY.services if s.id == "counts")
    purposes = (*PURPOSES[:2], Purpose("extra", 9, two("Titre", "Title")))
    site = Site.in_memory(a_policy(services=services, purposes=purposes), clock=lambda: DAY * 86_400)
    row = next(
        e for e in named(page_of(Browser(site)), "fieldset") if e.attributes["data-bd-purpose"] == "audience"
    )
    assert "Sans accord" in row.text
    assert "statistiques anonymes" in row.text
