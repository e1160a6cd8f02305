"""``bandeau verify``: a receipt or an exported log, without the site that it is from."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import click

from bandeau.cli.exits import FINDINGS
from bandeau.cli.keyoption import parse_keys
from bandeau.cli.ledger.verify import read_given, report_json, report_text
from bandeau.cli.visible import visible
from bandeau.errors import LedgerError
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.receipt import MAX_RECEIPT_SIZE, Receipt, Verdict, parse_receipt, verify_receipt
from bandeau.ledger.verification import verify_logs
from bandeau.storage.logfolder import LogFolders

#: The program that verifies without Bandeau, as it lies in an installed package.
_STANDALONE = "verify_bandeau.py"


@click.command()
@click.argument(
    "paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[FILE_OR_FOLDER]..."
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="The publisher's verifier key, from elsewhere; may be repeated.",
)
@click.option(
    "--witness", "witnesses", multiple=True, metavar="KEY", help="The key of a witness that you trust."
)
@click.option(
    "--against",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="For logs: a checkpoint or receipt that somebody kept, or a folder of them.",
)
@click.option(
    "--standalone", is_flag=True, help="Print a program that does the same without Bandeau, and stop."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    paths: tuple[Path, ...],
    keys: tuple[str, ...],
    witnesses: tuple[str, ...],
    against: tuple[Path, ...],
    standalone: bool,
    as_json: bool,
) -> None:
    """Verify a receipt, or the folders of exported logs (bandeau ledger export --logs).

    Nothing is asked of any network, and no policy file is needed. Without --key the signature is
    checked with the key that a receipt states itself, and the answer says what that is worth.
    Exits with 1 when something does not hold.
    """
    if standalone:
        click.echo(_standalone(), nl=False)
        return
    trusted, seen_by = parse_keys(keys, "--key"), parse_keys(witnesses, "--witness")
    folders = [path for path in paths if path.is_dir()]
    if not paths or (folders and len(folders) != len(paths)):
        raise click.UsageError("give a receipt, or folders of exported logs")
    if not folders:
        holds = [_receipt(path, trusted, seen_by, as_json=as_json) for path in paths]
        sys.exit(0 if all(holds) else FINDINGS)
    if not trusted:
        raise click.UsageError("a log is verified with the publisher's key: --key KEY (see its log/keys)")
    sys.exit(_logs(folders, trusted, seen_by, against, as_json=as_json))


def _receipt(
    path: Path, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey], *, as_json: bool
) -> bool:
    with path.open("rb") as file:
        data = file.read(MAX_RECEIPT_SIZE + 1)
    try:
        receipt = parse_receipt(data)
        verdict = verify_receipt(receipt, keys, witnesses)
    except LedgerError as error:
        broken = {"file": str(path), "holds": False, "reason": str(error)}
        click.echo(json.dumps(broken, indent=2) if as_json else visible(f"NOT OK: {path}: {error}"))
        return False
    click.echo(_receipt_json(path, receipt, verdict) if as_json else _receipt_text(path, receipt, verdict))
    return True


def _receipt_text(path: Path, receipt: Receipt, verdict: Verdict) -> str:
    record = json.loads(receipt.body)
    answers = {**record["purposes"], **record["services"]}
    lines = [f"ok: {path}: {verdict.level}", *verdict.sentences(), f"The record says: {record['event']}."]
    lines += [f"  {'allowed' if yes else 'refused'}  {name}" for name, yes in answers.items()]
    return "\n".join(map(visible, lines))


def _receipt_json(path: Path, receipt: Receipt, verdict: Verdict) -> str:
    value = {
        "file": str(path),
        "holds": True,
        "level": verdict.level,
        "code": verdict.code,
        "at": verdict.at,
        "origin": verdict.checkpoint.origin,
        "index": verdict.index,
        "size": verdict.checkpoint.size,
        "signed_by": [str(key) for key in verdict.signed_by],
        "witnesses": [{"name": each.witness.name, "at": each.timestamp} for each in verdict.cosignatures],
        "sentences": verdict.sentences(),
        "record": json.loads(receipt.body),
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _logs(
    folders: Sequence[Path],
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey],
    against: Sequence[Path],
    *,
    as_json: bool,
) -> int:
    source = LogFolders(folders)
    report = verify_logs(source, keys, anchors=read_given(against), witnesses=witnesses)
    wrong = source.unreadable()
    click.echo(report_json(report, wrong) if as_json else report_text(report, wrong))
    return 0 if report.holds and not wrong else FINDINGS


def _standalone() -> str:
    packed = files("bandeau") / _STANDALONE
    if packed.is_file():
        return packed.read_text("utf-8")
    # In a checkout it lies where its readers look for it.
    return (Path(__file__).parents[3] / "verify" / _STANDALONE).read_text("utf-8")
