"""The newspaper with Bandeau around it, as `make demo` serves it: the whole way over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from .conftest import MANAGE

ARTICLE = "/environnement/l-orle-coule-de-nouveau-sans-barrage/"
ALL_REFUSED = {"audience": False, "social": False, "personalisation": False, "ads": False}

#: Prints the status of the front page, whether it still calls a vendor, and whether the call was put aside.
WSGI = """
from wsgiref.util import setup_testing_defaults
from newspaper.wsgi import application
environ = {"HTTP_HOST": "127.0.0.1:8000", "SERVER_PORT": "8000", "PATH_INFO": "/"}
setup_testing_defaults(environ)
status = []
page = b"".join(application(environ, lambda *answer: status.append(answer[0]))).decode()
print(status[0], ' src="http://ga4.localhost' in page, 'data-bd-src="http://ga4.localhost' in page)
"""


@dataclass
class Browser:
    """A browser that keeps cookies and runs nothing."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], str]:
        """One request; its status, headers and text."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/json",
            "Accept": "application/json, text/html",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Sec-Fetch-Site": "same-origin",
        }
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        for line in response.headers.get_all("Set-Cookie") or []:
            self._keep(line)
        connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text

    def choose(self, **purposes: bool) -> None:
        """Saves a choice as the panel does; what is not named is refused."""
        body = {
            "action": "save",
            "purposes": ALL_REFUSED | purposes,
            "shown": list(ALL_REFUSED),
            "revision": 1,
            "source": "panel",
            "language": "fr",
        }
        status, _, text = self.ask("POST", "/bandeau/choices", body)
        assert status == 200, text

    def _keep(self, line: str) -> None:
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def folder(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the seeded data: what a server writes cannot be rolled back."""
    return Path(shutil.copytree(seeded, tmp_path_factory.mktemp("demo") / "var"))


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The port of the demonstration, running on the seeded data."""
    number = free_port()
    command = [sys.executable, str(MANAGE.with_name("demo.py")), "--port", str(number), "--var", str(folder)]
    environment = {name: os.environ[name] for name in os.environ if name not in ("STANDIN_PORT", "BANDEAU")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(number, process)
        yield number
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the demonstration does not answer")


@pytest.fixture
def browser(port: int) -> Browser:
    """A reader who has not chosen."""
    return Browser(port)


def rows(folder: Path, table: str) -> int:
    """How many rows a table of the newspaper has."""
    database = sqlite3.connect(folder / "gazette.db")
    try:
        return int(database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    finally:
        database.close()


def article_id(browser: Browser) -> str:
    """The number by which the article's script speaks of it."""
    return browser.ask("GET", ARTICLE)[2].split('data-page="')[1].split('"')[0]


@pytest.mark.parametrize("path", ["/", ARTICLE, "/pour-vous/"])
def test_no_vendor_is_left_in_a_page_before_a_choice(browser: Browser, path: str) -> None:
    """No attribute that a browser would load names a third party, in noscript neither."""
    status, _, markup = browser.ask("GET", path)
    assert status == 200
    for attribute in (" src=", " href=", " srcset="):
        assert f'{attribute}"http://ga4.localhost' not in markup
        for vendor in ("ga4", "gtm", "facebook", "matomo", "prebid", "adserver", "youtube", "x"):
            assert f'{attribute}"http://{vendor}.localhost' not in markup


def test_public_pages_stay_shared_behind_bandeau(browser: Browser) -> None:
    """The same bytes for opposite choices, still public and without cookies."""
    _, headers, before = browser.ask("GET", ARTICLE)
    browser.choose(audience=True, ads=True)
    _, _, after = browser.ask("GET", ARTICLE)
    assert headers["cache-control"] == "public, max-age=0, s-maxage=60"
    assert "set-cookie" not in headers
    assert before == after


def test_a_reading_profile_lives_from_consent_to_withdrawal(browser: Browser, folder: Path) -> None:
    """No row before, one after, none after the withdrawal, and the cookie is gone with it."""
    article = article_id(browser)
    assert browser.ask("POST", f"/lecture/{article}/")[0] == 204
    assert rows(folder, "readers_readingprofile") == 0
    browser.choose(personalisation=True)
    browser.ask("POST", f"/lecture/{article}/")
    assert rows(folder, "readers_readingprofile") == 1
    assert "gz_lecture" in browser.cookies
    browser.choose(personalisation=False)
    assert rows(folder, "readers_readingprofile") == 0
    assert "gz_lecture" not in browser.cookies


def test_audience_counts_need_consent(browser: Browser, folder: Path) -> None:
    """The collector answers 204 and counts nothing before."""
    article = article_id(browser)
    assert browser.ask("POST", f"/mesure/{article}/")[0] == 204
    assert rows(folder, "audience_dailycount") == 0
    browser.choose(audience=True)
    browser.ask("POST", f"/mesure/{article}/")
    assert rows(folder, "audience_dailycount") == 1


def test_the_editors_interface_passes_with_its_technical_cookies(browser: Browser) -> None:
    """Its login sets its token and is not rewritten."""
    status, headers, markup = browser.ask("GET", "/redaction/login/")
    assert status == 200
    assert "csrftoken" in headers["set-cookie"]
    assert "data-bd" not in markup


def test_the_account_pages_keep_their_technical_cookies(browser: Browser) -> None:
    """Signing in needs no consent."""
    browser.choose()
    assert browser.ask("GET", "/compte/login/")[0] == 200
    assert "csrftoken" in browser.cookies


def test_the_proof_says_that_nothing_was_received(browser: Browser) -> None:
    """Without a browser that runs scripts nobody was called, and the page says so."""
    browser.choose(social=True)
    _, _, markup = browser.ask("GET", "/proof")
    assert "Aucun tiers n’a reçu d’appel" in markup
    assert "vous l’avez autorisé" in markup


def test_the_proof_knows_from_the_record_when_the_reader_chose(browser: Browser) -> None:
    """A call after a refusal is held against it; after a new choice it is an earlier one."""
    browser.choose()
    time.sleep(1.1)  # records are to the second
    standin = int(browser.ask("GET", "/proof")[2].split("/__hits")[0].rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", standin, timeout=5)
    connection.request("GET", "/g/collect", headers={"Host": f"ga4.localhost:{standin}"})
    connection.getresponse().read()
    connection.close()
    assert "Refusé par votre choix actuel" in browser.ask("GET", "/proof")[2]
    time.sleep(1.1)
    browser.choose(ads=True)
    assert "Reçu avant votre dernier choix" in browser.ask("GET", "/proof")[2]
    browser.ask("POST", "/proof/reset")


def test_the_wsgi_application_has_bandeau_around_it_too(
    seeded: Path, folder: Path, third_parties: Any
) -> None:
    """The same page through the other interface holds no vendor either."""
    from newspaper.ready import prepare_policy

    path = prepare_policy(folder / "wsgi", port=8000, standin_port=third_parties.port)
    environment = {**os.environ, "BANDEAU_POLICY": str(path)}
    command = [sys.executable, "-c", WSGI]
    done = subprocess.run(command, env=environment, cwd=MANAGE.parent, capture_output=True, text=True)
    assert done.stdout.strip() == "200 OK False True", done.stderr
