"""The newspaper's public pages are complete, the same for everybody and free of cookies."""

from __future__ import annotations

from typing import Any

import pytest

PUBLIC = ("/", "/environnement/", "/confidentialite/", "/mentions-legales/")


def article(slug: str = "l-orle-coule-de-nouveau-sans-barrage") -> Any:
    """A demonstration article."""
    from articles.models import ArticlePage

    return ArticlePage.objects.get(slug=slug)


def text_of(client: Any, path: str) -> str:
    """A page's markup."""
    response = client.get(path)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_shared_and_sets_no_cookie(client: Any, path: str) -> None:
    """Caches may keep it; neither session nor CSRF token is touched."""
    response = client.get(path)
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert "Vary" not in response.headers
    assert not response.cookies


def test_an_article_is_shared_and_sets_no_cookie(client: Any) -> None:
    """The comment form is on another page, so the article needs no token."""
    response = client.get(article().url)
    assert response.headers["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert not response.cookies
    assert "csrf" not in response.content.decode()


def test_an_article_is_private_for_a_reader_with_a_session(client: Any) -> None:
    """The bytes are the same, but no shared cache keeps the answer."""
    client.cookies["sessionid"] = "a" * 32
    response = client.get(article().url)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Vary" not in response.headers


def test_an_article_has_everything_a_reader_expects(client: Any) -> None:
    """Headline, standfirst, caption, credit, source, signatures, read-also and neighbours are there."""
    page = article()
    markup = text_of(client, page.url)
    for expected in (
        page.title,
        page.standfirst,
        page.caption,
        "Atelier graphique / La Gazette",
        "Claire Aubry",
    ):
        assert expected in markup
    assert "Lire aussi" in markup
    assert "Sur le même sujet" in markup


def test_every_picture_carries_its_credit(client: Any) -> None:
    """On the front page each picture is followed by a credit."""
    markup = text_of(client, "/")
    assert markup.count('<p class="credit">Atelier graphique / La Gazette</p>') == markup.count(
        'src="/media/'
    )


def test_a_picture_without_credit_cannot_be_kept(newspaper: None) -> None:
    """Credit and source are required."""
    from django.core.exceptions import ValidationError

    from articles.models import Picture

    with pytest.raises(ValidationError) as caught:
        Picture(title="x").full_clean(exclude=["file", "width", "height"])
    assert {"credit", "source"} <= set(caught.value.message_dict)


def test_comments_come_with_the_note_that_they_bind_their_authors_only(client: Any) -> None:
    """The note stands above the comments, and the form is one link away."""
    page = article()
    markup = text_of(client, page.url)
    assert "Les commentaires n’engagent que leurs auteurs." in markup
    assert f'href="/commenter/{page.pk}/"' in markup


def test_a_closed_article_shows_comments_and_takes_none(client: Any) -> None:
    """Closed is not hidden."""
    markup = text_of(client, article("le-dernier-gardien-raconte-le-phare").url)
    assert "Les commentaires de cet article sont fermés." in markup
    assert "Odile_du_Pont" in markup


def test_the_choice_and_the_privacy_policy_are_one_click_away_on_every_page(client: Any) -> None:
    """Both links are in the footer of public and private pages."""
    for path in (*PUBLIC, article().url, "/pour-vous/", "/compte/", "/compte/login/", "/nothing/"):
        markup = client.get(path).content.decode()
        assert 'href="/bandeau/choices"' in markup, path
        assert 'href="/confidentialite/"' in markup, path


def test_the_vendors_snippets_point_at_the_stand_in(client: Any, third_parties: Any) -> None:
    """Every vendor of the demonstration is on the article, at a host of its own."""
    markup = text_of(client, article().url)
    for vendor in ("ga4", "gtm", "facebook", "matomo", "prebid", "adserver", "youtube", "x"):
        assert f"http://{vendor}.localhost:{third_parties.port}/" in markup
    assert "www.googletagmanager.com" not in markup


def test_the_account_pages_carry_no_third_party_tag(client: Any) -> None:
    """Where a password is typed nobody else is invited."""
    for path in ("/compte/", "/compte/login/", "/compte/signup/", "/confidentialite/"):
        assert ".localhost:" not in text_of(client, path)


def test_the_house_advertisement_stands_in_the_slot(client: Any) -> None:
    """Without the vendor's script the slot shows the newspaper's own advertisement."""
    markup = text_of(client, "/")
    assert markup.index('data-ad-slot="une"') < markup.index('class="house"')


def test_every_declared_collector_and_cookie_is_the_newspapers_own(policy: Any) -> None:
    """The policy names the paths that the pages' script calls, and the profile's cookie."""
    from readers.profiles import COOKIE

    assert str(policy.service("mesure").hosts[0]) == "127.0.0.1:8000/mesure/*"
    assert str(policy.service("lecture").hosts[0]) == "127.0.0.1:8000/lecture/*"
    assert [tracker.name for tracker in policy.service("lecture").trackers] == [COOKIE]


def test_pictures_and_static_files_are_served(client: Any) -> None:
    """The newspaper's own process serves them, and nothing outside their folder."""
    picture = article().picture.get_rendition("fill-480x300")
    assert client.get(picture.url).headers["Content-Type"] == "image/jpeg"
    assert client.get("/static/gazette/gazette.css").status_code == 200
    assert client.get("/media/../gazette.db").status_code == 404
    assert client.get("/media/%2e%2e/gazette.db").status_code == 404


def test_the_editors_interface_opens(client: Any) -> None:
    """Wagtail's login is there, and an editor gets in."""
    from django.contrib.auth import get_user_model

    assert client.get("/redaction/login/").status_code == 200
    editor = get_user_model().objects.create_superuser("editrice")
    client.force_login(editor, "django.contrib.auth.backends.ModelBackend")
    assert client.get("/redaction/").status_code == 200
    assert client.get(f"/redaction/pages/{article().pk}/edit/").status_code == 200
    assert client.get("/redaction/snippets/readers/comment/").status_code == 200


@pytest.mark.parametrize(("path", "most"), [("/", 8), ("/environnement/", 9), ("article", 20)])
def test_a_page_costs_a_fixed_number_of_queries(client: Any, path: str, most: int) -> None:
    """No query per card, per comment or per picture."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = article().url if path == "article" else path
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= most, "\n".join(query["sql"][:160] for query in queries)


def test_bandeaus_checks_have_nothing_to_say(seeded: Any) -> None:
    """Settings, order of the middleware, policy and names."""
    from django.core.checks import run_checks

    assert run_checks(tags=["bandeau"]) == []


def test_seeding_again_changes_nothing(newspaper: None) -> None:
    """`plant` leaves an existing newspaper alone."""
    from articles.models import ArticlePage, Picture
    from articles.seed.plant import plant

    before = ArticlePage.objects.count(), Picture.objects.count()
    assert plant() is False
    assert (ArticlePage.objects.count(), Picture.objects.count()) == before
    assert before[0] >= 12


def test_without_bandeau_no_page_offers_a_choice_that_nobody_keeps(client: Any, settings_off: None) -> None:
    """The link would be a 404."""
    for path in (*PUBLIC, "/pour-vous/", "/compte/login/"):
        assert "/bandeau/" not in client.get(path).content.decode(), path
