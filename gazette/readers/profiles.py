"""The life of a reading profile: created with consent, used for `Pour vous`, erased on withdrawal."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from articles.models import ArticlePage, ArticleTopic
from bandeau.site import Withdrawal
from bandeau.web.profiles import erasing
from readers.guard import LECTURES
from readers.models import Reading, ReadingProfile

COOKIE = "gz_lecture"
KEPT_DAYS = 90
MOST_READINGS = 200


def digest(text: str | None) -> str:
    """The form in which a key is stored; "" for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def profile_of(request: HttpRequest) -> ReadingProfile | None:
    """The profile that belongs to the browser's cookie, if it still exists."""
    key = digest(request.COOKIES.get(COOKIE))
    return ReadingProfile.objects.filter(key_digest=key).first() if key else None


def remember(request: HttpRequest, response: HttpResponse, article: ArticlePage) -> None:
    """Adds a reading to the browser's profile, and creates both cookie and profile when there is none.

    Raises ProfileRefused without the reader's consent.
    """
    visit = LECTURES.check()
    profile = profile_of(request) or _create(response)
    profile.subject_digest = digest(visit.subject_id if visit else None) or profile.subject_digest
    if request.user.is_authenticated:
        profile.account = request.user
    profile.save()
    Reading.objects.update_or_create(profile=profile, article=article)
    kept = profile.readings.order_by("-pk").values_list("pk", flat=True)[:MOST_READINGS]
    profile.readings.exclude(pk__in=list(kept)).delete()


def _create(response: HttpResponse) -> ReadingProfile:
    erase_outdated()  # here, so that the promise needs no timer beside the newspaper
    key = secrets.token_urlsafe(16)
    age = timedelta(days=KEPT_DAYS)
    response.set_cookie(COOKIE, key, max_age=age, httponly=True, samesite="Lax", secure=False)
    return ReadingProfile(key_digest=digest(key))


def interests(profile: ReadingProfile) -> Counter[str]:
    """How often each subject occurs in what was read."""
    read = profile.readings.values_list("article_id", flat=True)
    return Counter(ArticleTopic.objects.filter(content_object__in=read).values_list("tag__name", flat=True))


def erase_outdated() -> int:
    """Erases the profiles whose cookie has expired; the number of them."""
    limit = timezone.localdate() - timedelta(days=KEPT_DAYS)
    with erasing():
        return ReadingProfile.objects.filter(last_read_on__lt=limit).delete()[0]


def erase_on_withdrawal(withdrawal: Withdrawal) -> None:
    """Erases what the reader's consent allowed: the browser's profile and those of the same account.

    Raises when the database fails, so that Bandeau tries again; erasing twice does no harm.
    """
    key, subject = digest(withdrawal.cookies.get(COOKIE)), digest(withdrawal.subject_id)
    known = Q(key_digest=key) if key else Q(pk__in=[])
    if subject:
        known |= Q(subject_digest=subject)
    with erasing():
        found = ReadingProfile.objects.filter(known)
        accounts = [account for account in found.values_list("account", flat=True) if account]
        ReadingProfile.objects.filter(known | Q(account__in=accounts)).delete()
