"""``bandeau ledger verify``: is every record there, unaltered, and who outside can say so?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.keyoption import parse_keys
from bandeau.cli.keywarning import warn_of_keys
from bandeau.cli.ledger.opened import opened
from bandeau.cli.progress import Progress
from bandeau.cli.settings import Settings, pass_settings
from bandeau.cli.visible import visible
from bandeau.errors import StoreDamaged
from bandeau.ledger.note import MAX_NOTE_SIZE, VerifierKey
from bandeau.ledger.receipt import MAX_RECEIPT_SIZE
from bandeau.ledger.report import Report
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import Kept, LogHead, LogSource
from bandeau.ledger.verification import verify_logs
from bandeau.site import Site
from bandeau.storage.publishing.folder import NOTE_SUFFIX

_MAX_ANCHOR = max(MAX_NOTE_SIZE, MAX_RECEIPT_SIZE)


@click.command("verify")
@click.option(
    "--against",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="A checkpoint or receipt that somebody outside kept, or a folder of them; may be repeated.",
)
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="Trust this verifier key, not those of the key file."
)
@click.option("--witness", "witnesses", multiple=True, metavar="KEY", help="Trust this witness too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(
    settings: Settings,
    against: tuple[Path, ...],
    keys: tuple[str, ...],
    witnesses: tuple[str, ...],
    as_json: bool,
) -> None:
    """Verify every entry of the site's logs: records, order, dates, deletions, signatures.

    The first line says against what: *self-attested* (the operator's own word), *published* (a
    checkpoint or receipt given by --against), or *witnessed* (a countersignature of a witness).
    Exits with 1 when anything is wrong.
    """
    trusted, seen_by = parse_keys(keys, "--key"), parse_keys(witnesses, "--witness")
    try:
        report, agreeing, wrong = _verify(settings, against, trusted, seen_by)
    except StoreDamaged as error:
        # What cannot even be read as a log: nothing in it can be vouched for, which is a finding too.
        report, agreeing, wrong = Report((), ()), 0, [str(error)]
    warnings = _ahead(report, log_time(time.time()))
    click.echo(report_json(report, wrong, warnings) if as_json else report_text(report, wrong, agreeing))
    for each in warnings:
        settings.say(visible(f"warning: {each}"))
    sys.exit(0 if report.holds and not wrong else FINDINGS)


def _verify(
    settings: Settings,
    against: Sequence[Path],
    trusted: Sequence[VerifierKey],
    seen_by: Sequence[VerifierKey],
) -> tuple[Report, int, list[str]]:
    """Verify the site's logs; return what was found, and how the store and this machine's folder compare."""
    with opened(settings, checked=False) as site, site.store.snapshot() as snapshot:
        warn_of_keys(site.policy, Path(settings.policy).resolve().parent, settings)
        source = _OfSite(snapshot, site, Progress(settings, "verified", "entries"))
        report = verify_logs(
            source,
            trusted or [key for head in source.logs() for key in site.signer.verifiers(head.origin)],
            anchors=[*read_given(against), *_countersigned(site)],
            witnesses=[*site.witnesses(), *seen_by],
        )
        source.progress.end()
        agreeing, wrong = _compare_published(site, source)
        return report, agreeing, [*site.store.problems(), *wrong]


@dataclass(frozen=True, slots=True)
class _OfSite:
    """The logs of one site in a store that several may share; it tells how far it was read."""

    source: LogSource
    site: Site
    progress: Progress

    def logs(self) -> list[LogHead]:
        return self.site.own(self.source.logs())

    def tile(self, origin: str, level: int, number: int) -> bytes:
        return self.source.tile(origin, level, number)

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        found = self.source.leaves(origin, start, stop)
        self.progress.add(len(found))
        return found

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        return self.source.rows(origin, start, stop)


def read_given(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the anchors in files and folders, each with its path as its name."""
    for path in paths:
        files = sorted(_in_folder(path)) if path.is_dir() else [path]
        if not files:
            raise click.UsageError(f"--against {path}: there is neither a checkpoint nor a receipt in it")
        for file in files:
            with file.open("rb") as opened_file:
                yield str(file), opened_file.read(_MAX_ANCHOR + 1)


def _in_folder(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in (NOTE_SUFFIX, ".json") and path.is_file())


def _countersigned(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield the newest checkpoint of each log that a witness signed: nobody here could have made it."""
    publisher = site.publisher
    for head in site.logs() if publisher else []:
        note = publisher.newest_countersigned(head.origin, beyond=0) if publisher else None
        if note is not None:
            yield f"the countersigned checkpoint of {head.origin}", note


def _compare_published(site: Site, source: LogSource) -> tuple[int, list[str]]:
    """Compare the logs with the folder of checkpoints on this machine, which proves nothing to others."""
    publisher, heads = site.publisher, source.logs()
    if not heads:
        # A site that never began a log cannot be told from one whose logs are gone.
        return 0, [
            f"There is no log of {site.policy.site.id}: it was deleted, or `bandeau ledger init` never ran."
        ]
    found = [publisher.compare(head, source) for head in heads] if publisher else []
    return sum(agreeing for agreeing, _ in found), [each for _, wrong in found for each in wrong]


def _ahead(report: Report, now: str) -> list[str]:
    """Return a sentence for each log that is ahead of this machine's clock: no finding, and yet wrong."""
    return [
        f"The last entry of {log.origin} is dated {log.last_at}, and the clock of this machine says {now}: "
        "one clock was wrong. What is logged gets that time until the clock has passed it."
        for log in report.logs
        if log.last_at > now
    ]


def report_text(report: Report, wrong: Sequence[str] = (), agreeing: int = 0) -> str:
    """Return what was found, for a person; ``wrong`` and ``agreeing`` are of this machine's folder."""
    count = len(report.findings) + report.left_off + len(wrong)
    head = f"ok: {report.level}" if not count else f"NOT OK: {count} finding{'s' if count > 1 else ''}"
    lines = [head, *wrong, *(report.sentences() if report.logs else ())]
    if agreeing and report.level == "self-attested":
        lines.append(
            f"Checkpoints in the folder of this machine that agree: {agreeing}. If others keep copies that "
            "you cannot change, verify against those: --against FOLDER."
        )
    return "\n".join(map(visible, lines))


def report_json(report: Report, wrong: Sequence[str] = (), warnings: Sequence[str] = ()) -> str:
    """Return what was found, as JSON."""
    value = asdict(report) | {"holds": report.holds and not wrong, "level": report.level}
    for log, shown in zip(report.logs, value["logs"], strict=True):
        shown["level"] = log.level
    value |= {"published": list(wrong), "warnings": list(warnings)}
    return json.dumps(value, ensure_ascii=False, indent=2)
