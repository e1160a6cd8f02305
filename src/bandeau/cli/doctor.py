"""``bandeau doctor``: what is wrong with the machine or with the way to the reader, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bandeau.cli.diagnosis.counts import counted
from bandeau.cli.diagnosis.finding import Finding, Level, error, ok
from bandeau.cli.diagnosis.framework import framework
from bandeau.cli.diagnosis.live import live
from bandeau.cli.diagnosis.machine import machine
from bandeau.cli.exits import FINDINGS
from bandeau.cli.settings import Settings, pass_settings
from bandeau.cli.visible import visible
from bandeau.errors import PolicyError
from bandeau.policyfile import Loaded, load_file

_MARKS = {Level.OK: "ok", Level.WARNING: "warning", Level.ERROR: "error"}


@click.command()
@click.option("--url", metavar="URL", help="A page of the live site, to see what reaches its readers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, url: str | None, as_json: bool) -> None:
    """Look at policy, keys, store, clock, disk, browser, counts, and at what the live site sends.

    Each finding names the next command. Warnings leave the exit code at 0; an error makes it 1.
    """
    found = list(_findings(settings, url))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(found)))
    if any(each.level is Level.ERROR for each in found):
        raise click.exceptions.Exit(FINDINGS)


def _findings(settings: Settings, url: str | None) -> Iterator[Finding]:
    path = Path(settings.policy).resolve()
    loaded = _load(path)
    if isinstance(loaded, Finding):
        yield loaded
        return
    count = len(loaded.warnings)
    yield ok("policy", f"{path}: revision {loaded.policy.revision}, {count} warnings of bandeau check")
    yield from machine(loaded.policy, path)
    yield from counted(loaded.policy, path.parent)
    yield from framework()
    if url is not None:
        yield from live(loaded.policy, url, datetime.now(UTC))


def _load(path: Path) -> Loaded | Finding:
    try:
        return load_file(path)
    except PolicyError as problem:
        first = str(problem).splitlines()[0]
        return error("policy", first, "bandeau check" if path.exists() else "bandeau init")


def _lines(found: list[Finding]) -> Iterator[str]:
    width = max(len(each.subject) for each in found)
    for each in found:
        yield visible(f"{_MARKS[each.level]:<8} {each.subject:<{width}}  {each.sentence}")
        if each.remedy:
            yield visible(f"{'':<8} {'':<{width}}  next: {each.remedy}")
