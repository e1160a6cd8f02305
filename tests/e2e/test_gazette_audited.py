"""The audit of La Gazette: green as it is, red as soon as one protection is off."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.judge import Judgement, judge
from bandeau.audit.observation import ServerFact
from bandeau.audit.scenarios import parse
from bandeau.audit.serverside import ledger_side
from bandeau.core.cookie import subject_of
from bandeau.policyfile import load_file
from bandeau.site import Site

from .demonstration import ARTICLE, PRIVATE, Paper, demonstration

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
WEAKENED = Path(__file__).with_name("weakened.py")
SHORT = ("none", "refuse")


def command_line(paper: Paper, *options: str) -> dict[str, object]:
    """Audit the newspaper as a person would type it; return the report, with the exit code."""
    command = [
        *(sys.executable, "-m", "bandeau", "--policy", paper.policy, "audit"),
        *(paper.url(ARTICLE), paper.url(PRIVATE), "--allow-private", "--json", *options),
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode != 3, done.stderr
    return {**json.loads(done.stdout), "code": done.returncode}


def judged(paper: Paper, choices: str) -> Judgement:
    """Audit the newspaper, its ledger and its reading profiles too."""
    policy = load_file(paper.policy).policy
    site = Site.open(paper.policy)

    def told(held: Mapping[str, Mapping[str, str]]) -> Sequence[ServerFact]:
        profile = ServerFact(step="left", at_ms=0, kind="profile", facts={"purpose": "personalisation"})
        return [*ledger_side(site)(held), *([profile] if has_profile(paper, held) else [])]

    options = AuditOptions(
        urls=(paper.url(ARTICLE), paper.url(PRIVATE)),
        policy=policy,
        scenarios=parse(choices, policy),
        allow_private=True,
        server_side=told,
    )
    try:
        return judge(audit_site(options), policy)
    finally:
        site.close()


def has_profile(paper: Paper, held: Mapping[str, Mapping[str, str]]) -> bool:
    """Tell whether the newspaper keeps a reading profile of the reader who had these cookies."""
    cookies = [pair for each in held.values() for pair in each.items()]
    names = {value for key, value in cookies if key == "gz_lecture"}
    names |= {subject_of(value) for key, value in cookies if key == "bdid"}
    digests = {hashlib.sha256(name.encode()).hexdigest() for name in names}
    rows = paper.rows("gazette.db", "SELECT key_digest, subject_digest FROM readers_readingprofile")
    return any(digests & {*row} for row in rows)


def charges(judgement: Judgement) -> set[tuple[str, str]]:
    """Return code and purpose of each error, and the codes of what could not be seen."""
    errors = {(found.code, found.purpose) for found in judgement.findings if found.level == "error"}
    return errors | {(doubt.code, "") for doubt in judgement.doubts}


def test_newspaper_is_green_before_a_choice_and_after_a_refusal(paper: Paper) -> None:
    """By the command line, with its own ledger beside it."""
    report = command_line(paper, "--choices", ",".join(SHORT), "--compare-ledger")

    assert (report["findings"], report["doubts"], report["code"]) == ([], [], 0)


@pytest.mark.long
def test_newspaper_is_green_in_every_situation(paper: Paper) -> None:
    """All seventeen; after a yes the advertisers' partners are delegated, and said to be."""
    report = command_line(paper, "--compare-ledger")

    assert (report["findings"], report["doubts"], report["code"]) == ([], [], 0)
    assert len(report["scenarios"]) == 17  # type: ignore[arg-type]


UNPROTECTED = {("BND501", purpose) for purpose in ("audience", "social", "personalisation", "ads")}


@pytest.mark.long
@pytest.mark.parametrize(
    ("program", "environment"),
    [((), {"BANDEAU": "off"}), ((WEAKENED, "report"), {})],
    ids=["without Bandeau", "in mode report"],
)
def test_newspaper_that_is_not_protected_is_red(
    tmp_path: Path, program: tuple[object, ...], environment: dict[str, str]
) -> None:
    """Every purpose is charged with calls, and what nobody can list is undeclared."""
    with demonstration(tmp_path, *program, **environment) as paper:
        found = charges(judged(paper, "none"))

    assert found >= {*UNPROTECTED, ("BND504", "audience"), ("BND520", "")}


#: By the protection that is off: what is tried, and everything that the audit then says.
EXPECTED: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "exempt": (
        "none,refuse",
        {("BND501", "audience"), ("BND502", "audience"), ("BND504", "audience"), ("BND505", "audience")},
    ),
    "year": ("accept", {("BND535", "")}),
    "set-cookie": ("none", {("BND504", "personalisation")}),
    "erasure": ("withdraw", {("BND561", "personalisation")}),
    "collectors": ("none", {("BND501", "audience"), ("BND501", "personalisation")}),
    "ledger": ("refuse", {("BND562", "")}),
    "wall": ("none", {("BND501", "audience"), ("BND504", "audience")}),
    "guard": ("none", {("BND504", "ads"), ("BND508", "ads")}),
    "notice": ("refuse", {("BND592", "")}),
    "refusal": ("refuse", {("BND540", "")}),
    "entry": ("refuse", {("BND545", "")}),
}


@pytest.mark.long
def test_pages_that_misbehave_are_held(tmp_path: Path) -> None:
    """The control: what the next test's pages try comes to nothing while every protection is on."""
    with demonstration(tmp_path, WEAKENED, "sound") as paper:
        assert charges(judged(paper, "none,refuse,accept,withdraw")) == set()


@pytest.mark.long
@pytest.mark.parametrize("name", EXPECTED)
def test_each_protection_is_missed(tmp_path: Path, name: str) -> None:
    """With one of them off, the audit names what comes of it."""
    choices, expected = EXPECTED[name]
    with demonstration(tmp_path, WEAKENED, name) as paper:
        found = charges(judged(paper, choices))

    assert found == expected
