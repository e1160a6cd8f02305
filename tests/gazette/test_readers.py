"""Reading profiles exist only with consent; comments need an account; counts need the collector."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from bandeau.errors import ProfileRefused
from bandeau.site import Withdrawal
from bandeau.web.decisions import answering

from .conftest import MakeVisit


def articles(count: int) -> list[Any]:
    """Some articles, newest first."""
    from articles.related import newest

    return newest(count)


def read(client: Any, article: Any, visit: Any = None) -> Any:
    """Opens an article as the page's script tells it."""
    extra = {} if visit is None else {"bandeau": visit}
    return client.post(f"/lecture/{article.pk}/", **extra)


def profiles() -> int:
    """How many reading profiles there are."""
    from readers.models import ReadingProfile

    return int(ReadingProfile._base_manager.count())


@pytest.fixture
def reader(newspaper: None) -> Any:
    """A reader with an account."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_user("lectrice", password="une-longue-phrase")


def log_in(client: Any, reader: Any) -> None:
    """Opens a session."""
    client.force_login(reader, "django.contrib.auth.backends.ModelBackend")


def test_without_bandeau_no_profile_is_created(client: Any) -> None:
    """Silence of the middleware is a refusal."""
    response = read(client, articles(1)[0])
    assert (response.status_code, profiles(), dict(response.cookies)) == (204, 0, {})


@pytest.mark.parametrize("answered", [True, False])
def test_without_consent_no_profile_is_created(client: Any, visit: MakeVisit, answered: bool) -> None:
    """Neither a refusal nor no choice leaves a row or a cookie, whatever else is allowed."""
    granted = ("audience", "social", "ads") if answered else ()
    response = read(client, articles(1)[0], visit(*granted, answered=answered))
    assert (response.status_code, profiles(), dict(response.cookies)) == (204, 0, {})


def test_with_consent_a_profile_remembers_readings(client: Any, visit: MakeVisit) -> None:
    """One profile per browser, one row per article, one declared cookie that only the server reads."""
    from readers.models import Reading

    first, second = articles(2)
    cookie = read(client, first, visit("personalisation")).cookies["gz_lecture"]
    read(client, second, visit("personalisation"))
    read(client, second, visit("personalisation"))
    assert (profiles(), Reading._base_manager.count()) == (1, 2)
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (90 * 86400, True, "Lax")


def test_the_table_does_not_hold_the_cookies_key(client: Any, visit: MakeVisit) -> None:
    """Who reads the database cannot recognise a browser."""
    from readers.models import ReadingProfile

    key = read(client, articles(1)[0], visit("personalisation")).cookies["gz_lecture"].value
    assert key not in str(ReadingProfile._base_manager.values_list())


def test_a_withdrawal_erases_the_profile(client: Any, visit: MakeVisit) -> None:
    """The handler finds it by the cookie that the browser sent with its refusal."""
    from readers.profiles import erase_on_withdrawal

    key = read(client, articles(1)[0], visit("personalisation")).cookies["gz_lecture"].value
    erase_on_withdrawal(Withdrawal("personalisation", None, {"gz_lecture": key}))
    assert profiles() == 0


def test_a_withdrawal_erases_by_the_pseudonym_of_the_choice_too(client: Any, visit: MakeVisit) -> None:
    """A browser that lost its cookie can still withdraw."""
    from readers.profiles import erase_on_withdrawal

    read(client, articles(1)[0], visit("personalisation"))
    erase_on_withdrawal(Withdrawal("personalisation", "s" * 22, {}))
    assert profiles() == 0


def test_a_withdrawal_erases_the_accounts_other_profiles(client: Any, visit: MakeVisit, reader: Any) -> None:
    """What the same account read elsewhere goes with it; other readers' profiles stay."""
    from django.test import Client

    from readers.models import ReadingProfile
    from readers.profiles import digest, erase_on_withdrawal

    log_in(client, reader)
    key = read(client, articles(1)[0], visit("personalisation")).cookies["gz_lecture"].value
    ReadingProfile._base_manager.bulk_create([ReadingProfile(key_digest=digest("elsewhere"), account=reader)])
    other = read(Client(), articles(1)[0], visit("personalisation")).cookies["gz_lecture"].value
    ReadingProfile._base_manager.filter(key_digest=digest(other)).update(subject_digest="")
    erase_on_withdrawal(Withdrawal("personalisation", None, {"gz_lecture": key}))
    assert list(ReadingProfile._base_manager.values_list("key_digest", flat=True)) == [digest(other)]


def test_a_withdrawal_that_names_nobody_erases_nothing(client: Any, visit: MakeVisit) -> None:
    """Empty values are no key."""
    from readers.profiles import erase_on_withdrawal

    read(client, articles(1)[0], visit("personalisation"))
    erase_on_withdrawal(Withdrawal("personalisation", None, {"gz_lecture": ""}))
    erase_on_withdrawal(Withdrawal("personalisation", None, {}))
    assert profiles() == 1


def test_code_that_does_not_ask_makes_no_profile(client: Any, visit: MakeVisit, reader: Any) -> None:
    """The models themselves refuse, to read and to write, directly and from the account; consent opens them."""
    from readers.models import Reading, ReadingProfile

    def tries() -> list[Any]:
        return [
            ReadingProfile.objects.count,
            ReadingProfile(key_digest="accident").save,
            lambda: ReadingProfile.objects.create(key_digest="accident"),
            lambda: ReadingProfile.objects.bulk_create([ReadingProfile(key_digest="accident")]),
            lambda: reader.reading_profiles.exists(),
            Reading.objects.first,
        ]

    for refused in (nullcontext(), answering(visit()), answering(visit(answered=False))):
        with refused:
            for attempt in tries():
                with pytest.raises(ProfileRefused):
                    attempt()
    assert profiles() == 0
    with answering(visit("personalisation")):
        assert ReadingProfile.objects.create(key_digest="asked") == ReadingProfile.objects.get()


def test_an_account_is_deleted_with_its_profiles(client: Any, visit: MakeVisit, reader: Any) -> None:
    """Deleting needs nobody's consent."""
    log_in(client, reader)
    read(client, articles(1)[0], visit("personalisation"))
    assert profiles() == 1
    reader.delete()
    assert profiles() == 0


def test_for_you_shows_what_resembles_the_readings(client: Any, visit: MakeVisit) -> None:
    """The page names the interests it used and leaves out what was read; it is private."""
    from articles.models import ArticlePage

    article = ArticlePage.objects.get(slug="une-nuit-avec-les-guetteurs-d-etoiles")
    read(client, article, visit("personalisation"))
    response = client.get("/pour-vous/", bandeau=visit("personalisation"))
    shown = response.context["articles"]
    assert article not in shown
    assert "recherche" in shown[0].topics.names()
    assert "Choisi d’après vos lectures" in response.content.decode()
    assert "private" in response.headers["Cache-Control"]


def test_for_you_without_consent_is_the_same_for_everybody(client: Any, visit: MakeVisit) -> None:
    """A profile's cookie without consent changes nothing."""
    read(client, articles(1)[0], visit("personalisation"))
    response = client.get("/pour-vous/", bandeau=visit())
    assert response.context["articles"] == articles(8)
    assert "Vous n’autorisez pas la personnalisation" in response.content.decode()


def test_outdated_profiles_are_erased(client: Any, visit: MakeVisit) -> None:
    """Ninety days after the last reading nothing is left."""
    from datetime import timedelta

    from django.test import Client
    from django.utils import timezone

    from readers.models import ReadingProfile
    from readers.profiles import erase_outdated

    read(client, articles(1)[0], visit("personalisation"))
    assert erase_outdated() == 0
    ReadingProfile._base_manager.update(last_read_on=timezone.localdate() - timedelta(days=91))
    outdated = ReadingProfile._base_manager.get().pk
    read(Client(), articles(1)[0], visit("personalisation"))
    assert profiles() == 1
    assert not ReadingProfile._base_manager.filter(pk=outdated).exists()


def test_only_a_collector_with_consent_counts(client: Any, visit: MakeVisit) -> None:
    """Rendering a page counts nothing; the script's call and the picture count one each."""
    from audience.models import DailyCount

    page = articles(1)[0]
    client.get(page.url, bandeau=visit("audience"))
    client.post(f"/mesure/{page.pk}/")
    client.post(f"/mesure/{page.pk}/", bandeau=visit("ads", "personalisation"))
    assert DailyCount.objects.count() == 0
    client.post(f"/mesure/{page.pk}/", bandeau=visit("audience"))
    client.get(f"/mesure/{page.pk}.gif", bandeau=visit("audience"))
    assert list(DailyCount.objects.values_list("page_id", "views")) == [(page.pk, 2)]


def test_counts_hold_nothing_about_a_person(newspaper: None) -> None:
    """A page, a day and a sum: that is the whole table."""
    from audience.models import DailyCount

    assert {field.name for field in DailyCount._meta.get_fields()} == {"id", "page", "day", "views"}


def test_an_unknown_page_is_not_counted(client: Any, visit: MakeVisit) -> None:
    """A made-up number leaves no row."""
    from audience.models import DailyCount

    assert client.post("/mesure/999999/", bandeau=visit("audience")).status_code == 204
    assert DailyCount.objects.count() == 0


def test_a_comment_needs_an_account(client: Any) -> None:
    """Without a session the form leads to the login."""
    response = client.get(f"/commenter/{articles(1)[0].pk}/")
    assert response.headers["Location"].startswith("/compte/login/?next=")


def test_a_comment_is_published_once_and_not_too_fast(client: Any, reader: Any) -> None:
    """It appears under the article with its author's name; a second one has to wait."""
    article = articles(1)[0]
    log_in(client, reader)
    response = client.post(f"/commenter/{article.pk}/", {"text": "  Bravo <b>!</b>  "})
    assert response.status_code == 302
    markup = client.get(article.url).content.decode()
    assert "Bravo &lt;b&gt;!&lt;/b&gt;" in markup
    assert client.post(f"/commenter/{article.pk}/", {"text": "Encore"}).status_code == 422


def test_a_comment_without_a_csrf_token_is_refused(newspaper: None, reader: Any) -> None:
    """The form is protected although the article is cookie-free."""
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    log_in(client, reader)
    assert client.post(f"/commenter/{articles(1)[0].pk}/", {"text": "Bravo"}).status_code == 403


def test_a_hidden_comment_is_no_longer_shown(client: Any, reader: Any) -> None:
    """The desk hides; nothing is deleted."""
    from readers.models import Comment

    article = articles(1)[0]
    comment = Comment.objects.create(article=article, author=reader, text="à masquer")
    assert "à masquer" in client.get(article.url).content.decode()
    Comment.objects.filter(pk=comment.pk).update(hidden=True)
    assert "à masquer" not in client.get(article.url).content.decode()


def test_a_closed_article_refuses_a_comment(client: Any, reader: Any) -> None:
    """A form that was left open in another tab adds nothing."""
    from articles.models import ArticlePage

    article = ArticlePage.objects.get(slug="le-dernier-gardien-raconte-le-phare")
    log_in(client, reader)
    before = article.comments.count()
    assert client.post(f"/commenter/{article.pk}/", {"text": "Encore un mot"}).status_code == 422
    assert article.comments.count() == before


def test_a_reader_can_sign_up_and_in(client: Any) -> None:
    """A name and a password are enough; no mail is needed."""
    secret = "une-phrase-assez-longue"
    fields = {"username": "nouveau", "password1": secret, "password2": secret}
    assert client.post("/compte/signup/", fields).status_code == 302
    assert "nouveau" in client.get("/compte/").content.decode()
