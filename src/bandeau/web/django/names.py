"""The purposes and services that a project's views and templates name, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.urls import get_resolver

from bandeau.web.decisions import Need, needs_of
from bandeau.web.django.settings import read_settings

_TAG = re.compile(r"{%-?\s*purpose\s+(?:\"([^\"%]*)\"|'([^'%]*)')\s*-?%}")
#: No template is longer; what is, is none.
_MOST_BYTES = 1_000_000


def needs_of_project() -> Iterator[Need]:
    """Yield what the views of the URL configuration need."""
    for view in _views(get_resolver().url_patterns):
        yield from needs_of(view)
        made_by = getattr(view, "view_class", None)
        for name in dir(made_by) if made_by is not None else ():
            yield from needs_of(getattr(made_by, name, None))


def needs_of_settings() -> Iterator[Need]:
    """Yield the purposes whose withdrawal the settings handle."""
    for name in read_settings().on_withdraw:
        yield Need(name, 'BANDEAU["ON_WITHDRAW"]')


def needs_of_templates() -> Iterator[Need]:
    """Yield what ``{% purpose "…" %}`` names in the templates that Django finds."""
    for folder in dict.fromkeys(_folders()):
        for path in sorted(folder.rglob("*.html")):
            yield from _needs_in(path)


def _needs_in(path: Path) -> Iterator[Need]:
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _MOST_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return
    for found in _TAG.finditer(text):
        yield Need(found[1] or found[2] or "", f"{path}:{text.count(chr(10), 0, found.start()) + 1}")


def _views(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback


def _folders() -> Iterator[Path]:
    for backend in engines.all():
        if isinstance(backend, DjangoTemplates):
            for loader in _loaders(backend.engine.template_loaders):
                yield from map(Path, loader.get_dirs() if hasattr(loader, "get_dirs") else ())


def _loaders(loaders: Iterable[Any]) -> Iterator[Any]:
    for loader in loaders:
        yield loader
        yield from _loaders(getattr(loader, "loaders", ()))  # the cached loader holds others
