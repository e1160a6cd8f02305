"""`bandeau scan`, `adopt` and `init --from-scan`. The browser is played."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import pytest

from bandeau.audit.collect import AuditOptions
from bandeau.audit.recording import Recording, Visit
from bandeau.audit.scan import decode_scan, encode_scan, scan_of
from bandeau.cli import scanning
from bandeau.cli.main import cli
from bandeau.errors import PolicyError
from bandeau.policyfile import load_file
from tests.audit.seen import EVERYTHING, PAGE, recording

from .run import run

UNSURE = ["collector-metrics", "counter-example", "site-storage"]
FOUND = ["ga4", "youtube", "session", *UNSURE]


class Browser:
    """Stands for ``audit_site``: gives a recording, and remembers what it was told."""

    def __init__(self) -> None:
        self.found = EVERYTHING
        self.told: list[AuditOptions] = []

    def __call__(self, options: AuditOptions, *, on_visit: Callable[[Visit], None]) -> Recording:
        self.told.append(options)
        return msgspec.structs.replace(self.found, urls=options.urls)


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Browser:
    """Return a browser that sees a site with everything; the working folder is empty."""
    monkeypatch.chdir(tmp_path)
    played = Browser()
    monkeypatch.setattr(scanning, "audit_site", played)
    return played


def test_scan_names_everybody_and_what_a_person_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """Whose it is, what it calls and stores, who brought it in."""
    result = run(capsys, "scan", PAGE)

    assert result.code == 0
    assert result.out.startswith(f"6 services on 1 page of 12 known: {PAGE}\n\nga4@1: audience\n")
    assert "    calls   region1.google-analytics.com, www.googletagmanager.com\n    stores  _ga" in result.out
    assert "    its frame calls googleads.g.doubleclick.net" in result.out
    assert "session: technical, exempt (authentication)" in result.out
    assert result.out.count("A person decides") == len(UNSURE)


def test_scan_writes_what_adopt_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """One document on stdout, the same in the file."""
    result = run(capsys, "scan", PAGE, "--json", "-o", "scan.json")

    assert decode_scan(result.out.encode()) == decode_scan(Path("scan.json").read_bytes())
    assert "bandeau adopt scan.json" in result.err


def test_scan_that_saw_too_little_is_not_clean(capsys: pytest.CaptureFixture[str], browser: Browser) -> None:
    """Exit code 4, and why."""
    browser.found = recording(outcome="unreachable")
    result = run(capsys, "scan", PAGE)

    assert result.code == 4
    assert f"not seen to the end: none, {PAGE}: nobody answered" in result.out


def test_options_reach_the_browser(capsys: pytest.CaptureFixture[str], browser: Browser) -> None:
    """Every one of them; only with --accept something is pressed."""
    run(capsys, "scan", PAGE)
    run(
        capsys, "scan", PAGE, "--accept", "--sitemap", "--max-pages", "3", "-j", "2", "--http-auth", "ann:s",
        "--header", "X-Audit: 7", "--allow-private", "--insecure", "--browser", "/opt/chromium",
    )  # fmt: skip
    plain, told = browser.told

    assert ([each.name for each in plain.scenarios], plain.generic) == (["none"], False)
    assert ([each.name for each in told.scenarios], told.generic) == (["none", "accept"], True)
    assert (told.max_pages, told.jobs, told.sitemap) == (3, 2, True)
    assert (told.http_auth, told.headers) == (("ann", "s"), (("X-Audit", "7"),))
    assert (told.allow_private, told.insecure, told.executable) == (True, True, "/opt/chromium")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((), "Missing argument"), (("ftp://x/",), "is not an http"), ((PAGE, "--http-auth", "ann"), "USER:")],
)
def test_wrong_usage_says_what_is_right(
    capsys: pytest.CaptureFixture[str], browser: Browser, arguments: tuple[str, ...], says: str
) -> None:
    """Exit code 2, before any browser starts."""
    result = run(capsys, "scan", *arguments)

    assert (result.code, browser.told) == (2, [])
    assert says in result.err


def test_adopt_shows_a_difference_and_writes_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a yes nothing is written; what stood there stays, to the byte."""
    before = _begin(capsys)
    refused = run(capsys, "adopt", "scan.json")
    looked = run(capsys, "adopt", "scan.json", "--dry-run")
    assert (refused.code, looked.code, Path("bandeau.toml").read_text()) == (2, 0, before)
    assert '+use = "ga4@1"' in looked.out
    assert "--yes" in refused.err

    done = run(capsys, "adopt", "scan.json", "--yes")
    after = Path("bandeau.toml").read_text()
    assert done.code == 0
    assert after.startswith(before.rstrip())
    assert f"a person decides of {', '.join(UNSURE)}" in done.err
    with pytest.raises(PolicyError):
        load_file("bandeau.toml")


def test_adopt_says_in_json_what_it_declared(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs."""
    _begin(capsys)
    told = json.loads(run(capsys, "adopt", "scan.json", "--json", "--yes").out)

    assert (sorted(told["added"]), told["unsure"]) == (sorted(FOUND), UNSURE)


def test_adopt_without_a_policy_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to add to."""
    Path("scan.json").write_bytes(encode_scan(scan_of(EVERYTHING)))
    result = run(capsys, "adopt", "scan.json")

    assert result.code == 2
    assert "bandeau init" in result.err


@pytest.mark.parametrize("where", ["https://www.paper.example/", "scan.json"])
def test_init_declares_what_a_scan_found(
    capsys: pytest.CaptureFixture[str], browser: Browser, where: str
) -> None:
    """At the site's own address, in mode report; `check` refuses it until a person has decided."""
    Path("scan.json").write_bytes(encode_scan(scan_of(EVERYTHING)))
    result = run(capsys, "init", "--from-scan", where)
    text = Path("bandeau.toml").read_text()

    assert (result.code, len(browser.told)) == (0, int("://" in where))
    assert 'url = "https://www.paper.example"' in text
    assert 'mode = "report"' in text
    assert all(f'"{name}' in text for name in FOUND)
    assert Path("bandeau.keys").exists()
    checked = run(capsys, "check")
    assert checked.code == 1
    assert "TODO" in checked.out


def test_init_writes_nothing_of_a_site_that_was_not_seen(
    capsys: pytest.CaptureFixture[str], browser: Browser, tmp_path: Path
) -> None:
    """A first file that knows of nothing would be taken for the truth, and stand in the way of the next."""
    browser.found = recording(outcome="refused-address")
    result = run(capsys, "init", "--from-scan", PAGE)

    assert result.code == 4
    assert "nothing was written, for nothing was seen: none," in result.err
    assert not Path("bandeau.toml").exists()


def _begin(capsys: pytest.CaptureFixture[str]) -> str:
    run(capsys, "init", "--url", "https://www.paper.example")
    Path("scan.json").write_bytes(encode_scan(scan_of(EVERYTHING)))
    return Path("bandeau.toml").read_text()


GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "scan.md"
COMMANDS = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("bandeau ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_guide_are_commands(line: str) -> None:
    """Whoever types them is understood."""
    Path("scan.json").touch()
    verb, *arguments = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), verb)

    assert command is not None
    assert command.make_context(verb, arguments).args == []
