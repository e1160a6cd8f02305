"""The words of buttons: what they do, in every official language of the European Union."""

from __future__ import annotations

import pytest

from bandeau.audit.collect.labels import languages, role_of, speaks_of_choice, version

#: Council Regulation No 1, article 1.
OFFICIAL = [
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "ga",
    "hr",
    "hu",
    "it",
    "lt",
    "lv",
    "mt",
    "nl",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "sv",
]
_SAID = {
    "bg": ("Приемам всички", "Отхвърляне на всички", "Настройки"),
    "cs": ("Přijmout vše", "Odmítnout vše", "Nastavení cookies"),
    "da": ("Tillad alle", "Kun nødvendige cookies", "Tilpas"),
    "de": ("Alle akzeptieren", "Alle ablehnen", "Einstellungen anpassen"),
    "el": ("Αποδοχή όλων", "Απόρριψη όλων", "Ρυθμίσεις cookies"),
    "en": ("Accept all & continue", "Reject all cookies", "Manage preferences"),
    "es": ("Aceptar todas las cookies", "Rechazar todas", "Configurar cookies"),
    "et": ("Nõustu kõigiga", "Keeldu kõigist", "Seaded"),
    "fi": ("Hyväksy kaikki", "Vain välttämättömät evästeet", "Muokkaa asetuksia"),
    "fr": ("Tout accepter", "Continuer sans accepter", "Paramétrer les cookies"),
    "ga": ("Glac leis na fianáin uile", "Diúltaigh do gach fianán", "Bainistigh fianáin"),
    "hr": ("Prihvati sve kolačiće", "Odbij sve", "Postavke kolačića"),
    "hu": ("Összes elfogadása", "Összes elutasítása", "Beállítások kezelése"),
    "it": ("Accetta tutti i cookie", "Rifiuta tutto", "Personalizza"),
    "lt": ("Sutinku su visais", "Atmesti visus", "Slapukų nustatymai"),
    "lv": ("Apstiprināt visas sīkdatnes", "Noraidīt visas", "Pārvaldīt sīkdatnes"),
    "mt": ("Aċċetta l-cookies kollha", "Irrifjuta kollha", "Immaniġġja l-cookies"),
    "nl": ("Alle cookies accepteren", "Alles weigeren", "Voorkeuren beheren"),
    "pl": ("Zaakceptuj wszystkie", "Odrzuć wszystkie", "Zarządzaj plikami cookies"),
    "pt": ("Aceitar todos os cookies", "Rejeitar todos", "Gerir cookies"),
    "ro": ("Acceptă toate", "Respinge toate", "Setări cookie"),
    "sk": ("Prijať všetky cookies", "Odmietnuť všetko", "Nastavenia cookies"),
    "sl": ("Sprejmi vse piškotke", "Zavrni vse", "Nastavitve piškotkov"),
    "sv": ("Godkänn alla kakor", "Endast nödvändiga cookies", "Cookieinställningar"),
}


def test_list_has_every_official_language_and_a_version() -> None:
    """And nothing but them."""
    assert [language.language for language in languages()] == OFFICIAL == list(_SAID)
    assert version() >= 1


@pytest.mark.parametrize("language", OFFICIAL)
def test_three_buttons_are_told_apart(language: str) -> None:
    """As panels in that language usually say it."""
    assert tuple(map(role_of, _SAID[language])) == ("accept", "refuse", "settings")


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Accept only necessary cookies", "refuse"),
        ("Accept selected", "save"),
        ("ACCEPT", "accept"),
        ("  J’accepte !  ", "accept"),
        ("Je n'accepte pas", "refuse"),
        ("Nur notwendige Cookies akzeptieren", "refuse"),
        ("OK", "accept"),
        ("No, thanks", "refuse"),
        ("✓ Tout accepter", "accept"),
    ],
)
def test_yes_inside_a_no_is_a_no(text: str, role: str) -> None:
    """Case, apostrophes and ornaments do not matter; the whole phrase does."""
    assert role_of(text) == role


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Cookies",
        "All",
        "Accept the general terms",
        "Subscribe to refuse",
        "Accepter et payer 2 €",
        "Newsletter",
        "Fermer",
        "Accept " * 40,
    ],
)
def test_what_the_list_does_not_know_is_nothing(text: str) -> None:
    """A wrong button pressed would be a false verdict; not knowing is only inconclusive."""
    assert role_of(text) is None


def test_no_phrase_means_two_things_in_its_language() -> None:
    """The order in which roles are looked for never decides between two entries of the list."""
    for language in languages():
        seen: set[tuple[str, ...]] = set()
        for role, phrases in language.phrases.items():
            assert () not in phrases, (language.language, role)
            assert not seen & phrases, (language.language, role, seen & phrases)
            seen |= phrases


def test_no_word_of_yes_in_one_language_is_a_no_in_another() -> None:
    """Panels do not say in which language they speak."""
    for one in languages():
        for other in languages():
            both = one.phrases["accept"] & (other.phrases["refuse"] | other.phrases["settings"])
            assert not both, (one.language, other.language, both)


@pytest.mark.parametrize(
    "text", ["Nous utilisons des cookies", "Ihre Einwilligung", "Respectăm confidențialitatea dumneavoastră"]
)
def test_text_about_the_choice_is_recognised(text: str) -> None:
    """A panel speaks of what it asks."""
    assert speaks_of_choice(text)
