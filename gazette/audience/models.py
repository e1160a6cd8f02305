"""How often each page was read each day: sums, nothing about persons."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F


class DailyCount(models.Model):
    """The number of views of one page on one day."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "lectures du jour"
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="one_count_per_page_and_day")]

    def __str__(self) -> str:
        return f"{self.page_id}, {self.day} : {self.views}"

    @classmethod
    def add(cls, page_id: int, day: date) -> None:
        """Adds one view; two at the same time are two."""
        cls.objects.get_or_create(page_id=page_id, day=day)
        cls.objects.filter(page_id=page_id, day=day).update(views=F("views") + 1)
