"""System checks: one test for each id, and none of them speaks of a project that is right."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings
from django.urls import path

from bandeau.core.request import RequestHead
from bandeau.errors import PolicyError
from bandeau.testing import local_site
from bandeau.web.django import running
from bandeau.web.django.middleware import BandeauMiddleware
from tests.testing.apps import POLICY

from .conftest import BANDEAU, POLICY_FILE, open_site
from .paper import page, requires

urlpatterns = [path("", requires("adds", otherwise=page)(page))]
HERE = __name__


def ids(*, deploy: bool = False, **changed: Any) -> list[str]:
    """Return what the checks find in changed settings."""
    with override_settings(**changed):
        found = run_checks(tags=["bandeau"], include_deployment_checks=deploy)
    assert all(each.hint for each in found)
    return [str(each.id) for each in found]


def texts(**changed: Any) -> str:
    """Return what the checks say."""
    with override_settings(**changed):
        return "\n".join(f"{each.msg} | {each.hint}" for each in run_checks(tags=["bandeau"]))


def test_project_that_is_right_hears_nothing() -> None:
    """The control of all others; also before it is deployed."""
    assert ids() == []
    secure = {"SITE": lambda: local_site(POLICY_FILE, url="https://www.paper.example")}
    assert ids(deploy=True, BANDEAU=secure) == []


def test_e001_a_key_that_there_is_not() -> None:
    """With the one that was meant."""
    assert ids(BANDEAU={"SITE": open_site, "POLICI": "x"}) == ["bandeau.E001"]
    assert "Did you mean 'POLICY'" in texts(BANDEAU={"SITE": open_site, "POLICI": "x"})
    assert ids(BANDEAU=None) == ["bandeau.E001"]


def test_e002_no_site_or_two() -> None:
    """One of them is needed."""
    assert ids(BANDEAU={}) == ["bandeau.E002"]
    assert ids(BANDEAU={"SITE": open_site, "POLICY": POLICY_FILE}) == ["bandeau.E002"]


def test_e003_a_value_that_is_none() -> None:
    """A path that cannot be imported, a thing that cannot be called."""
    assert "bandeau.E003" in ids(BANDEAU={"SITE": "no.such.thing"})
    assert ids(BANDEAU={"SITE": open_site, "ON_WITHDRAW": ["ads"]}) == ["bandeau.E003"]
    assert ids(BANDEAU={"SITE": open_site, "ON_WITHDRAW": {"ads": 3}}) == ["bandeau.E003"]


def test_e004_no_middleware() -> None:
    """Then nothing is enforced."""
    assert ids(MIDDLEWARE=[each for each in settings.MIDDLEWARE if each != BANDEAU]) == ["bandeau.E004"]


@pytest.mark.parametrize(
    "before",
    [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.cache.UpdateCacheMiddleware",
        "csp.middleware.CSPMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
    ],
)
def test_e005_a_middleware_before_ours_that_must_stand_behind(before: str) -> None:
    """Each with its reason."""
    assert ids(MIDDLEWARE=[before, BANDEAU]) == ["bandeau.E005"]


class Unknown:
    """A middleware of the project's own."""


def test_w006_a_middleware_before_ours_that_nobody_knows() -> None:
    """A warning, to be silenced by who knows it; one that only compresses is fine."""
    assert ids(MIDDLEWARE=[f"{HERE}.Unknown", BANDEAU]) == ["bandeau.W006"]
    assert ids(MIDDLEWARE=["django.middleware.gzip.GZipMiddleware", BANDEAU]) == []
    assert ids(MIDDLEWARE=[f"{HERE}.Own"]) == []


class Own(BandeauMiddleware):
    """A middleware that is made from ours."""


def test_e007_a_name_that_nobody_declared(tmp_path: Path) -> None:
    """In a view and in a template, with file and line; a server that starts refuses too."""
    (tmp_path / "x.html").write_text('<p>\n{% purpose "audiense" %}{% endpurpose %}')
    engine = {**settings.TEMPLATES[0], "DIRS": [tmp_path], "APP_DIRS": False}
    assert "bandeau.E007" in ids(ROOT_URLCONF=HERE)
    assert ids(TEMPLATES=[engine]) == ["bandeau.E007"]
    assert "x.html:2: no purpose or service 'audiense'" in texts(TEMPLATES=[engine])
    with override_settings(ROOT_URLCONF=HERE):
        assert "suite_checks.py" in texts()
        with pytest.raises(PolicyError, match="did you mean 'ads'"):
            BandeauMiddleware(lambda _: None)


def test_e008_a_withdrawal_of_nothing() -> None:
    """A purpose that the policy does not have; a server that starts refuses too."""
    assert ids(BANDEAU={"SITE": open_site, "ON_WITHDRAW": {"adds": print}}) == ["bandeau.E008"]
    assert ids(BANDEAU={"SITE": open_site, "ON_WITHDRAW": {"counter": print}}) == ["bandeau.E008"]
    wrong = override_settings(BANDEAU={"SITE": open_site, "ON_WITHDRAW": {"adds": print}})
    with wrong, pytest.raises(PolicyError, match="ON_WITHDRAW"):
        BandeauMiddleware(lambda _: None)


def test_w009_a_cookie_that_anybody_reads(tmp_path: Path) -> None:
    """Only before a site is deployed, and not on this machine."""
    plain = POLICY.replace('url = "https', 'url = "http').replace("production", "development")
    made = tmp_path / "bandeau.toml"
    made.write_text(plain)
    options = {"BANDEAU": {"SITE": lambda: local_site(made, url="http://www.paper.example")}}
    assert ids(**options) == []
    assert ids(deploy=True, **options) == ["bandeau.W009"]


def test_e010_a_site_that_cannot_be_opened(tmp_path: Path) -> None:
    """Keys and store are missing: the message names the command."""
    made = tmp_path / "bandeau.toml"
    made.write_text(POLICY)
    options = {"BANDEAU": {"POLICY": made}}
    assert [each for each in ids(**options) if not each.startswith("bandeau.W4")] == []
    assert "bandeau.E010" in ids(deploy=True, **options)


def test_mistakes_of_the_policy_have_their_line_and_number(tmp_path: Path) -> None:
    """The same rules as `bandeau check`."""
    made = tmp_path / "bandeau.toml"
    made.write_text(POLICY.replace('purpose = "ads"', 'purpose = "adds"'))
    line = next(i for i, text in enumerate(made.read_text().splitlines(), 1) if '"adds"' in text)
    found = texts(BANDEAU={"POLICY": made})
    assert f"{made}:{line}:" in found
    assert "bandeau.E204" in ids(BANDEAU={"POLICY": made})


def test_settings_with_mistakes_start_no_server() -> None:
    """Every mistake at once."""
    with (
        override_settings(BANDEAU={"POLICI": 1}),
        pytest.raises(ImproperlyConfigured, match="POLICI") as told,
    ):
        BandeauMiddleware(lambda _: None)
    assert "no site" in str(told.value)


def test_withdrawal_calls_what_the_settings_name() -> None:
    """By purpose."""
    from bandeau.site import Withdrawal

    erased: list[str] = []
    options = {"SITE": open_site, "ON_WITHDRAW": {"ads": lambda it: erased.append(it.purpose_id)}}
    with override_settings(BANDEAU=options):
        assert running.site().withdraw(Withdrawal("ads", None))
    assert erased == ["ads"]


def test_the_settings_name_who_tells_the_account() -> None:
    """By its dotted path."""
    with override_settings(
        BANDEAU={"SITE": open_site, "ACCOUNT_OF": "bandeau.web.django.accounts.signed_in"}
    ):
        account_of = running.site().account_of
        assert account_of is not None
        assert account_of(RequestHead("POST", "https", "paper.example", "/bandeau/choices")) == ""


def test_command_line_is_at_hand() -> None:
    """`manage.py bandeau check` reads the project's policy, and exits as the command does."""
    with override_settings(BANDEAU={"POLICY": POLICY_FILE}), pytest.raises(SystemExit) as ended:
        call_command("bandeau", "check", "--json", stdout=io.StringIO())
    assert ended.value.code == 0


def test_command_line_starts_from_manage_py(tmp_path: Path) -> None:
    """Options of the verb reach the verb."""
    (tmp_path / "conf.py").write_text(
        f"SECRET_KEY='x'\nINSTALLED_APPS=['bandeau.web.django']\nBANDEAU={{'POLICY': {str(POLICY_FILE)!r}}}\n"
    )
    command = [sys.executable, "-m", "django", "bandeau", "check", "--ready"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "conf", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "BND451" in done.stdout, done.stderr
    assert done.returncode == 1
