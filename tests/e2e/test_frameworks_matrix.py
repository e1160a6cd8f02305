"""The matrix of choices on a site in Flask and one in FastAPI; La Gazette is the one in Django."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bandeau.testing import local_site
from tests.testing.apps import POLICY
from tests.web.test_flask import add_views
from tests.web.test_starlette import fastapi_app

from .newsrooms import NEWSROOMS
from .test_choices_matrix import COMBINATIONS, Press, brings_exactly, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
#: One every day, which shows both sides of the profile and of the tags; all sixteen in the long run.
EVERY_DAY = frozenset({"audience", "personalisation"})
SIXTEEN = [
    pytest.param(
        chosen,
        id="+".join(sorted(chosen)) or "none",
        marks=[] if chosen == EVERY_DAY else [pytest.mark.long],
    )
    for chosen in COMBINATIONS
]


@pytest.fixture(scope="module", params=sorted(NEWSROOMS))
def paper(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    """One newspaper for the module in each framework."""
    with press(tmp_path_factory.mktemp(request.param), NEWSROOMS[request.param]) as running:
        yield running


@pytest.mark.parametrize("granted", SIXTEEN)
def test_a_choice_brings_exactly_what_it_allows(
    paper: Press, tmp_path: Path, granted: frozenset[str]
) -> None:
    """Calls, cookies, storage, profile and the kept record equal the options that were allowed."""
    brings_exactly(paper, tmp_path / "profile", granted)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_audit_finds_that_the_site_obeys(framework: str, tmp_path: Path, bandeau_mount: Any) -> None:
    """Every choice that the policy needs, in a real browser."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    site = local_site(path)
    bandeau_mount(_flask(site) if framework == "flask" else fastapi_app(site), site=site).obeys()


def _flask(site: Any) -> Any:
    from flask import Flask

    from bandeau.web.flask import Bandeau

    app = Flask("paper")
    Bandeau(app, site=site)
    add_views(app)
    return app
