"""Every form of the report says the same, in the shape that its readers expect."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest

from bandeau.audit.judge import Verdict
from bandeau.audit.report.github import as_github
from bandeau.audit.report.html import as_html
from bandeau.audit.report.junit import as_junit
from bandeau.audit.report.machine import as_json
from bandeau.audit.report.markdown import as_markdown
from bandeau.audit.report.report import Report, make_report, read_baseline
from bandeau.audit.report.sarif import as_sarif
from bandeau.audit.report.text import as_text
from bandeau.errors import AuditError
from bandeau.policyfile import load
from tests.audit.judge.made import LOADED, POLICY, call, cookie, recording, visit

from .sample import breaching_recording, clean_recording, clean_report, sample_report
from .sarif_shape import SARIF

FORMS = {
    "text": as_text,
    "json": as_json,
    "html": as_html,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_github,
    "markdown": as_markdown,
}
#: What a page could put into addresses and names to look like something else.
HOSTILE = "https://x.example/\x1b[2J</pre></script><img src=x onerror=alert(1)>\u202e|`@team`\n::error::"


def hostile_report() -> Report:
    """Return a report of a site that tries to speak through it."""
    name = "a`|<b>\u202e@me"
    return make_report(recording(visit("none", call(HOSTILE), cookie(name))), LOADED)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_recording_gives_the_same_bytes(form: str) -> None:
    """No clock, no random order, nothing of the machine."""
    assert FORMS[form](sample_report()) == FORMS[form](sample_report())


@pytest.mark.parametrize("form", ["text", "json", "html", "junit", "sarif", "markdown"])
def test_the_first_sentence_says_verdict_and_sample(form: str) -> None:
    """Whoever reads on knows what was looked at."""
    text = FORMS[form](sample_report())

    assert "Le Journal does not keep its word: 8 broken promises and 2 things that nobody declared" in text
    assert "on 2 pages of 40 known, in 15 situations and 15 visits" in text


def test_a_clean_audit_says_so_and_of_what() -> None:
    """It claims nothing beyond the sample."""
    report = clean_report()

    assert report.sentence.startswith("Le Journal kept its word in everything that was seen on 2 pages of 40")
    assert as_text(report).endswith("0 errors, 0 warnings, 0 doubts\n")


def test_doubts_are_said_before_anything_is_called_clean() -> None:
    """A site that was not reached is not said to keep its word."""
    report = make_report(recording(visit("none", outcome="unreachable")), LOADED)

    assert report.sentence.startswith("It is not proven that Le Journal keeps its word: 1 doubt remains")


@pytest.mark.parametrize("report", [sample_report(), clean_report(), hostile_report()])
def test_sarif_has_the_shape_of_its_standard(report: Report) -> None:
    """Code scanning refuses a whole log for one wrong property."""
    jsonschema.validate(json.loads(as_sarif(report)), SARIF)


def test_sarif_points_at_lines_of_the_policy() -> None:
    """At the tracker where it is one, at the service, else at the site; never at a live address."""
    results = json.loads(as_sarif(sample_report()))["runs"][0]["results"]
    lines = POLICY.splitlines()

    def line_of(code: str) -> str:
        found = next(result for result in results if result["ruleId"] == code)
        place = found["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "bandeau.toml"
        return lines[place["region"]["startLine"] - 1].strip()

    assert line_of("BND501") == 'id = "meter"'
    assert line_of("BND504") == '{ name = "_m", max_age = "6 months" },'
    assert line_of("BND520") == "[site]"


def test_sarif_tells_doubts_as_notifications_of_a_run_that_failed() -> None:
    """They are no results, and the run did not succeed."""
    run = json.loads(as_sarif(sample_report()))["runs"][0]["invocations"][0]

    assert run["executionSuccessful"] is False
    assert [each["descriptor"]["id"] for each in run["toolExecutionNotifications"]] == ["BND593"]


def test_junit_has_a_test_for_each_cell_and_fails_the_right_ones() -> None:
    """A build shows which purpose broke in which situation; what is inconclusive is no pass."""
    root = ElementTree.fromstring(as_junit(sample_report()))
    cases = {
        (suite.get("name"), case.get("name")): [child.tag for child in case]
        for suite in root
        for case in suite
    }

    assert cases["No choice", "Mesure d'audience"] == ["failure"]
    assert cases["Accept all", "Mesure d'audience"] == []
    assert cases["No choice", "Not declared"] == ["failure"]
    assert cases["Without JavaScript", "Vidéos"] == ["error"]
    assert cases["The site", "Notice, choices and records"] == ["failure"]
    counts = [sum(tags == [tag] for tags in cases.values()) for tag in ("failure", "error")]
    assert [int(root.get("failures", "")), int(root.get("errors", ""))] == counts
    assert int(root.get("tests", "")) == len(cases)


def test_junit_of_a_clean_audit_passes_whole() -> None:
    """Not one failure, not one error."""
    root = ElementTree.fromstring(as_junit(clean_report()))

    assert (root.get("failures"), root.get("errors")) == ("0", "0")


def test_github_annotates_the_policy_file() -> None:
    """One command for each finding and each doubt."""
    lines = as_github(sample_report()).splitlines()

    assert all(
        line.startswith(("::error file=bandeau.toml,", "::warning file=bandeau.toml,")) for line in lines
    )
    assert len(lines) == 11


@pytest.mark.parametrize("form", ["text", "html", "junit", "sarif", "github", "markdown"])
def test_a_hostile_site_says_nothing_in_our_name(form: str) -> None:
    """Addresses and names that it chose stay text: no escape, no markup, no command, no mention."""
    text = FORMS[form](hostile_report())

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("::error::") for line in text.splitlines())
    if form in ("html", "junit"):
        assert "<img" not in text
    if form == "markdown":
        assert "<img" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


def test_json_holds_what_the_page_shows() -> None:
    """Matrix, findings with their places, inventory and coverage."""
    found = json.loads(as_json(sample_report()))

    assert found["schema"] == "bandeau-report-1"
    assert len(found["matrix"]) == 15 * 5
    first = found["findings"][0]
    assert (first["code"], first["file"], first["line"]) == ("BND501", "bandeau.toml", 90)
    assert first["evidence"][0]["what"].startswith("https://meter.example/")
    assert found["coverage"]["ratio"] == 0.9967
    assert found["policy"]["digest"] == LOADED.policy.digest


def test_a_baseline_knows_old_findings_and_names_new_and_gone() -> None:
    """Of two runs, what changed; what was known fails nobody again."""
    before = recording(visit("none", call("https://meter.example/m.js"), call("https://gone.example/x.js")))
    now = recording(visit("none", call("https://meter.example/n.js"), call("https://new.example/x.js")))
    baseline = read_baseline(as_json(make_report(before, LOADED)).encode())
    report = make_report(now, LOADED, baseline=baseline)

    assert report.difference is not None
    assert [known.message for known in report.difference.gone] == [
        "Nobody declared gone.example, and it is called"
    ]
    assert [finding.object for finding in report.failing(("error",))] == ["new.example"]
    assert len(report.difference.same) == 1


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif", "markdown"])
def test_the_difference_stands_in_every_form(form: str) -> None:
    """Who reads a report sees at once what is new."""
    baseline = read_baseline(as_json(clean_report()).encode())
    text = FORMS[form](sample_report(baseline=baseline))

    assert "new" in text
    assert "2026-11-25" in text


def test_a_baseline_of_another_site_is_refused() -> None:
    """Nothing would be known, and everything be called new."""
    other = load(POLICY.replace('id = "journal"', 'id = "gazette"'))
    baseline = read_baseline(as_json(make_report(clean_recording(), other)).encode())

    with pytest.raises(AuditError, match="of the site 'gazette', and this is 'journal'"):
        sample_report(baseline=baseline)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{}", "no report.json"),
        (b"[", "no report.json"),
        (b'{"schema":"x","site":"","started":"","findings":[]}', "schema"),
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes, says: str) -> None:
    """With its reason."""
    with pytest.raises(AuditError, match=says):
        read_baseline(data)


def test_a_recording_made_under_another_policy_says_so() -> None:
    """It may be judged again under a newer one, and the page tells."""
    old = msgspec.structs.replace(clean_recording(), policy_digest="sha256:0")

    assert "made under another version of the policy" in as_html(make_report(old, LOADED))


def test_report_mode_is_named() -> None:
    """A reader of red cells is told that nothing was blocked yet."""
    loaded = load(POLICY.replace('mode = "enforce"', 'mode = "report"'))

    assert "nothing is blocked yet" in as_html(make_report(breaching_recording(), loaded))


def test_every_finding_of_a_cell_is_on_the_page() -> None:
    """What is linked is there."""
    report = sample_report()
    page = as_html(report)

    for cell in report.judgement.cells:
        assert all(f'id="f-{each}"' in page for each in cell.findings)
    assert report.judgement.verdict is Verdict.BROKEN
