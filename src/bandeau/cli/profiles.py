"""``bandeau profiles``: the erasures that nobody has acknowledged yet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from bandeau.cli.exits import CLEAN, FINDINGS
from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, pass_settings
from bandeau.ledger.outbox import Debt
from bandeau.policyfile import load_file
from bandeau.profiles.delivery import ALERT_SECONDS
from bandeau.profiles.webhook import create_secret

_ALL = click.option("--all", "everything", is_flag=True, help="All of them.")
_IDS = click.argument("ids", nargs=-1, metavar="ID...")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
@click.pass_context
def command(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """List the erasures that withdrawals owe and nobody has acknowledged.

    Exits with 1 when one of them is a dead letter, or older than 24 hours.
    """
    if ctx.invoked_subcommand is not None:
        return
    with opened(settings) as site:
        debts, overdue = site.withdrawals.debts(), site.withdrawals.overdue()
        now = site.now().timestamp()
    dead = sum(debt.dead for debt in debts)
    if as_json:
        rows = [_row(debt) for debt in debts]
        click.echo(json.dumps({"owed": rows, "overdue": overdue, "dead": dead}, indent=2))
    else:
        click.echo("\n".join(_line(debt, now) for debt in debts) or "nothing is owed")
    if overdue or dead:
        settings.say(
            f"{overdue} after 24 hours, {dead} given up; try again with: bandeau profiles retry --all"
        )
    ctx.exit(FINDINGS if overdue or dead else CLEAN)


@command.command()
@_IDS
@_ALL
@pass_settings
def retry(settings: Settings, ids: tuple[str, ...], everything: bool) -> None:
    """Try erasures again, dead letters too: webhooks now, handlers as soon as the site's processes look."""
    _need(ids, everything)
    with opened(settings) as site:
        click.echo(f"to be tried again: {site.withdrawals.retry(ids)}")
        while site.withdrawals.run_due():
            pass
        left = len(site.withdrawals.debts())
    settings.say(f"still owed: {left}")


@command.command()
@_IDS
@click.pass_context
@pass_settings
def acknowledge(settings: Settings, ctx: click.Context, ids: tuple[str, ...]) -> None:
    """Note that the profiles of some erasures were erased by hand."""
    _need(ids, everything=False)
    with opened(settings) as site:
        noted = site.withdrawals.acknowledge(ids)
    click.echo(f"acknowledged: {noted}")
    ctx.exit(CLEAN if noted == len(set(ids)) else FINDINGS)


@command.command()
@pass_settings
def secret(settings: Settings) -> None:
    """Create the file of secrets that the policy's webhooks are signed with; print the secret."""
    policy, folder = load_file(settings.policy).policy, Path(settings.policy).resolve().parent
    names = {profile.webhook.secret for profile in policy.profiles if profile.webhook is not None}
    missing = sorted(name for name in names if not (folder / name).exists())
    if not missing:
        raise click.UsageError("every declared webhook has its file" if names else "no webhook is declared")
    for name in missing:
        click.echo(create_secret(folder / name))
        settings.say(f"wrote {folder / name}: the other server needs this secret too, and nobody else")


def _need(ids: tuple[str, ...], everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("name the erasures as `bandeau profiles` lists them, or --all to try again")


def _row(debt: Debt) -> dict[str, object]:
    """Return a debt without who the reader is."""
    owed = debt.owed
    return {
        "id": owed.id,
        "purpose": owed.purpose_id,
        "handler": owed.handler,
        "withdrawn_at": _time(owed.at),
        "due_at": None if debt.dead else _time(owed.due_at),
        "tries": debt.tries,
        "dead": debt.dead,
        "error": debt.error,
    }


def _line(debt: Debt, now: float) -> str:
    owed = debt.owed
    mark = "dead   " if debt.dead else "overdue" if now - owed.at > ALERT_SECONDS else "owed   "
    tail = f"  {debt.error}" if debt.error else ""
    return f"{mark}  {owed.id}  {_time(owed.at)}  {owed.purpose_id}  {owed.handler}  tries {debt.tries}{tail}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
