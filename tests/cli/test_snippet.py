"""`bandeau snippet`: what is printed runs, in the server or framework that it is for."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask
import httpx
import pytest

from tests.cli.run import run
from tests.web.proxy.processes import furnished, running
from tests.web.proxy.standing import HANDSHAKE, Echo, Reader, ok, talking, websocket

ALL = ("apache", "caddy", "django", "flask", "nginx", "wordpress", "script")
PAGE = b"<!doctype html><html lang=fr><head><title>a</title></head><body>hello</body></html>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy in force, keys and a store."""
    folder = furnished(tmp_path_factory.mktemp("snippet"))
    path = folder / "bandeau.toml"
    path.write_text(path.read_text().replace('mode = "report"', 'mode = "enforce"'))
    return folder


def printed(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> str:
    """Return what the command prints."""
    said = run(capsys, "--policy", home / "bandeau.toml", "snippet", *words)
    assert said.code == 0, said.err
    return said.out


@pytest.mark.parametrize("stack", ALL)
def test_no_mark_is_left_in_a_snippet(stack: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that hangs on the site is filled in."""
    assert not re.search(r"@[A-Z_]+@", printed(capsys, home, stack))


@contextmanager
def nginx(folder: Path, text: str) -> Iterator[int]:
    """Check a snippet with `nginx -t`, then run nginx with it on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "listen 80;" in text
    folder.mkdir()
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    files = text.replace("    #     add_header", "    location /static/ { root /nowhere; add_header").replace(
        "always;\n", "always; }\n"
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; {paths}\n"
        + files.replace("listen 80;", f"listen 127.0.0.1:{port};")
        + "}\n"
    )
    command = ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_nginx_runs_in_front(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`nginx -t` has nothing to say; pages come with the first layer, and the site knows who asks."""
    echo = Echo(ok(PAGE, "Content-Type: text/html"))
    with talking(echo) as upstream, running(home, upstream) as proxy:
        text = printed(capsys, home, "nginx", "--proxy", f"127.0.0.1:{proxy.port}")
        with nginx(tmp_path / "nginx", text) as port:
            claims = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Real-IP": "6.6.6.6"}
            answer = httpx.get(f"http://127.0.0.1:{port}/", headers=claims)
            static = httpx.get(f"http://127.0.0.1:{port}/static/x.svg")
    assert 'id="bd-first"' in answer.text
    head = echo.seen[0].lower()
    assert f"host: 127.0.0.1:{port}\r\n".encode() in head
    assert b"x-forwarded-for: 127.0.0.1\r\n" in head
    assert b"x-forwarded-proto: http\r\n" in head
    assert b"6.6.6.6" not in head
    assert static.headers["content-security-policy"].startswith("default-src 'self'")


def test_nginx_hands_websockets_on(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The handshake and what follows it pass through both."""
    with talking(websocket) as upstream, running(home, upstream) as proxy:
        text = printed(capsys, home, "nginx", "--proxy", f"127.0.0.1:{proxy.port}")
        with nginx(tmp_path / "nginx", text) as port, Reader(port) as reader:
            reader.ask(HANDSHAKE.replace("gazette.example", "127.0.0.1"))
            assert reader.head().startswith(b"http/1.1 101")
            reader.until(b"first.")
            reader.send(b"hello.")
            assert reader.until(b"HELLO.") == b"HELLO."


def test_django_runs_with_it(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new project with the lines at the end of its settings: its checks are silent, its pages have the layer."""
    django = [sys.executable, "-W", "error", "-m", "django"]
    subprocess.run([*django, "startproject", "paper", "."], cwd=tmp_path, check=True)
    settings = tmp_path / "paper" / "settings.py"
    settings.write_text(settings.read_text() + printed(capsys, home, "django") + 'ALLOWED_HOSTS = ["*"]\n')
    (tmp_path / "paper" / "urls.py").write_text(
        "from django.http import HttpResponse\nfrom django.urls import path\n"
        f"urlpatterns = [path('', lambda _: HttpResponse({PAGE!r}))]\n"
    )
    manage = [sys.executable, "-W", "error", "manage.py"]
    checked = subprocess.run(
        [*manage, "check", "--tag", "bandeau"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, "no issues" in checked.stdout) == (0, True), checked.stderr
    code = "from django.test import Client\nprint(Client().get('/').content.decode())"
    shown = subprocess.run(
        [*manage, "shell", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert 'id="bd-first"' in shown.stdout, shown.stderr


def test_flask_runs_with_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines behind an application: its pages have the layer, its templates the links."""
    app = flask.Flask("paper")
    app.add_url_rule("/", view_func=lambda: flask.render_template_string(PAGE.decode() + "{{ bandeau() }}"))
    made: dict[str, Any] = {"app": app}
    exec(printed(capsys, home, "flask"), made)
    shown = app.test_client().get("/").text
    made["bandeau"].site.close()
    assert 'id="bd-first"' in shown
    assert "data-bd-open" in shown


def test_a_stack_that_nobody_knows_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    said = run(capsys, "--policy", home / "bandeau.toml", "snippet", "lighttpd")
    assert said.code == 2
    assert "nginx" in said.err
