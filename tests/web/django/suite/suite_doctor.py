"""`manage.py bandeau doctor` says what Django's own checks say of Bandeau."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from bandeau.cli.diagnosis.finding import Level
from bandeau.cli.diagnosis.framework import framework
from bandeau.testing import local_site

from .conftest import POLICY_FILE

SECURE = {"SITE": lambda: local_site(POLICY_FILE, url="https://www.paper.example")}


def found(**changed: Any) -> list[tuple[Level, str]]:
    """Return what is found in changed settings: the level, and the check's id."""
    with override_settings(**{"BANDEAU": SECURE, **changed}):
        rows = list(framework())
    assert all(row.remedy for row in rows if row.level is not Level.OK)
    return [(row.level, row.sentence.partition(":")[0]) for row in rows]


def test_a_project_that_is_right_is_ok() -> None:
    """One line."""
    assert found() == [(Level.OK, "Django's checks find nothing")]


def test_a_missing_middleware_is_an_error() -> None:
    """The order of the middleware comes from the same checks."""
    assert found(MIDDLEWARE=[]) == [(Level.ERROR, "bandeau.E004")]


def test_the_command_looks_at_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    """With its own policy."""
    with override_settings(BANDEAU={"POLICY": POLICY_FILE}), pytest.raises(SystemExit):
        call_command("bandeau", "doctor", stdout=io.StringIO())
    assert "middleware" in capsys.readouterr().out
