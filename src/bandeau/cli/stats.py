"""``bandeau stats``: what a site did in the last hours, against the day or the week before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from bandeau.cli.counted import counted_files, rows_of_all
from bandeau.cli.exits import FINDINGS
from bandeau.cli.settings import Settings, pass_settings
from bandeau.cli.spikes import Spike, spikes
from bandeau.cli.statstext import record, text
from bandeau.core.policy import Policy
from bandeau.policyfile import load_file
from bandeau.storage.countfile import read_counts
from bandeau.storage.publishing.http import send
from bandeau.web.figures import Figures, figures_of

#: How far back the hours lie that the last ones are compared with.
_BEFORE = {"yesterday": timedelta(days=1), "week": timedelta(days=7)}
_LONGEST = 400 * 24


@click.command()
@click.option(
    "--hours",
    type=click.IntRange(1, _LONGEST),
    default=24,
    show_default=True,
    help="How many whole hours to count, up to now.",
)
@click.option(
    "--compare",
    type=click.Choice(list(_BEFORE)),
    help="Compare with the same hours a day or a week before; exits with 1 when something jumped.",
)
@click.option("--webhook", metavar="URL", help="Post what jumped to this https address, as JSON.")
@click.option(
    "--counts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="The file of counts; repeat for several machines.  [default: bandeau.counts beside the policy]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(
    settings: Settings,
    hours: int,
    compare: str | None,
    webhook: str | None,
    counts: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Show how many readers allow what, and what was served, released, held and failed.

    Nobody is in these counts, and a rate stands on ten answers at least. Hours are those of UTC; older than
    nine days there are whole days only.
    """
    _refuse(compare, hours, webhook)
    policy = load_file(settings.policy).policy
    files = counted_files(settings, counts)
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    if compare is None:
        end += timedelta(hours=1)  # the hour that runs counts too, where nothing is compared
    span = timedelta(hours=hours)
    now = _figures(files, end - span, end)
    before = _figures(files, end - span - _BEFORE[compare], end - _BEFORE[compare]) if compare else None
    jumped = spikes(now, before) if before is not None else []
    if as_json:
        told = record(policy, now, before, jumped)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(text(policy, now, before, jumped))
    if jumped and webhook:
        _post(webhook, policy, compare or "", now, jumped)
        settings.say(f"posted to {urlsplit(webhook).hostname}")
    if jumped:
        raise click.exceptions.Exit(FINDINGS)


def _refuse(compare: str | None, hours: int, webhook: str | None) -> None:
    if compare and timedelta(hours=hours) > _BEFORE[compare]:
        raise click.UsageError(f"--hours {hours} is longer than what it would be compared with ({compare})")
    if webhook is None:
        return
    if not compare:
        raise click.UsageError("--webhook posts what jumped: add --compare yesterday or --compare week")
    parts = urlsplit(webhook)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise click.BadParameter("give an https address", param_hint="--webhook")


def _figures(files: list[Path], since: datetime, until: datetime) -> Figures:
    rows = rows_of_all(lambda path: read_counts(path, since, until), files)
    return figures_of(since, until, ((row.series, row.count) for row in rows))


def _post(url: str, policy: Policy, compare: str, now: Figures, jumped: list[Spike]) -> None:
    """Post what jumped.

    Raises:
        PublishingError: nothing answers.
    """
    sentences = [spike.sentence for spike in jumped]
    value = {
        "text": f"{policy.site.name} ({policy.site.environment}): {'; '.join(sentences)}",
        "site": policy.site.id,
        "environment": policy.site.environment,
        "since": now.since.isoformat(),
        "until": now.until.isoformat(),
        "compared_with": compare,
        "spikes": [spike.record() for spike in jumped],
    }
    status, _ = send("POST", url, json.dumps(value).encode(), "application/json")
    if not 200 <= status < 300:
        raise click.ClickException(f"{urlsplit(url).hostname} answered {status}: nobody was told")
