"""``bandeau reports``: what nobody declared: who calls it, where, how often, and what to write."""

from __future__ import annotations

import json
from pathlib import Path

import click
import msgspec

from bandeau.audit.adopt import adopt
from bandeau.audit.scan import encode_scan
from bandeau.audit.undeclared import Undeclared, proposal, undeclared
from bandeau.cli.counted import counted_files, rows_of_all
from bandeau.cli.exits import FINDINGS
from bandeau.cli.settings import Settings, pass_settings
from bandeau.cli.visible import visible
from bandeau.core.policy import Undeclared as Fate
from bandeau.policyfile import Loaded, load_file
from bandeau.storage.countfile import Stopped, read_stopped

#: Rarer things are left out unless they are asked for: a reader's own extensions call hosts too.
_AT_LEAST = 5
_BLOCK = '[enforce]\nundeclared_hosts = "block"\n'


@click.command()
@click.option(
    "--at-least",
    type=click.IntRange(1),
    default=_AT_LEAST,
    show_default=True,
    help="Leave out what was seen more rarely.",
)
@click.option(
    "--counts",
    multiple=True,
    type=click.Path(path_type=Path),
    help="The file of counts; repeat for several machines.  [default: bandeau.counts beside the policy]",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a scan for bandeau adopt."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(
    settings: Settings, at_least: int, counts: tuple[Path, ...], output: Path | None, as_json: bool
) -> None:
    """Show the hosts and deposits that nobody declared: by whom, first on which page, how often.

    They come from the markup that the site sends and from what browsers report. A snippet declares them;
    what is left undeclared is blocked in enforce. Exits with 1 when there are any.
    """
    loaded = load_file(settings.policy)
    rows = _merged(rows_of_all(read_stopped, counted_files(settings, counts)))
    found = undeclared(loaded.policy, rows)
    shown = [each for each in found if each.row.count >= at_least]
    scan = proposal(shown)
    snippet = _snippet(loaded, shown)
    if output is not None:
        output.write_bytes(encode_scan(scan))
    if as_json:
        click.echo(json.dumps(_record(shown, len(found) - len(shown), snippet), ensure_ascii=False, indent=2))
    else:
        click.echo(_text(shown, snippet))
        _say_more(settings, len(found) - len(shown), at_least, output)
    if shown:
        raise click.exceptions.Exit(FINDINGS)


def _merged(rows: list[Stopped]) -> list[Stopped]:
    """Add up what several machines saw, the most frequent first."""
    merged: dict[tuple[str, str, str], Stopped] = {}
    for row in rows:
        key = (row.what, row.by, row.initiator)
        seen = merged.get(key)
        earliest = row if seen is None or row.first < seen.first else seen
        merged[key] = Stopped(
            *key,
            page=earliest.page,
            first=earliest.first,
            last=max(row.last, seen.last if seen else ""),
            count=row.count + (seen.count if seen else 0),
        )
    return sorted(merged.values(), key=lambda row: (-row.count, row.what, row.by, row.initiator))


def _snippet(loaded: Loaded, shown: list[Undeclared]) -> dict[str, str]:
    """Return what to write: to declare, and to block."""
    adopted = adopt(loaded.text, proposal(shown), filename=loaded.filename)
    blocks = loaded.policy.enforce.undeclared_hosts is Fate.BLOCK
    declare = adopted.after.removeprefix(loaded.text.rstrip("\n")).strip("\n") if adopted.added else ""
    return {"declare": declare, "block": "" if blocks else _BLOCK}


def _text(shown: list[Undeclared], snippet: dict[str, str]) -> str:
    if not shown:
        return "nothing undeclared was seen"
    table = [("undeclared", "stopped by", "count", "called by", "first page", "since")]
    for each in shown:
        row = each.row
        table.append((row.what, row.by, f"{row.count:,}", row.initiator or "-", row.page or "-", row.first))
    widths = [min(max(len(line[i]) for line in table), 48) for i in range(len(table[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
    parts = ["\n".join(map(visible, lines))]
    if snippet["declare"]:
        declared = "\n".join(map(visible, snippet["declare"].split("\n")))
        parts.append("To declare, write into the policy and let a person decide each TODO:\n\n" + declared)
    if any(each.is_host for each in shown):
        parts.append(
            f"To block, write:\n\n{snippet['block']}"
            if snippet["block"]
            else "To block, write nothing: undeclared hosts are blocked in enforce. Better still, remove "
            "what calls them."
        )
    return "\n\n".join(parts)


def _say_more(settings: Settings, rarer: int, at_least: int, output: Path | None) -> None:
    if rarer:
        settings.say(f"{rarer} seen fewer than {at_least} times left out: --at-least 1 shows them")
    if output is not None:
        settings.say(f"{output}: next: bandeau adopt {output}")


def _record(shown: list[Undeclared], rarer: int, snippet: dict[str, str]) -> dict[str, object]:
    return {
        "undeclared": [
            {**msgspec.to_builtins(each.row), "use": each.use or None, "is_host": each.is_host}
            for each in shown
        ],
        "left_out": rarer,
        "declare": snippet["declare"],
        "block": snippet["block"],
    }
