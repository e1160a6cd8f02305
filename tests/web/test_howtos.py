"""The how-tos do what they say: their code runs as it stands, against the released frameworks."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from bandeau.core.request import RequestHead
from bandeau.profiles.webhook import signed

PAPER = "https://www.lejournal.example"
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


def code_of(name: str, file: str) -> str:
    """Return the page's code of one file."""
    return next(code for code in blocks(name, "python") if code.startswith(f"# {file}\n"))


def with_profiles(folder: Path) -> None:
    """Make a site, and declare the page's profile."""
    run([sys.executable, *f"-m bandeau init --url {PAPER} --lang fr".split()], folder)
    policy = folder / "bandeau.toml"
    policy.write_text(policy.read_text().replace('mode = "report"', 'mode = "enforce"'))
    with policy.open("a") as file:
        file.write("\n" + blocks("profiles.md", "toml")[0])
    run([sys.executable, "-m", "bandeau", "check"], folder)


def test_profiles_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile without a yes, none by accident, none after a withdrawal."""
    with_profiles(tmp_path)
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {"__name__": "paper"}
    exec(compile(code_of("profiles.md", "app.py"), "app.py", "exec"), made)
    client, profiles = made["app"].test_client(), made["profiles"]
    client.set_cookie("lecture", "k1", domain="www.lejournal.example")

    def choose(action: str) -> int:
        post = {"action": action, "revision": 1, "source": "first", "shown": ["personalisation"]}
        answer = client.post("/bandeau/choices", json=post, headers={"origin": PAPER}, base_url=PAPER)
        return int(answer.status_code)

    client.post("/read/a", base_url=PAPER)
    assert (client.get("/by-accident", base_url=PAPER).status_code, profiles) == (500, {})
    assert choose("accept") == 200
    client.set_cookie("lecture", "k1", domain="www.lejournal.example")
    client.post("/read/a", base_url=PAPER)
    assert profiles == {"k1": ["a"]}
    assert (choose("refuse"), profiles) == (200, {})
    made["bandeau"].site.close()
    assert run([sys.executable, "-m", "bandeau", "profiles"], tmp_path) == "nothing is owed\n"


def test_a_guarded_model_as_the_page_says(tmp_path: Path) -> None:
    """The page's model in a new project."""
    run([sys.executable, "-m", "django", "startproject", "paper", "."], tmp_path)
    run([sys.executable, "-m", "django", "startapp", "readers"], tmp_path)
    with_profiles(tmp_path)
    (tmp_path / "readers" / "models.py").write_text(code_of("profiles.md", "models.py"))
    with (tmp_path / "paper" / "settings.py").open("a") as file:
        file.write(
            '\nBANDEAU = {"POLICY": BASE_DIR / "bandeau.toml"}\n'
            'INSTALLED_APPS += ["bandeau.web.django", "readers"]\n'
            'MIDDLEWARE.insert(0, "bandeau.web.django.middleware.BandeauMiddleware")\n'
        )
    manage = [sys.executable, "-W", "error", "manage.py"]
    run([*manage, "makemigrations", "readers"], tmp_path)
    run([*manage, "migrate"], tmp_path)
    said = run(
        [*manage, "shell"],
        tmp_path,
        "from bandeau.errors import ProfileRefused\n"
        "from bandeau.testing import choice\n"
        "from bandeau.web.django.running import site\n"
        "from readers.models import Reading\n"
        "for answer in ({}, {'refuse': ['personalisation']}, {'allow': ['personalisation']}):\n"
        "    with choice(site(), **answer):\n"
        "        try:\n"
        "            Reading(reader='r', article='a').save(); print('rows', Reading.objects.count())\n"
        "        except ProfileRefused: print('refused')\n\n",
    )
    assert re.findall(r"rows \d+|refused", said) == ["refused", "refused", "rows 1"]


def test_a_webhook_is_checked_as_the_page_says() -> None:
    """By the page's own code: a call of ours passes; an old one, another body and another secret do not."""
    made: dict[str, Any] = {}
    exec(compile(code_of("profiles.md", "receiver.py"), "receiver.py", "exec"), made)
    key, other = b"k" * 32, b"o" * 32
    secret = "whsec_" + b64encode(key).decode()
    headers = signed("id", 1_000, b"{}", [other, key])
    is_ours = made["is_ours"]
    assert is_ours(headers, b"{}", secret, 1_300)
    for now, body, sent in (
        (1_301, b"{}", headers),
        (1_000, b"{ }", headers),
        (1_000, b"{}", {**headers, "webhook-id": "other"}),
        (1_001, b"{}", {**headers, "webhook-timestamp": "1001"}),
        (1_000, b"{}", signed("id", 1_000, b"{}", [other])),
    ):
        assert not is_ours(sent, body, secret, now)


def test_accounts_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's hook, with sessions of its own."""
    with_profiles(tmp_path)
    policy = tmp_path / "bandeau.toml"
    policy.write_text(policy.read_text() + 'scope = "account"\n')
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {"__name__": "paper", "sessions": {"session=1": "42"}}
    for file in ("app.py", "accounts.py"):
        exec(compile(code_of("profiles.md", file), file, "exec"), made)
    site = made["bandeau"].site
    head = RequestHead("POST", "https", "www.lejournal.example", "/", headers=(("cookie", "session=1"),))
    assert site.account_of(head) == "42"
    site.close()
