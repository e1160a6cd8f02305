"""Which articles stand beside an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from articles.models import ArticlePage


def newest(count: int, articles: QuerySet[ArticlePage] | None = None) -> list[ArticlePage]:
    """The newest live articles, with all that a card shows in a fixed number of queries."""
    from articles.models import ArticlePage

    found = (ArticlePage.objects if articles is None else articles).live().order_by("-published_at", "-pk")
    return list(found.select_related("picture").prefetch_related("picture__renditions")[:count])


def related_to(article: ArticlePage, count: int) -> list[ArticlePage]:
    """The articles that share most subjects with one; never the article itself, the same for everybody."""
    subjects = set(article.topics.names())
    return best(dict.fromkeys(subjects, 1), count, without={article.pk})


def best(interests: Mapping[str, int], count: int, *, without: Collection[int] = ()) -> list[ArticlePage]:
    """The articles that match interests best; among equals the newest first."""
    from articles.models import ArticlePage, ArticleTopic

    scores: Counter[int] = Counter()
    tagged = ArticleTopic.objects.filter(tag__name__in=list(interests))
    for page, subject in tagged.values_list("content_object_id", "tag__name"):
        scores[page] += interests[subject]
    candidates = newest(60, ArticlePage.objects.exclude(pk__in=list(without)))
    return sorted(candidates, key=lambda candidate: -scores[candidate.pk])[:count]
