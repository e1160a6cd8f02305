"""Comments, and reading profiles that exist only with consent."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from articles.models import ArticlePage
from bandeau.web.django.profiles import ProfileManager, ProfileModel
from readers.guard import LECTURES


class Comment(models.Model):
    """What a reader wrote under an article.  It binds its author only."""

    article = models.ForeignKey(ArticlePage, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField("commentaire", max_length=2000)
    posted_at = models.DateTimeField("publié le", auto_now_add=True)
    hidden = models.BooleanField(
        "masqué", default=False, help_text="Un commentaire masqué n’est plus affiché."
    )

    class Meta:
        verbose_name = "commentaire"
        ordering = ["posted_at", "pk"]

    def __str__(self) -> str:
        return f"{self.author} : {self.text[:60]}"


class ReadingProfile(ProfileModel):
    """What one reader read, created only while personalisation is allowed.

    The cookie's key and the pseudonym of the choice are kept as digests: the table alone recognises nobody.
    """

    key_digest = models.CharField(max_length=64, unique=True)
    subject_digest = models.CharField(max_length=64, blank=True, db_index=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reading_profiles",
    )
    created_on = models.DateField(auto_now_add=True)
    last_read_on = models.DateField(auto_now=True)
    objects = ProfileManager(LECTURES)

    class Meta:
        verbose_name = "profil de lecture"

    def __str__(self) -> str:
        return f"profil {self.pk}"


class Reading(ProfileModel):
    """One article that a profile's reader opened."""

    profile = models.ForeignKey(ReadingProfile, on_delete=models.CASCADE, related_name="readings")
    article = models.ForeignKey(ArticlePage, on_delete=models.CASCADE, related_name="+")
    read_on = models.DateField(auto_now=True)
    objects = ProfileManager(LECTURES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "article"], name="one_reading_per_article")]

    def __str__(self) -> str:
        return f"{self.profile} : {self.article}"
