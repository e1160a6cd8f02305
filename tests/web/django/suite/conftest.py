"""A small Django project around the policy of the small paper."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings

from bandeau.site import Site
from bandeau.testing import local_site
from tests.testing.apps import POLICY

HERE = Path(__file__).parent
FOLDER = Path(tempfile.mkdtemp(prefix="bandeau-django-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
POLICY_FILE = FOLDER / "bandeau.toml"
BANDEAU = "bandeau.web.django.middleware.BandeauMiddleware"
SESSION_SERVICE = """
[[services]]
id = "session"
title = "Session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [
  { name = "sessionid", max_age = "14 days", http_only = true },
  { name = "csrftoken", max_age = "1 year" },
  { name = "messages", max_age = "session", http_only = true },
]
"""
POLICY_FILE.write_text(POLICY + SESSION_SERVICE)


def open_site() -> Site:
    """Return the site of the project, in memory."""
    return local_site(POLICY_FILE, url="http://testserver")


settings.configure(
    SECRET_KEY="s" * 50,
    DEBUG=False,
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="tests.web.django.suite.paper",
    BANDEAU={"SITE": open_site},
    INSTALLED_APPS=[
        "bandeau.web.django",
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        BANDEAU,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE / "templates"],
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    STATIC_URL="/static/",
    STATIC_ROOT=str(FOLDER / "static"),
    STATICFILES_DIRS=[HERE / "static"],
    LANGUAGE_CODE="fr",
    USE_TZ=True,
)
django.setup()


@pytest.fixture
def client() -> Iterator[Any]:
    """A browser without JavaScript."""
    from django.test import Client

    return Client(raise_request_exception=True)
