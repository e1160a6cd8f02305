"""Beside what Django sites have: compression, WhiteNoise, policies of their own, allauth, conditional GET."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from .conftest import BANDEAU
from .paper import PAGE, PUBLIC

HELD = 'data-bd-src="http://ads.localhost/t.js"'
HERE = __name__
REST = [each for each in settings.MIDDLEWARE if each != BANDEAU]


def scripted(request: Any) -> HttpResponse:
    """A page with an inline script that its own policy admits by a nonce."""
    found = vars(request).get("csp_nonce", vars(request).get("_csp_nonce"))
    nonce = "" if found is None else str(found)
    script = f'<script nonce="{nonce}">own()</script>'
    return HttpResponse(PAGE.replace("<p>", f"{script}<p>") + "<p>x</p>" * 100)


urlpatterns = [
    path("", scripted),
    path("public/", lambda _: HttpResponse(PAGE * 3, headers={"Cache-Control": PUBLIC})),
]


def read(middleware: list[str], address: str = "/", **headers: str) -> Any:
    """Ask for a page through this middleware."""
    with override_settings(MIDDLEWARE=middleware, ROOT_URLCONF=HERE):
        return Client().get(address, headers=headers)


@pytest.mark.parametrize("before", [True, False])
def test_gzip_may_stand_before_or_behind(before: bool) -> None:
    """Before, it compresses what is finished; behind, what it made is opened and closed again."""
    middleware = "django.middleware.gzip.GZipMiddleware"
    listed = [middleware, BANDEAU] if before else [BANDEAU, middleware]
    response = read(listed, **{"accept-encoding": "gzip", "accept": "text/html"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert HELD in gzip.decompress(response.content).decode()


def test_conditional_get_confirms_what_was_sent() -> None:
    """The entity tag is that of the rewritten page, and of this choice."""
    middleware = ["django.middleware.http.ConditionalGetMiddleware", BANDEAU]
    first = read(middleware, "/public/")
    again = read(middleware, "/public/", **{"if-none-match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert HELD in first.content.decode()


def test_whitenoise_serves_behind_the_policy_that_closes_files() -> None:
    """A picture that can run carries it."""
    pytest.importorskip("whitenoise")
    listed = [BANDEAU, "whitenoise.middleware.WhiteNoiseMiddleware"]
    with override_settings(WHITENOISE_USE_FINDERS=True, WHITENOISE_AUTOREFRESH=True, MIDDLEWARE=listed):
        response = Client().get("/static/icon.svg")
        body = response.getvalue()
    assert (response.status_code, b"<svg" in body) == (200, True)
    assert "default-src" in response.headers["Content-Security-Policy"]


@pytest.fixture(params=["django-csp", "django"])
def csp(request: Any) -> Iterator[str]:
    """A middleware that sets the site's own policy, with a nonce."""
    if request.param == "django-csp":
        pytest.importorskip("csp")
        from csp.constants import NONCE, SELF

        policy = {"DIRECTIVES": {"default-src": [SELF], "script-src": [SELF, NONCE]}}
        with override_settings(CONTENT_SECURITY_POLICY=policy):
            yield "csp.middleware.CSPMiddleware"
        return
    if django.VERSION < (6, 0):
        pytest.skip("Django has a policy of its own from 6.0")
    from django.utils.csp import CSP

    with override_settings(SECURE_CSP={"default-src": [CSP.SELF], "script-src": [CSP.SELF, CSP.NONCE]}):
        yield "django.middleware.csp.ContentSecurityPolicyMiddleware"


def test_the_sites_own_policy_and_ours_stand_together(csp: str) -> None:
    """The wall carries the page's nonce; both policies are sent, so that the stricter of each holds."""
    response = read([BANDEAU, csp])
    page = response.content.decode()
    policies = response.headers["Content-Security-Policy"]
    nonce = policies.partition("'nonce-")[2].partition("'")[0]
    assert nonce
    assert page.count(f'nonce="{nonce}"') >= 2, "the wall has it too"
    assert policies.count("default-src") == 2
    assert HELD in page


def test_allauth_signs_readers_in() -> None:
    """Its middleware, its pages, its cookies; in a process of its own, for it brings models."""
    pytest.importorskip("allauth")
    done = subprocess.run([sys.executable, "-c", ALLAUTH], capture_output=True, text=True, timeout=90)
    assert "signed in" in done.stdout, done.stderr[-3000:]


ALLAUTH = """
import sys
sys.argv = ["x"]
from django.conf import LazySettings
configure = LazySettings.configure
def more(self, **given):
    given["INSTALLED_APPS"] += ["django.contrib.sites", "allauth", "allauth.account"]
    given["MIDDLEWARE"] += ["allauth.account.middleware.AccountMiddleware"]
    given["AUTHENTICATION_BACKENDS"] = ["allauth.account.auth_backends.AuthenticationBackend"]
    given["TEMPLATES"][0]["OPTIONS"]["context_processors"] += ["django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]
    given.update(SITE_ID=1, ACCOUNT_EMAIL_VERIFICATION="none", ROOT_URLCONF="tests.web.django.suite.accounts",
        LOGIN_REDIRECT_URL="/")
    configure(self, **given)
LazySettings.configure = more
from tests.web.django.suite import conftest
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from django.contrib.auth import get_user_model
get_user_model().objects.create_user("reader", password="a long enough phrase")
client = Client(enforce_csrf_checks=True)
page = client.get("/accounts/login/")
assert page.status_code == 200 and "bd-first" in page.content.decode()
token = client.cookies["csrftoken"].value
form = {"login": "reader", "password": "a long enough phrase", "csrfmiddlewaretoken": token}
done = client.post("/accounts/login/", form)
assert done.status_code == 302, done.content.decode()[-2000:]
assert client.get("/who/").content.decode() == "reader"
print("signed in")
"""
