"""`bandeau csp`: the same policy that Bandeau sends, in the words of each server and framework."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bandeau.enforcement.csp import csp_text, header_text, strictest
from bandeau.enforcement.sitecsp import parse
from bandeau.policyfile import load_file
from bandeau.policyfile.starter import Starter, starter_text
from tests.cli.run import run

DJANGO_CSP = """
import json
from django.conf import settings
{setting}
settings.configure(CONTENT_SECURITY_POLICY=CONTENT_SECURITY_POLICY, ALLOWED_HOSTS=["*"])
import django
django.setup()
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory
print(CSPMiddleware(lambda _: HttpResponse("a"))(RequestFactory().get("/"))["Content-Security-Policy"])
"""
YOUTUBE = '\n[[services]]\nid = "youtube"\nuse = "youtube@1"\npurpose = "social"\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy file with a service that the reader may allow."""
    path = tmp_path / "bandeau.toml"
    path.write_text(starter_text(Starter(controller="A", contact="a@a.example")) + YOUTUBE)
    return path


def test_before_a_choice_it_is_what_everybody_gets(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The constant header of what is no page."""
    loaded = load_file(policy).policy
    said = run(capsys, "--policy", policy, "csp", "--format", "value")
    assert (said.code, said.out) == (0, header_text(loaded, strictest(loaded)) + "\n")
    assert "youtube" not in said.out
    assert "bandeau" in said.err  # the name for Trusted Types


@pytest.mark.parametrize("word", ["all", "social"])
def test_what_is_allowed_is_let_through(policy: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One purpose, or everything."""
    loaded = load_file(policy).policy
    said = run(capsys, "--policy", policy, "csp", "--allow", word, "--format", "value")
    every = (1 << len(loaded.services)) - 1
    assert "youtube" in said.out
    assert word != "all" or said.out.strip() == header_text(loaded, csp_text(loaded, every))


def test_an_unknown_purpose_is_told(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    said = run(capsys, "--policy", policy, "csp", "--allow", "sozial")
    assert said.code == 2
    assert "there is no purpose sozial" in said.err


def test_report_only_has_its_own_header(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the header's name and in the names of settings."""
    header = run(capsys, "--policy", policy, "csp", "--report-only")
    assert header.out.startswith("Content-Security-Policy-Report-Only: default-src 'self'")
    django = run(capsys, "--policy", policy, "csp", "--report-only", "--format", "django")
    assert django.out.startswith("SECURE_CSP_REPORT_ONLY = {")


def test_django_csp_sends_exactly_that(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The setting, executed by the released package."""
    setting = run(capsys, "--policy", policy, "csp", "--format", "django-csp").out
    code = DJANGO_CSP.replace("{setting}", setting)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = load_file(policy).policy
    assert parse(done.stdout) == parse(header_text(loaded, strictest(loaded)))


def test_djangos_own_setting_says_the_same(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dict of lists, as SECURE_CSP takes it."""
    setting = run(capsys, "--policy", policy, "csp", "--format", "django").out
    loaded = load_file(policy).policy
    assert json.loads(setting.partition(" = ")[2]) == parse(header_text(loaded, strictest(loaded)))
