"""``bandeau ledger prune``: records older than the retention, by whole years."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click

from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, agree, pass_settings
from bandeau.core.policy import DAY_SECONDS
from bandeau.ledger.bodies import CONSENT
from bandeau.ledger.loading import check_clock
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import LogHead
from bandeau.policyfile.duration import parse_duration
from bandeau.site import Site


@click.command("prune")
@click.option("--older-than", metavar="DURATION", help="In place of the policy's retention.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be dropped.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, older_than: str | None, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Drop the records of every year that ended longer ago than records are kept.

    The tiles and the last checkpoint of such a year stay, and the current log says what was dropped.
    When no log has had an entry for a year, `bandeau ledger init` asks first whether the clock is right.
    """
    with opened(settings) as site:
        days = _days(older_than) if older_than else site.policy.proof.retention_days
        logs = site.logs()
        # The newest log too: the tombstone begins the log of this year when nothing else has.
        heads = [head for head in logs if _ended(head) + timedelta(days=days) <= site.now()]
        found = {head.origin: _kept(site, head) for head in heads}
        due = {origin: count for origin, count in found.items() if count}
        if due:
            check_clock(logs[-1], logs[-1].at, log_time(site.now().timestamp()))
        if due and not dry_run:
            agree(f"Drop {sum(due.values())} records of {', '.join(due)} for ever?", yes=yes)
        done = {} if dry_run else {origin: site.store.prune(origin).result() for origin in due}
    if as_json:
        click.echo(json.dumps({"due": due, "dropped": done}, indent=2))
        return
    for origin, count in due.items():
        click.echo(f"{'would drop' if dry_run else 'dropped'} {count:,} records of {origin}")
    if not due:
        click.echo(f"nothing is older than {days} days, counted from the end of its year")


def _days(text: str) -> int:
    seconds = parse_duration(text)
    if seconds is None:
        raise click.UsageError(f'--older-than {text}: a duration is written "25 months" or "5 years"')
    return seconds // DAY_SECONDS


def _ended(head: LogHead) -> datetime:
    return datetime(head.year + 1, 1, 1, tzinfo=UTC)


def _kept(site: Site, head: LogHead) -> int:
    return sum(row.kind == CONSENT for row in site.store.rows(head.origin))
