"""The template tags: the reader's piece, the links, the tables; and names that nobody declared."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import TemplateSyntaxError, engines

from bandeau.testing import choice
from bandeau.web.decisions import answering
from bandeau.web.django import running


def rendered(text: str, **context: Any) -> str:
    """Return a template's text."""
    return str(engines["django"].from_string("{% load bandeau cache %}" + text).render(context))


SOCIAL = '{% purpose "ads" %}yes{% else %}no{% endpurpose %}'


def test_purpose_shows_one_of_two_pieces() -> None:
    """By the reader's choice; a variable names it too; without `else` a refusal shows nothing."""
    site = running.site()
    with choice(site, allow=["ads"]):
        assert rendered(SOCIAL) == "yes"
        assert rendered("{% purpose name %}yes{% endpurpose %}", name="ads") == "yes"
    with choice(site, refuse=["ads"]):
        assert rendered(SOCIAL) == "no"
        assert rendered("{% purpose name %}yes{% endpurpose %}", name="ads") == ""


def test_who_cannot_be_asked_has_allowed_nothing() -> None:
    """A template that is rendered for a mail."""
    assert rendered(SOCIAL + "{% bandeau %}{% bandeau_policy_table %}") == "no"


def test_links_and_tables_ask_nothing(client: Any) -> None:
    """Pages that hold them stay public; their own links replace those that would be added."""
    response = client.get("/template/?name=quiet")
    page = response.content.decode()
    assert response.headers["Cache-Control"] == "public, s-maxage=60"
    assert page.count('href="/bandeau/choices?lang=fr"') == 1
    assert "bd-foot" not in page
    for declared in ("Régie", "Acme SA", "_count", "13 mois"):
        assert declared in page


def test_links_speak_the_pages_language() -> None:
    """A site in two languages; one that is not spoken gets the site's own."""
    from django.utils.translation import override

    site = running.site()
    visit = choice(site).__enter__()
    with answering(visit, running.gateway()), override("de"):
        assert "Paramétrer vos choix" in rendered("{% bandeau %}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{% purpose "adds" %}{% endpurpose %}', "did you mean 'ads'"),
        ("{% purpose %}{% endpurpose %}", "takes one name"),
        ('{% cache 60 side %}{% purpose "ads" %}{% endpurpose %}{% endcache %}', "put {% cache %} inside"),
    ],
)
def test_mistake_is_told_when_the_template_is_read(text: str, words: str) -> None:
    """Not when the first reader comes to that piece."""
    running.site()
    with pytest.raises(TemplateSyntaxError, match=words):
        rendered(text)


def test_cache_may_stand_inside_a_purpose() -> None:
    """Then each piece is the same for all who get it."""
    assert rendered('{% purpose "ads" %}{% cache 60 a %}x{% endcache %}{% else %}no{% endpurpose %}') == "no"
