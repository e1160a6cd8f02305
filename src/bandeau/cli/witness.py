"""``bandeau witness``: countersign the logs of others, so that none of them can show two histories."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bandeau.cli.keyoption import parse_keys
from bandeau.cli.server import listen, run
from bandeau.cli.settings import Settings, pass_settings
from bandeau.storage.witnessfile import WitnessFile
from bandeau.web.witness import WitnessApp

_FILE = click.option(
    "--file",
    "path",
    default="bandeau.witness",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file of the witness: its key and what it signed.",
)


@click.group()
def command() -> None:
    """Countersign the logs of others (c2sp.org/tlog-witness).

    Two newspapers that witness each other's logs keep each other from rewriting them. A witness
    learns sizes and hashes, never a record. It is worth as much as it is independent of the log.
    """


@command.command()
@click.argument("name")
@_FILE
@pass_settings
def create(settings: Settings, name: str, path: Path) -> None:
    """Create the witness NAME, such as a host name, with a new key; print its verifier key.

    The file is the witness: one that was lost or put back from an old copy must not go on under
    the same name.
    """
    file = WitnessFile.create(path, name)
    settings.say(f"wrote {path}: keep it secret, and in one place only")
    click.echo(str(file.verifier()))


@command.command()
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@_FILE
@pass_settings
def trust(settings: Settings, keys: tuple[str, ...], path: Path) -> None:
    """Countersign the logs whose verifier KEYs are given, from now on."""
    file = WitnessFile(path)
    for key in parse_keys(keys, "KEY"):
        file.trust(key)
        settings.say(f"countersigns {key.name}")


@command.command()
@_FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(path: Path, as_json: bool) -> None:
    """Print the verifier key of the witness, and what it countersigned last of each log."""
    file = WitnessFile(path)
    verifier, latest = str(file.verifier()), file.latest()
    if as_json:
        sizes = {origin: checkpoint.size if checkpoint else 0 for origin, checkpoint in latest.items()}
        click.echo(json.dumps({"verifier": verifier, "logs": sizes}, indent=2))
        return
    click.echo(verifier)
    for origin, checkpoint in latest.items():
        click.echo(f"{origin}: {f'{checkpoint.size} entries' if checkpoint else 'nothing yet'}")


@command.command()
@_FILE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8701,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
def serve(path: Path, host: str, port: int) -> None:
    """Answer the logs that ask for a countersignature, at /add-checkpoint.

    It speaks http: put it behind a server that speaks https.
    """
    file = WitnessFile(path)
    run(WitnessApp(file), listen(host, port), saying=f"witness {file.verifier().name}")
