"""``bandeau adopt``: what a scan found becomes lines of the policy file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bandeau.audit.adopt import Adoption, adopt
from bandeau.audit.report.words import visible
from bandeau.audit.scan import decode_scan
from bandeau.cli.settings import Settings, agree, pass_settings


@click.command()
@click.argument("scan", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="SCAN.json")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show the difference, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print which services were declared, as JSON.")
@pass_settings
def command(settings: Settings, scan: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Declare at the end of the policy file what `bandeau scan` found and it lacks; show the difference.

    Not a byte of what stands there changes. What is unsure is written as TODO, and `bandeau check`
    refuses the file until a person has decided.
    """
    path = Path(settings.policy)
    found = adopt(_text(path), decode_scan(scan.read_bytes()), filename=str(path))
    if as_json:
        click.echo(json.dumps({"added": found.added, "unsure": found.unsure}, indent=2))
    elif found.added:
        click.echo(visible(found.diff(str(path))), nl=False)
    if not found.added:
        settings.say(told(path, found))
        return
    if dry_run:
        settings.say("nothing was written: --yes writes it")
        return
    agree(f"Write this into {path}?", yes=yes)
    path.write_text(found.after, encoding="utf-8")
    settings.say(told(path, found))


def told(path: Path, found: Adoption) -> str:
    """Return what was declared and what is left to do, in a line or two."""
    if not found.added:
        return f"{path}: nothing was found that it does not declare"
    lines = [f"{path}: {len(found.added)} declared ({', '.join(found.added)})"]
    if found.unsure:
        lines.append(
            f"a person decides of {', '.join(found.unsure)}: replace TODO, or remove it from the site"
        )
    return "\n".join([*lines, "next: bandeau check"])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"{path} cannot be read ({error.strerror}): `bandeau init` writes a first one, "
            "or `bandeau init --from-scan FILE` with what the scan found"
        ) from error
