"""The audit of an untouched `wagtail start` site: green behind the proxy, red without it or in mode report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.judge import Judgement, judge
from bandeau.audit.scenarios import parse
from bandeau.core.policy import Policy
from bandeau.policyfile import load_file

from .certificates import write_certificate
from .thirdparty import StandIn
from .wagtail_site import make_site, proxy_running, site_running

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Stage:
    """The site, the proxy before it, and where all names of third parties lead."""

    bare: str
    behind: str
    policy_file: Path
    rules: str

    def audit(self, url: str, choices: str = "") -> Judgement:
        """Audit the site at one of its two addresses, by the policy as it is to be."""
        policy: Policy = load_file(self.policy_file).policy
        options = AuditOptions(
            urls=(f"{url}/", f"{url}/search/?query=a"),
            policy=policy,
            scenarios=parse(choices, policy) if choices else (),
            allow_private=True,
            insecure=True,
            resolver_rules=self.rules,
            jobs=2,
        )
        return judge(audit_site(options), policy)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Make and start everything once."""
    directory = tmp_path_factory.mktemp("wagtail")
    project = make_site(directory)
    with (
        StandIn(write_certificate(directory)) as others,
        site_running(project) as bare,
        proxy_running(directory / "proxy", bare) as behind,
    ):
        rules = f"MAP * 127.0.0.1:{others.port}, EXCLUDE 127.0.0.1"
        policy = directory / "proxy" / "bandeau.toml"
        yield Stage(f"http://127.0.0.1:{bare}", f"http://127.0.0.1:{behind}", policy, rules)


def told(judgement: Judgement) -> dict[str, set[str]]:
    """Return what each code is said of; warnings aside."""
    found: dict[str, set[str]] = {}
    for each in (*judgement.findings, *judgement.doubts):
        if each.level == "error":
            found.setdefault(each.code, set()).add(each.purpose or each.object)
    return found


def test_site_behind_the_proxy_is_green(stage: Stage) -> None:
    """In every situation."""
    judgement = stage.audit(stage.behind)

    assert told(judgement) == {}
    assert judgement.doubts == ()


def test_site_without_the_proxy_is_red(stage: Stage) -> None:
    """The declared vendors are charged, and what they bring along is undeclared."""
    found = told(stage.audit(stage.bare, "none"))

    assert found["BND501"] == {"audience", "social", "ads"}
    assert "bids.undeclared.example" in found["BND520"]


def test_site_in_mode_report_is_red(stage: Stage) -> None:
    """Written into the policy file while the proxy runs; and green again when it is written back."""
    text = stage.policy_file.read_text()
    try:
        stage.policy_file.write_text(text.replace('mode = "enforce"', 'mode = "report"'))
        found = told(stage.audit(stage.behind, "none"))
    finally:
        stage.policy_file.write_text(text)

    assert found["BND501"] == {"audience", "social", "ads"}
