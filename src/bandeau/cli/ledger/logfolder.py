"""Whole logs as files, for an auditor."""

from __future__ import annotations

from pathlib import Path

import click

from bandeau.cli.progress import Progress
from bandeau.cli.settings import Settings
from bandeau.ledger.folder import ROWS_NAME, log_files, row_lines
from bandeau.site import Site


def write_logs(site: Site, folder: Path, settings: Settings) -> list[str]:
    """Write each log of a site into a folder of its own below a new one; return their names.

    Raises:
        click.UsageError: the folder is there and not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty: an export is not mixed with another")
    written = []
    progress = Progress(settings, "wrote", "files and rows")
    with site.store.snapshot() as source:
        for head in site.own(source.logs()):
            target = folder / str(head.year)
            for name, data in log_files(source, head):
                path = target / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                progress.add(1)
            with (target / ROWS_NAME).open("wb") as file:
                for line in row_lines(source, head):
                    file.write(line)
                    progress.add(1)
            written.append(str(target))
    progress.end()
    (folder / "keys").write_text(
        "".join(f"{key}\n" for head in site.logs() for key in site.signer.verifiers(head.origin))
    )
    return written
