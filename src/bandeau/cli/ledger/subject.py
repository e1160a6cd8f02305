"""``bandeau ledger export`` and ``erase``: what is kept of one reader, handed out or deleted."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.ledger.logfolder import write_logs
from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, agree, pass_settings
from bandeau.ledger.base64text import encode_base64
from bandeau.ledger.bodies import TOMBSTONE
from bandeau.ledger.receiptcode import read_code
from bandeau.ledger.store import Kept
from bandeau.site import Site

SCHEMA = "bandeau-export-1"
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{22}")
_WHOM = "Whose records: a subject's id, or the code of one of their receipts."


@click.command()
@click.option("--subject", metavar="ID_OR_CODE", help=_WHOM)
@click.option(
    "--logs",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write all logs of the site, with all records, as files into a new folder: for an auditor.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; an export of a subject always is.")
@pass_settings
def export(settings: Settings, subject: str | None, logs: Path | None, as_json: bool) -> None:
    """Print everything that is kept of one reader (GDPR, article 15), or write whole logs for an auditor.

    Each record comes with its place in the log, its salt and its receipt, so that whoever gets the
    export can verify it with `bandeau verify`.
    """
    if (subject is None) == (logs is None):
        raise click.UsageError("give either --subject ID_OR_CODE or --logs FOLDER")
    with opened(settings, checked=logs is None) as site:
        if logs is not None:
            written = write_logs(site, logs, settings)
            click.echo(json.dumps(written, indent=2) if as_json else "\n".join(written))
            return
        rows = _rows(site, subject or "")
        click.echo(json.dumps(_exported(site, rows), ensure_ascii=False, indent=2))


@click.command()
@click.option("--subject", metavar="ID_OR_CODE", required=True, help=_WHOM)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be erased.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def erase(settings: Settings, subject: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Erase everything that is kept of one reader (GDPR, article 17).

    What stays is the commitment of each record, which says nothing without the record and its salt,
    and a dated row that says which entries were erased, and not whose. All other proofs stay valid.
    Backups hold the records until they are gone too.
    """
    with opened(settings) as site:
        rows = _rows(site, subject, erasing=not dry_run)
        if not dry_run:
            agree(f"Erase {_count(rows)} for ever?", yes=yes)
        before = {head.origin: head.size for head in site.logs()}
        done = (
            0
            if dry_run
            else sum(site.store.erase(each).result() for each in {row.subject_id for row in rows})
        )
        tombstones = _tombstones(site, before)
    if as_json:
        value = {"erased": done, "records": _places(rows), "tombstones": _places(tombstones)}
        click.echo(json.dumps(value, indent=2))
        return
    click.echo(f"{'would erase' if dry_run else 'erased'} {_count(rows)}")
    for row in tombstones:
        click.echo(f"what stays: entry {row.index} of {row.origin} says which entries went, and not whose")


def _places(rows: list[Kept]) -> list[dict[str, object]]:
    return [{"origin": row.origin, "index": row.index} for row in rows]


def _count(rows: list[Kept]) -> str:
    return f"{len(rows)} record{'s' if len(rows) != 1 else ''}"


def _rows(site: Site, whom: str, *, erasing: bool = False) -> list[Kept]:
    """Return a subject's rows at this site; end when there are none."""
    code = read_code(whom)
    subject_id = whom
    if code is not None:
        row = site.kept(code)
        subject_id = "" if row is None else row.subject_id
    elif not _SUBJECT.fullmatch(whom):
        raise click.UsageError(f"{whom!r} is neither the code of a receipt nor the id of a subject")
    rows = site.kept_of_subject(subject_id)
    if not rows:
        if erasing:
            # An erasure that a reader of the file kept from its end is finished here, or told as unfinished.
            site.store.erase(subject_id or whom).result()
        click.echo("nothing is kept under this code or id; it may have been erased", err=True)
        sys.exit(FINDINGS)
    return rows


def _exported(site: Site, rows: list[Kept]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "site": site.policy.site.id,
        "environment": site.policy.site.environment,
        "subject_id": rows[0].subject_id,
        "exported_at": site.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "records": [_exported_row(site, row) for row in rows],
    }


def _exported_row(site: Site, row: Kept) -> dict[str, object]:
    return {
        "origin": row.origin,
        "index": row.index,
        "kind": row.kind,
        "code": row.code,
        "key": row.key,
        "subject_id": row.subject_id,
        "salt": encode_base64(row.salt),
        "body": json.loads(row.body),
        "receipt": json.loads(site.receipt(row).to_json()),
    }


def _tombstones(site: Site, before: dict[str, int]) -> list[Kept]:
    """Return the tombstones that came since."""
    return [
        row
        for head in site.logs()
        for row in site.store.rows(head.origin, before.get(head.origin, 0), head.size)
        if row.kind == TOMBSTONE
    ]
