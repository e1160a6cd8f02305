"""``bandeau audit``: does the live site do what its policy says?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bandeau.audit.judge import Verdict
from bandeau.audit.report.github import as_github
from bandeau.audit.report.html import as_html
from bandeau.audit.report.junit import as_junit
from bandeau.audit.report.machine import as_json
from bandeau.audit.report.markdown import as_markdown
from bandeau.audit.report.report import Report
from bandeau.audit.report.sarif import as_sarif
from bandeau.audit.report.text import as_text
from bandeau.cli.auditing import Target, Wanted, audit, judge_again, summary, targets
from bandeau.cli.exits import CLEAN, FINDINGS, INCOMPLETE
from bandeau.cli.settings import Settings, pass_settings

_FORMS: dict[str, Callable[[Report], str]] = {
    "text": as_text,
    "json": as_json,
    "html": as_html,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_github,
    "markdown": as_markdown,
}
_LEVELS = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("-f", "--sites", type=_FILE, help="A file of addresses, one to a line.")
@click.option("--sitemap", is_flag=True, help="Take pages from the site's sitemap, too.")
@click.option(
    "--choices",
    default="",
    metavar="LIST",
    help="Scenarios with commas between them: none, refuse, accept, each, withdraw, …  "
    "[default: all that the policy needs]",
)
@click.option("--max-pages", default=2, show_default=True, help="Pages that are visited in each scenario.")
@click.option("-j", "--jobs", default=0, help="Visits at the same time.  [default: twice the processors]")
@click.option("--repeat", default=1, show_default=True, help="How often each scenario is tried.")
@click.option(
    "--fail-on",
    type=click.Choice(list(_LEVELS)),
    default="error",
    show_default=True,
    help="The findings for which the exit code is 1.",
)
@click.option("--baseline", type=_FILE, help="The report.json of an earlier run: what it knew fails nobody.")
@click.option("--resume", is_flag=True, help="Go on where a run with the same options was interrupted.")
@click.option("-o", "--output", type=_FOLDER, help="Write the report in every form, with its evidence.")
@click.option(
    "--output-format",
    type=click.Choice(list(_FORMS)),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.option("--json", "as_json_", is_flag=True, help="The same as --output-format json.")
@click.option("--http-auth", default="", metavar="USER:PASSWORD", help="For a staging site.")
@click.option("--header", multiple=True, metavar="NAME: VALUE", help="Sent to the site's own hosts alone.")
@click.option("--storage-state", type=_FILE, help="Cookies and storage to begin with (Playwright's form).")
@click.option(
    "--generic", is_flag=True, help="Other consent managers, too; without a policy, by the catalogue."
)
@click.option("--allow-private", is_flag=True, help="Let the browser reach this machine and its networks.")
@click.option("--insecure", is_flag=True, help="Do not check certificates.")
@click.option(
    "--allow-advertising", is_flag=True, help="Let allowed advertising out, instead of recording it."
)
@click.option("--compare-ledger", is_flag=True, help="The site writes into the policy's store: compare.")
@click.option("--no-ledger", is_flag=True, help="Neither sign the evidence nor write its root into the log.")
@click.option("--axe", type=_FILE, help="axe.min.js of axe-core: examine the panel with it.")
@click.option("--browser", default="", metavar="FILE", help="The Chromium to use.")
@click.option("--from", "folder", type=_FOLDER, help="Judge the evidence of an earlier run; no browser.")
@pass_settings
def command(
    settings: Settings, /, folder: Path | None, fail_on: str, output_format: str, as_json_: bool, **given: Any
) -> None:
    """Visit a site as its readers do, and show whether it keeps its word.

    A real Chromium reads the pages in every situation that the policy needs: without a choice, after
    refusing, accepting, allowing one purpose alone, withdrawing, and more. What it calls, sets and
    stores is held against the policy.

    Exits with 1 when there are new findings, with 4 when there are none and not everything could be
    seen.
    """
    wanted, form = Wanted(**given), "json" if as_json_ else output_format
    if folder is not None:
        if wanted.urls or wanted.sites:
            raise click.UsageError("--from judges what is there: give no address with it")
        reports = [judge_again(settings, wanted, folder)]
        _print(settings, reports[0], form)
    else:
        found = targets(settings, wanted)
        if len(found) > 1 and form != "text":
            raise click.UsageError("of several sites only a summary is printed; -o writes all forms")
        done = [(target, _one(settings, wanted, target, form, alone=len(found) == 1)) for target in found]
        if len(done) > 1:
            click.echo(summary(done))
        reports = [report for _, report in done]
    sys.exit(_code(reports, fail_on))


def _one(settings: Settings, wanted: Wanted, target: Target, form: str, *, alone: bool) -> Report:
    report = audit(settings, wanted, target)
    if alone:
        _print(settings, report, form)
    return report


def _print(settings: Settings, report: Report, form: str) -> None:
    if form == "text":
        colour = settings.colours(sys.stdout)
        click.echo(as_text(report, colour=colour), nl=False, color=colour)
    else:
        click.echo(_FORMS[form](report), nl=False)


def _code(reports: list[Report], fail_on: str) -> int:
    if any(report.failing(_LEVELS[fail_on]) for report in reports):
        return FINDINGS
    unseen = any(report.judgement.doubts for report in reports)
    cells = (cell.verdict for report in reports for cell in report.judgement.cells)
    return INCOMPLETE if unseen or Verdict.INCONCLUSIVE in cells else CLEAN
