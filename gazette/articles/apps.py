"""The articles."""

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    """Articles, sections, pictures."""

    name = "articles"
    verbose_name = "Articles"
