"""`bandeau audit`: what is asked of it, what it prints, how it exits. The browser is played."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bandeau.audit.collect import AuditOptions
from bandeau.audit.partial import NAME
from bandeau.audit.recording import Recording, Visit, dump
from bandeau.audit.report.bundle import check_bundle, read_manifest
from bandeau.cli import auditing
from bandeau.cli.audit import command
from bandeau.errors import BrowserMissing
from bandeau.policyfile import load_file
from bandeau.site import Site, signer_of
from bandeau.storage.engines import create_store
from bandeau.storage.keyfile import create_keyfile, read_keyfile
from tests.audit.judge.made import POLICY, call, recording, visit
from tests.audit.report.sample import breaching_recording, clean_recording

from .run import Result, run

URL = "https://www.journal.example/"
Played = Callable[..., Recording]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a policy file in a folder without keys and store."""
    path = tmp_path / "bandeau.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


class Browser:
    """Stands for ``audit_site``: gives a recording, and remembers what it was told."""

    def __init__(self, found: Recording) -> None:
        self.found = found
        self.told: list[AuditOptions] = []
        self.stops_after: int | None = None

    def __call__(self, options: AuditOptions, *, on_visit: Callable[[Visit], None]) -> Recording:
        self.told.append(options)
        done = {each.number for each in options.done}
        for index, each in enumerate(v for v in self.found.visits if v.number not in done):
            if self.stops_after == index:
                raise KeyboardInterrupt
            on_visit(each)
        return msgspec.structs.replace(self.found, urls=options.urls)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Return a browser that sees a clean site, until told otherwise."""
    played = Browser(clean_recording())
    monkeypatch.setattr(auditing, "audit_site", played)
    return played


@pytest.fixture
def bandeau(capsys: pytest.CaptureFixture[str], policy: Path) -> Callable[..., Result]:
    """Return the command line with that policy."""
    return lambda *arguments: run(capsys, "--policy", policy, *arguments)


def test_a_clean_site_exits_with_nothing(bandeau: Callable[..., Result], browser: Browser) -> None:
    """And says of what sample."""
    result = bandeau("audit", URL)

    assert result.code == 0
    assert result.out.startswith(
        "Le Journal kept its word in everything that was seen on 2 pages of 40 known"
    )


def test_findings_exit_with_one(bandeau: Callable[..., Result], browser: Browser) -> None:
    """Each with its line of the policy."""
    browser.found = breaching_recording()
    result = bandeau("audit", URL)

    assert result.code == 1
    assert "error[BND501]: “meter” is called before any choice: meter.example" in result.out
    assert "bandeau.toml:90:" in result.out


@pytest.mark.parametrize(("fail_on", "code"), [("error", 4), ("warning", 4), ("never", 4)])
def test_what_was_not_seen_is_never_clean(
    bandeau: Callable[..., Result], browser: Browser, fail_on: str, code: int
) -> None:
    """Whatever it is to fail on."""
    browser.found = recording(visit("none", outcome="challenge"))

    assert bandeau("audit", URL, "--fail-on", fail_on).code == code


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_warnings_fail_when_asked(
    bandeau: Callable[..., Result], browser: Browser, fail_on: str, code: int
) -> None:
    """An error fails by itself, a warning on demand."""
    header = (("nel", '{"report_to":"x"}'), ("report-to", '{"url":"https://r.example/"}'))
    browser.found = recording(visit("none", call("https://www.journal.example/a.js", headers=header)))

    assert bandeau("audit", URL, "--fail-on", fail_on).code == code


def test_options_reach_the_browser(bandeau: Callable[..., Result], browser: Browser, tmp_path: Path) -> None:
    """Every one of them."""
    state = tmp_path / "state.json"
    state.write_text('{"cookies": []}')
    result = bandeau(
        "audit", URL, f"{URL}article", "--sitemap", "--choices", "none,each", "--max-pages", "5", "-j", "3",
        "--repeat", "2", "--http-auth", "ann:s:3", "--header", "X-Audit: 7", "--storage-state", state,
        "--allow-private", "--insecure", "--allow-advertising", "--browser", "/opt/chromium",
    )  # fmt: skip

    assert result.code == 0
    (told,) = browser.told
    assert told.urls == (URL, f"{URL}article")
    assert [each.name for each in told.scenarios] == ["none", "only:audience", "only:social", "only:ads"]
    assert (told.max_pages, told.jobs, told.repeat, told.sitemap) == (5, 3, 2, True)
    assert (told.http_auth, told.headers) == (("ann", "s:3"), (("X-Audit", "7"),))
    assert (told.allow_private, told.insecure, told.stop_advertising) == (True, True, False)
    assert (told.executable, told.storage_state) == ("/opt/chromium", {"cookies": []})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give the address of a site"),
        (("ftp://x.example/",), "ftp://x.example/: this is not the address of a site"),
        (("not a site", "--generic"), "this is not the address of a site"),
        ((URL, "--choices", "refused"), "there is no scenario 'refused'"),
        ((URL, "--choices", "only:adds"), "audience, social, ads"),
        ((URL, "--http-auth", "ann"), "USER:PASSWORD"),
        ((URL, "--header", "X-Audit"), "NAME: VALUE"),
        ((URL, "--max-pages", "0"), "at least 1"),
        ((URL, "--from", "x"), "give no address with it"),
    ],
)
def test_wrong_usage_says_what_is_right(
    bandeau: Callable[..., Result], browser: Browser, arguments: tuple[str, ...], says: str
) -> None:
    """Exit code 2, before any browser starts."""
    result = bandeau("audit", *arguments)

    assert (result.code, browser.told) == (2, [])
    assert says in result.err


def test_a_missing_browser_is_an_environment_error(
    bandeau: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, with the command that helps."""

    def missing(*_: object, **__: object) -> Recording:
        raise BrowserMissing('No Chromium found. Install one ("apt install chromium").')

    monkeypatch.setattr(auditing, "audit_site", missing)
    result = bandeau("audit", URL)

    assert result.code == 3
    assert "apt install chromium" in result.err


@pytest.mark.parametrize("form", ["json", "html", "junit", "sarif", "github", "markdown"])
def test_data_go_to_stdout_alone(bandeau: Callable[..., Result], browser: Browser, form: str) -> None:
    """What is printed is one document and nothing else."""
    browser.found = breaching_recording()
    out = bandeau("audit", URL, "--output-format", form).out

    starts = {"html": "<!DOCTYPE html>", "junit": "<?xml", "github": "::error ", "markdown": "**Le Journal"}
    if form in ("json", "sarif"):
        json.loads(out)
    else:
        assert out.lstrip().startswith(starts[form])


def test_evidence_is_written_and_stands_for_itself_without_keys(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path
) -> None:
    """The folder is whole; that nobody signed it is said."""
    result = bandeau("audit", URL, "-o", tmp_path / "out")

    assert check_bundle(tmp_path / "out") == ()
    assert not (tmp_path / "out" / NAME).exists()
    assert "neither signed nor logged" in result.err


def test_evidence_is_signed_and_logged_where_keys_and_store_are_at_hand(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path, policy: Path
) -> None:
    """The log then vouches for it."""
    create_keyfile(tmp_path / "bandeau.keys")
    _begin_store(policy)
    result = bandeau("audit", URL, "-o", tmp_path / "out")

    assert "signed, and logged as entry 1 of www.journal.example/journal/production/" in result.err
    site = Site.open(policy)
    assert check_bundle(tmp_path / "out", site.signer) == ()
    rows = [row for head in site.logs() for row in site.store.rows(head.origin) if row.kind == "audit"]
    site.close()
    assert read_manifest(tmp_path / "out").root.encode() in rows[0].body


def test_no_ledger_leaves_the_log_alone(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path, policy: Path
) -> None:
    """Neither signature nor row."""
    create_keyfile(tmp_path / "bandeau.keys")
    _begin_store(policy)
    bandeau("audit", URL, "-o", tmp_path / "out", "--no-ledger")

    assert not (tmp_path / "out" / "manifest.note").exists()


def test_an_earlier_run_is_judged_again_without_a_browser(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path, policy: Path
) -> None:
    """Under the policy of today, from the evidence alone."""
    browser.found = breaching_recording()
    first = bandeau("audit", URL, "-o", tmp_path / "out")
    browser.told.clear()
    again = bandeau("audit", "--from", tmp_path / "out")

    assert (again.code, again.out, browser.told) == (first.code, first.out, [])
    policy.unlink()
    assert bandeau("audit", "--from", tmp_path / "out", "--json").code == 1


def test_evidence_that_was_changed_is_not_judged(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path
) -> None:
    """The file is named."""
    bandeau("audit", URL, "-o", tmp_path / "out")
    (tmp_path / "out" / "recording.json").write_bytes(dump(breaching_recording()))
    result = bandeau("audit", "--from", tmp_path / "out")

    assert result.code == 3
    assert "recording.json: changed" in result.err


def test_a_baseline_fails_on_what_is_new_alone(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path
) -> None:
    """What was known is told, and fails nobody."""
    browser.found = recording(visit("none", call("https://meter.example/m.js")))
    assert bandeau("audit", URL, "-o", tmp_path / "out").code == 1
    known = bandeau("audit", URL, "--baseline", tmp_path / "out" / "report.json")
    browser.found = recording(visit("none", call("https://meter.example/m.js"), call("https://new.example/")))
    new = bandeau("audit", URL, "--baseline", tmp_path / "out" / "report.json")

    assert (known.code, new.code) == (0, 1)
    assert "0 new, 0 gone" in known.out
    assert "new.example" in new.out
    assert "meter.example is called" not in new.out


def test_an_interrupted_run_goes_on_where_it_was(
    bandeau: Callable[..., Result], browser: Browser, tmp_path: Path
) -> None:
    """The visits that were made are not made again; with other options they are."""
    browser.stops_after = 4
    assert bandeau("audit", URL, "-o", tmp_path / "out").code == 130
    browser.stops_after = None
    assert bandeau("audit", URL, "-o", tmp_path / "out", "--resume", "--max-pages", "3").code == 0
    assert browser.told[-1].done == ()

    browser.stops_after = 4
    bandeau("audit", URL, "-o", tmp_path / "out")
    browser.stops_after = None
    assert bandeau("audit", URL, "-o", tmp_path / "out", "--resume").code == 0
    assert [each.number for each in browser.told[-1].done] == [1, 2, 3, 4]
    # Equal values stay equal: an ETag that is the same for everybody must not look like each reader's own.
    salts = [told.salt for told in browser.told]
    assert salts[3] == salts[2] != salts[1]
    assert len(salts[3]) == 16


def test_sites_without_a_policy_are_judged_by_the_catalogue(
    capsys: pytest.CaptureFixture[str], browser: Browser, tmp_path: Path
) -> None:
    """One line for each site; a known tracker before any choice is an error, an unknown cookie is none."""
    listed = tmp_path / "sites.txt"
    listed.write_text("# journals\njournal-a.example\nhttps://journal-b.example/  # the other\n")
    tracker = call("https://www.googletagmanager.com/gtag/js?id=G-1")
    browser.found = recording(visit("none", tracker, url="https://journal-a.example/"), policy_digest="")
    result = run(
        capsys, "--policy", tmp_path / "none.toml", "audit", "-f", listed, "--generic", "-o", tmp_path / "out"
    )

    assert result.code == 1
    assert [told.urls for told in browser.told] == [
        ("https://journal-a.example",),
        ("https://journal-b.example/",),
    ]
    assert [told.policy for told in browser.told] == [None, None]
    lines = result.out.splitlines()
    assert lines[1].startswith("journal-a.example  broken")
    assert "BND501" in lines[1]
    assert (tmp_path / "out" / "journal-b.example" / "report.html").is_file()


def test_a_missing_policy_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Without --generic there is nothing to hold a site against."""
    result = run(capsys, "--policy", tmp_path / "none.toml", "audit", URL)

    assert result.code == 2
    assert "BND118" in result.err


def _begin_store(policy: Path) -> None:
    loaded = load_file(policy)
    keys = read_keyfile(policy.parent / loaded.policy.proof.keys)
    create_store(loaded.policy, policy.parent, signer_of(loaded.policy, lambda: keys))


GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "audit.md"
COMMANDS = [
    line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("bandeau audit")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_guide_are_commands(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types them is understood."""
    monkeypatch.chdir(tmp_path)
    for name in ("sites.txt", "audit-baseline.json"):
        (tmp_path / name).touch()
    arguments = shlex.split(line)[2:]

    assert command.make_context("audit", arguments).args == []


def test_the_guide_names_the_options_that_a_reader_needs() -> None:
    """All but those that explain themselves in --help."""
    guide = GUIDE.read_text(encoding="utf-8")
    told = {name for option in command.params for name in option.opts if name.startswith("--")}

    assert {name for name in told if name not in guide} <= {
        "--jobs",
        "--json",
        "--axe",
        "--browser",
        "--repeat",
        "--sites",
        "--output",
    }
