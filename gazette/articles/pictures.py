"""Pictures that cannot be kept without their credit."""

from __future__ import annotations

from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition


class Picture(AbstractImage):
    """A picture of the newspaper.  Credit (who made it) and source (who supplied it) are two things."""

    credit = models.CharField("crédit", max_length=200, help_text="Qui a fait l’image : nom affiché partout.")
    source = models.CharField("source", max_length=200, help_text="Qui a fourni l’image.")

    admin_form_fields = ("title", "file", "description", "credit", "source", "collection", "tags")

    class Meta(AbstractImage.Meta):
        verbose_name = "photo"
        permissions = [("choose_image", "Can choose image")]

    @property
    def credit_line(self) -> str:
        """Credit and source as they are printed, once when they are the same."""
        return self.credit if self.source in ("", self.credit) else f"{self.credit} / {self.source}"


class PictureRendition(AbstractRendition):
    """A size of a picture."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
