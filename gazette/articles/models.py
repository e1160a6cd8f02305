"""Front page, sections, articles and their authors."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page
from wagtail.snippets.models import register_snippet

from articles.blocks import BodyBlock
from articles.pictures import Picture, PictureRendition
from articles.related import newest, related_to
from newspaper.shared import mark_shared

__all__ = [
    "ArticleAuthor",
    "ArticlePage",
    "ArticleTopic",
    "Author",
    "FrontPage",
    "Picture",
    "PictureRendition",
    "SectionPage",
]


class SharedPage(Page):
    """A page whose bytes are the same for every reader, so that caches may share it."""

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, marked for shared caches when its reader has no session."""
        return mark_shared(request, super().serve(request, *args, **kwargs))

    class Meta:
        abstract = True


@register_snippet
class Author(models.Model):
    """A person who signs."""

    name = models.CharField("nom", max_length=120)
    beat = models.CharField("rubrique", max_length=160, blank=True)

    class Meta:
        verbose_name = "auteur"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FrontPage(SharedPage):
    """The front page: the newest articles, the first one large."""

    max_count = 1
    subpage_types = ["articles.SectionPage"]
    template = "articles/front_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds the articles, newest first."""
        articles = newest(19)
        parts = {"lead": articles[:1], "second": articles[1:4], "rest": articles[4:]}
        return {**super().get_context(request, *args, **kwargs), **parts}

    class Meta:
        verbose_name = "une"


class SectionPage(SharedPage):
    """A section of the newspaper."""

    summary = models.CharField("présentation", max_length=240, blank=True)

    parent_page_types = ["articles.FrontPage"]
    subpage_types = ["articles.ArticlePage"]
    content_panels = [*Page.content_panels, FieldPanel("summary")]
    template = "articles/section_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds the section's articles, newest first."""
        return {
            **super().get_context(request, *args, **kwargs),
            "articles": newest(40, ArticlePage.objects.child_of(self)),
        }

    class Meta:
        verbose_name = "rubrique"


class ArticleTopic(TaggedItemBase):
    """What an article is about."""

    content_object = ParentalKey(
        "articles.ArticlePage", related_name="tagged_items", on_delete=models.CASCADE
    )


class Comments(models.TextChoices):
    """Whether readers may comment."""

    OPEN = "open", "ouverts"
    LOCKED = "locked", "fermés, visibles"
    NONE = "none", "aucun"


class ArticlePage(SharedPage):
    """An article."""

    kicker = models.CharField("surtitre", max_length=80, blank=True)
    standfirst = models.TextField("chapô", max_length=600)
    published_at = models.DateTimeField("publié le", default=timezone.now)
    corrected_at = models.DateTimeField("mis à jour le", null=True, blank=True)
    picture = models.ForeignKey(
        Picture, verbose_name="photo", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    caption = models.CharField("légende", max_length=400, blank=True)
    body = StreamField(BodyBlock(), blank=True)
    topics = ClusterTaggableManager(through=ArticleTopic, blank=True, verbose_name="sujets")
    comments_mode = models.CharField("commentaires", max_length=8, choices=Comments, default=Comments.OPEN)

    parent_page_types = ["articles.SectionPage"]
    subpage_types: list[str] = []
    template = "articles/article_page.html"
    content_panels = [
        MultiFieldPanel(
            [FieldPanel("kicker"), *Page.content_panels, FieldPanel("standfirst")], heading="titraille"
        ),
        InlinePanel("signatures", label="signature"),
        MultiFieldPanel([FieldPanel("picture"), FieldPanel("caption")], heading="photo d’ouverture"),
        FieldPanel("body"),
        FieldPanel("topics"),
        MultiFieldPanel([FieldPanel("published_at"), FieldPanel("corrected_at")], heading="dates"),
        FieldPanel("comments_mode"),
    ]

    class Meta:
        verbose_name = "article"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds what is the same for every reader: neighbours in subject and the visible comments."""
        comments = self.comments.filter(hidden=False).select_related("author")
        return {
            **super().get_context(request, *args, **kwargs),
            "section": self.get_parent(),
            "related": related_to(self, 3),
            "comments": [] if self.comments_mode == Comments.NONE else comments,
            "address": request.build_absolute_uri(request.path),
        }

    @property
    def takes_comments(self) -> bool:
        """Whether a reader may add a comment now."""
        return self.live and self.comments_mode == Comments.OPEN


class ArticleAuthor(Orderable):
    """A signature under an article, with the part its author had in it."""

    class Role(models.TextChoices):
        TEXT = "texte", "texte"
        PHOTO = "photo", "photo"
        TRANSLATION = "traduction", "traduction"

    article = ParentalKey(ArticlePage, related_name="signatures", on_delete=models.CASCADE)
    author = models.ForeignKey(
        Author, verbose_name="auteur", on_delete=models.PROTECT, related_name="signatures"
    )
    role = models.CharField("part", max_length=12, choices=Role, default=Role.TEXT)

    panels = [FieldPanel("author"), FieldPanel("role")]
