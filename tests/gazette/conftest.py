"""A seeded newspaper for the tests of this folder, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bandeau.core.consent import Consent
from bandeau.core.policy import Policy
from bandeau.enforcement.visit import Visit
from bandeau.policyfile import load_file
from standin import StandIn

TODAY = 20_780
MANAGE = Path(__file__).parents[2] / "gazette" / "manage.py"
MakeVisit = Callable[..., Visit]


@pytest.fixture(scope="session")
def third_parties() -> Iterator[StandIn]:
    """The stand-in that the newspaper's pages point at."""
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory, third_parties: StandIn) -> Policy:
    """The newspaper's policy with the ports in use."""
    from newspaper.ready import prepare_policy

    folder = tmp_path_factory.mktemp("policy")
    return load_file(prepare_policy(folder, port=8000, standin_port=third_parties.port)).policy


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, third_parties: StandIn) -> Iterator[Path]:
    """The newspaper's data folder, migrated and filled; Django is set up from here on."""
    folder: Path = tmp_path_factory.mktemp("gazette")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "newspaper.settings",
        "GAZETTE_VAR": str(folder),
        "STANDIN_PORT": str(third_parties.port),
        "GAZETTE_HOSTS": "testserver",
    }
    # In a process of its own: Wagtail leaves temporary files to the garbage collector when it makes pictures.
    for command in ("migrate", "plant"):
        subprocess.run([sys.executable, MANAGE, command, "-v0"], check=True, stdout=subprocess.DEVNULL)
    import django
    from django.test.utils import setup_test_environment, teardown_test_environment

    django.setup()
    setup_test_environment()
    yield folder
    teardown_test_environment()


@pytest.fixture
def newspaper(seeded: Path) -> Iterator[None]:
    """The newspaper, with everything a test writes undone at its end."""
    from django.db import connection, transaction
    from django.test import override_settings

    from .handed import middleware

    with override_settings(MIDDLEWARE=middleware()), transaction.atomic():
        yield
        transaction.set_rollback(True)
    connection.close()


@pytest.fixture
def client(newspaper: None) -> Any:
    """A browser without JavaScript."""
    from django.test import Client

    return Client(raise_request_exception=True)


@pytest.fixture
def visit(policy: Policy) -> MakeVisit:
    """Makes the visit of a reader who allows exactly the purposes named."""

    def make(*granted: str, answered: bool = True) -> Visit:
        answers = sum(1 << purpose.bit for purpose in policy.purposes if not purpose.necessary)
        grants = sum(1 << policy.purpose(name).bit for name in granted)
        known = Consent(policy.revision, TODAY, answers, grants, 0, 0) if answered else None
        return Visit(policy, known, TODAY, subject_id="s" * 22)

    return make


@pytest.fixture
def settings_off(newspaper: None) -> Iterator[None]:
    """The newspaper's settings under BANDEAU=off."""
    from django.test import override_settings

    with override_settings(BANDEAU_ENABLED=False):
        yield
