"""``bandeau ledger show``: one record, its place in the log, and what the reader saw."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.ledger.opened import opened
from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.record import ConsentRecord
from bandeau.ledger.receiptcode import read_code
from bandeau.ledger.store import Kept
from bandeau.site import Site
from bandeau.storage.shown import Shown, shown_to_reader


@dataclass(frozen=True, slots=True)
class _Found:
    row: Kept
    record: ConsentRecord
    shown: Shown | None


@click.command("show")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, code: str, as_json: bool) -> None:
    """Show the record of the receipt CODE, and the files of what the reader saw."""
    if read_code(code) is None:
        raise click.UsageError(f"{code!r} is no code of a receipt: 16 letters and digits, as on the receipt")
    with opened(settings) as site:
        found = _find(site, code)
    if found is None:
        click.echo("no record has this code; it may have been erased", err=True)
        sys.exit(FINDINGS)
    click.echo(_json(found) if as_json else _text(found))


def _find(site: Site, code: str) -> _Found | None:
    row = site.kept(code)
    if row is None:
        return None
    record = row.record()
    return _Found(row, record, shown_to_reader(record, site.archive) if site.archive else None)


def _text(found: _Found) -> str:
    row, record = found.row, found.record
    answers = {**record.purposes, **record.services}
    lines = [
        f"code       {row.code}",
        f"entry      {row.index} of {row.origin}",
        f"date       {record.at}" + (f", until {record.expires_at}" if record.expires_at else ""),
        f"event      {record.event} ({record.action}, {record.source}, {record.language})",
        f"subject    {row.subject_id}",
        f"policy     revision {record.revision}, {record.policy_digest}",
        f"regime     {record.regime}" + (", Sec-GPC: 1" if record.gpc else ""),
        *(f"{'allowed' if allowed else 'refused':<10} {name}" for name, allowed in answers.items()),
    ]
    return "\n".join([*lines, *_shown(found.shown)])


def _shown(shown: Shown | None) -> list[str]:
    if shown is None:
        return []
    files = [f"{file.name:<24} {file.path}" for file in shown.files]
    return ["", "what the reader saw:", *(f"  {line}" for line in (*files, *shown.remarks))]


def _json(found: _Found) -> str:
    row = found.row
    value = {
        "code": row.code,
        "origin": row.origin,
        "index": row.index,
        "record": json.loads(row.body),
        "shown": [] if found.shown is None else _files(found.shown),
        "remarks": [] if found.shown is None else list(found.shown.remarks),
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _files(shown: Shown) -> list[dict[str, str]]:
    return [{"name": file.name, "digest": file.digest, "path": str(file.path)} for file in shown.files]
