"""The Flask extension: around the application, in views, in templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, render_template_string, stream_with_context

from bandeau import allows, requires
from bandeau.errors import KeyFileError, PolicyError
from bandeau.site import Site
from bandeau.testing import choice, local_site
from bandeau.web.flask import Bandeau
from tests.testing.apps import POLICY

PUBLIC = {"Cache-Control": "public, s-maxage=60"}
TAG = '<script src="http://ads.localhost/t.js"></script>'
PAGE = f"<!doctype html><html lang='fr'><head><title>x</title>{TAG}</head><body><p>Texte</p></body></html>"
TEMPLATE = '{% if allows("ads") %}profiled{% else %}house{% endif %}'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site in memory."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    return local_site(path, url="http://localhost")


@pytest.fixture
def app(site: Site) -> Flask:
    """The paper, with its extension made before it."""
    extension = Bandeau(site=site)
    made = Flask("paper")
    extension.init_app(made)
    add_views(made)
    return made


def add_views(app: Flask) -> None:
    """Add the views of the paper."""

    @app.get("/")
    def page() -> Any:
        return PAGE, PUBLIC

    @app.get("/visit")
    def visit() -> Any:
        return str(g.bandeau.allows("ads").reason), {**PUBLIC, "Content-Type": "text/plain"}

    @app.get("/function")
    def function() -> Any:
        return str(allows("ads").reason), {**PUBLIC, "Content-Type": "text/plain"}

    @app.get("/decorated/<slot>")
    @requires("ads", otherwise=lambda slot: (f"house {slot}", {**PUBLIC, "Content-Type": "text/plain"}))
    def decorated(slot: str) -> Any:
        return f"profiled {slot}", {**PUBLIC, "Content-Type": "text/plain"}

    @app.get("/template")
    def template() -> Any:
        return render_template_string(TEMPLATE), {**PUBLIC, "Content-Type": "text/plain"}

    @app.get("/links")
    def links() -> Any:
        page = "<!doctype html><html lang=fr><body>{{ bandeau_policy_table() }}{{ bandeau() }}</body></html>"
        return render_template_string(page), PUBLIC

    @app.get("/streamed")
    def streamed() -> Any:
        def pieces() -> Iterator[str]:
            yield f"<!doctype html><title>{'profiled' if allows('ads') else 'house'}</title>"
            yield "<p>x</p>" * 500

        return stream_with_context(pieces()), PUBLIC


def read(app: Flask, site: Site, path: str, **answers: bool) -> Any:
    """Ask for a page as a reader with these choices."""
    client = app.test_client()
    made = choice(
        site,
        allow=[name for name, yes in answers.items() if yes],
        refuse=[name for name, yes in answers.items() if not yes],
    )
    for name, value in made.items() if answers else ():
        client.set_cookie(name, value)
    return client.get(path)


def test_page_is_rewritten_and_stays_public(app: Flask, site: Site) -> None:
    """The extension stands around the application, so errors and files go through it too."""
    found = read(app, site, "/")
    assert 'data-bd-src="http://ads.localhost/t.js"' in found.text
    assert found.headers["Cache-Control"] == PUBLIC["Cache-Control"]
    assert "Content-Security-Policy" in read(app, site, "/nothing").headers
    assert read(app, site, "/bandeau/choices").status_code == 200
    assert read(app, site, "/hit").status_code == 204


def test_without_the_extension_the_tag_is_there() -> None:
    """The control."""
    bare = Flask("bare")
    add_views(bare)
    assert TAG in bare.test_client().get("/").text


@pytest.mark.parametrize("path", ["/visit", "/function", "/decorated/top", "/template"])
@pytest.mark.parametrize("allowed", [True, False])
def test_asking_makes_the_response_private(app: Flask, site: Site, path: str, allowed: bool) -> None:
    """By `g`, the function, the decorator and the template."""
    found = read(app, site, path, ads=allowed)
    assert found.text.startswith(("profiled", "granted") if allowed else ("house", "denied"))
    assert "private" in found.headers["Cache-Control"]
    assert "Cookie" in found.headers["Vary"]


def test_streamed_pieces_are_decided(app: Flask, site: Site) -> None:
    """A generator runs after the view has returned; the head of a page waits for it."""
    for allowed, title in ((True, "profiled"), (False, "house")):
        found = read(app, site, "/streamed", ads=allowed)
        assert f"<title>{title}</title>" in found.text
        assert "private" in found.headers["Cache-Control"]


def test_links_and_tables_ask_nothing(app: Flask, site: Site) -> None:
    """Links of the page's own replace those that would be added."""
    found = read(app, site, "/links", ads=True)
    assert found.headers["Cache-Control"] == PUBLIC["Cache-Control"]
    assert found.text.count('href="/bandeau/choices?lang=fr"') == 1
    assert "bd-foot" not in found.text
    assert "Acme SA" in found.text


def test_unknown_name_is_told_at_the_first_request(site: Site) -> None:
    """Views are registered after the extension, so it looks when the first reader comes."""
    app = Flask("paper")
    Bandeau(app, site=site)
    app.add_url_rule("/x", "x", requires("adds", otherwise="")(lambda: "x"))
    with pytest.raises(PolicyError, match=r"test_flask\.py:\d+: .* did you mean 'ads'"):
        app.test_client().get("/")


def test_policy_is_named_in_code_or_in_the_configuration(tmp_path: Path) -> None:
    """Without either, or without keys, the message says what to do."""
    with pytest.raises(TypeError, match="name the policy file"):
        Bandeau(Flask("paper"))
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY)
    app = Flask("paper")
    app.config["BANDEAU_POLICY"] = path
    with pytest.raises(KeyFileError, match="bandeau keys create"):
        Bandeau(app)
    with pytest.raises(RuntimeError, match="init_app"):
        _ = Bandeau().site
