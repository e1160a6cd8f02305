"""What ``reports`` and ``stats`` share: the files of counts, of one machine or of several."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from bandeau.cli.exits import ENVIRONMENT
from bandeau.cli.settings import Settings
from bandeau.storage.countfile import countfile_path

Row = TypeVar("Row")


def counted_files(settings: Settings, named: Sequence[Path]) -> list[Path]:
    """Return the files that were named, or the site's own.

    Raises:
        click.UsageError: the site keeps no counts.
    """
    own = countfile_path(Path(settings.policy).resolve().parent)
    if not named and own is None:
        raise click.UsageError("BANDEAU_COUNTS is empty: the site keeps no counts; name a file with --counts")
    return list(named) or [path for path in [own] if path is not None]


def rows_of_all(read: Callable[[Path], list[Row]], files: Sequence[Path]) -> list[Row]:
    """Read every file, or end with what is wrong."""
    rows = []
    for path in files:
        try:
            rows += read(path)
        except FileNotFoundError as error:
            click.echo(f"bandeau: {error}: it begins with the first requests of a running site", err=True)
            sys.exit(ENVIRONMENT)
        except (sqlite3.Error, ValueError) as error:
            click.echo(f"bandeau: {path} is no file of counts: {error}; move it away", err=True)
            sys.exit(ENVIRONMENT)
    return rows
