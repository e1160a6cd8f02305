"""Comments, the account page, `Pour vous` and the collector of readings: the private pages."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from articles.models import ArticlePage
from articles.related import best, newest
from readers.guard import LECTURES
from readers.models import Comment
from readers.profiles import interests, profile_of, remember

SECONDS_BETWEEN_COMMENTS = 15


class CommentForm(forms.ModelForm):
    """A comment as its author types it."""

    class Meta:
        model = Comment
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6, "maxlength": 2000})}

    def clean_text(self) -> str:
        """The text without space around it."""
        return str(self.cleaned_data["text"]).strip()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def comment(request: HttpRequest, article_id: int) -> HttpResponse:
    """Takes a comment.  On its own page, so that the article needs neither session nor CSRF token."""
    article = get_object_or_404(ArticlePage.objects.live(), pk=article_id)
    form = CommentForm(request.POST or None)
    if request.method == "POST" and article.takes_comments and form.is_valid():
        if not _too_fast(request):
            form.instance.article, form.instance.author = article, request.user
            added = form.save()
            return redirect(f"{article.url}#commentaire-{added.pk}")
        form.add_error(None, f"Un commentaire toutes les {SECONDS_BETWEEN_COMMENTS} secondes au plus.")
    refused = request.method == "POST"
    return render(
        request, "readers/comment.html", {"article": article, "form": form}, status=422 if refused else 200
    )


def _too_fast(request: HttpRequest) -> bool:
    since = timezone.now() - timedelta(seconds=SECONDS_BETWEEN_COMMENTS)
    return Comment.objects.filter(author=request.user, posted_at__gt=since).exists()


@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """What the newspaper knows of the reader, and the account menu."""
    mine = Comment.objects.none()
    if request.user.is_authenticated:
        mine = request.user.comments.select_related("article").order_by("-posted_at")
    allowed = LECTURES.allows()
    profile = profile_of(request) if allowed else None
    context = {"comments": mine, "profile": profile, "allowed": allowed}
    return render(request, "readers/account.html", context)


@never_cache
@require_GET
def for_you(request: HttpRequest) -> HttpResponse:
    """Articles chosen by the reading profile; without consent, simply the newest."""
    allowed = LECTURES.allows()
    profile = profile_of(request) if allowed else None
    liked = interests(profile) if profile else None
    if profile and liked:
        read = profile.readings.values_list("article_id", flat=True)
        articles = best(liked, 8, without=set(read))
    else:
        articles = newest(8)
    context = {"allowed": allowed, "articles": articles, "interests": liked.most_common(5) if liked else []}
    return render(request, "readers/for_you.html", context)


@never_cache
@csrf_exempt  # a forged call could only add an article to the list of articles read
@require_POST
def reading(request: HttpRequest, article_id: int) -> HttpResponse:
    """Notes that an article was opened.  Without consent nothing is read, created or set."""
    response = HttpResponse(status=204)
    if LECTURES.allows():
        article = ArticlePage.objects.live().filter(pk=article_id).first()
        if article:
            remember(request, response, article)
    return response
