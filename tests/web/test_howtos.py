"""The how-tos do what they say: their code runs as it stands, against the released frameworks."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
READ = """
from django.test import Client
client = Client(headers={"host": "www.lejournal.example"})
client.raise_request_exception = True
for path in ("/", "/a/", "/for-you/", "/side/", "/bandeau/choices"):
    response = client.get(path)
    print(path, response.status_code, response.headers["Cache-Control"])
    print(response.content.decode())
"""


def blocks(name: str, language: str) -> list[str]:
    """Return the code of a page."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run(command: Sequence[object], folder: Path, given: str = "") -> str:
    """Run a command and return what it said."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def initialised(name: str, folder: Path) -> None:
    """Run the page's own `bandeau init`, and enforce."""
    line = next(line for line in blocks(name, "sh")[0].splitlines() if line.startswith("bandeau init"))
    run([sys.executable, "-m", *line.partition("#")[0].split()], folder)
    policy = folder / "bandeau.toml"
    policy.write_text(policy.read_text().replace('mode = "report"', 'mode = "enforce"'))


def test_django_as_the_page_says(tmp_path: Path) -> None:
    """A new project, the page's settings, views, templates and test; its checks are silent."""
    run([sys.executable, "-m", "django", "startproject", "paper", "."], tmp_path)
    initialised("django.md", tmp_path)
    for code in blocks("django.md", "python"):
        name = re.match(r"# (\w+\.py)\n", code)
        assert name
        path = tmp_path / ("paper/settings.py" if name[1] == "settings.py" else name[1])
        path.write_text((path.read_text() if path.exists() else "") + "\n" + code)
    _templates(tmp_path)
    (tmp_path / "paper" / "urls.py").write_text(
        "import views\nfrom django.urls import path\nfrom django.views.generic import TemplateView as T\n"
        "urlpatterns = [path('', T.as_view(template_name='base.html')), path('a/', views.article, {'slug': 'a'}),"
        " path('for-you/', views.for_you), path('side/', T.as_view(template_name='sidebar.html'))]\n"
    )
    manage = [sys.executable, "-W", "error", "manage.py"]
    run([*manage, "check", "--tag", "bandeau", "--fail-level", "ERROR"], tmp_path)
    said = run([*manage, "shell"], tmp_path, READ)
    assert re.search(r"/a/ 200 .*private", said)
    assert "a: unset" in said
    assert "the same for everybody" in said
    assert "Partager" in said
    assert "buttons.example" not in said
    assert "data-bd-open" in said
    run([*manage, "test", "tests"], tmp_path)


def _templates(folder: Path) -> None:
    (folder / "templates").mkdir()
    for markup in blocks("django.md", "html"):
        name = re.match(r"\{# (\w+\.html) #\}\n", markup)
        assert name
        (folder / "templates" / name[1]).write_text("<!doctype html><html lang='fr'>" + markup)
    settings = folder / "paper" / "settings.py"
    settings.write_text(
        settings.read_text() + 'TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]\nALLOWED_HOSTS = ["*"]\n'
    )


def namespace_of(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, Any]:
    """Run the page's code in a folder that the page's command made ready."""
    initialised(name, folder)
    monkeypatch.chdir(folder)
    (code,) = blocks(name, "python")
    made: dict[str, Any] = {"__name__": "paper"}
    exec(compile(code, name, "exec"), made)
    return made


def test_flask_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links, a refused tag, a decorated view."""
    made = namespace_of("flask.md", monkeypatch, tmp_path)
    client = made["app"].test_client()
    front = client.get("/", base_url="https://www.lejournal.example")
    assert "Paramétrer vos choix" in front.text
    assert "buttons.example" not in front.text
    assert "private" in front.headers["Cache-Control"]
    assert "the same for everybody" in client.get("/for-you").text
    made["bandeau"].site.close()


def test_fastapi_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency, a decorated route."""
    app = namespace_of("fastapi.md", monkeypatch, tmp_path)["app"]

    async def read(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://www.lejournal.example") as client:
            return await client.get(path)

    front = asyncio.run(read("/"))
    assert "<p>unset" in front.text
    assert "private" in front.headers["cache-control"]
    assert asyncio.run(read("/for-you")).json() == {"for": "everybody"}
