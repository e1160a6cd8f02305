"""``bandeau scan``: what do the pages load and store?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bandeau.audit.report.scanned import scan_text
from bandeau.audit.scan import encode_scan
from bandeau.cli.exits import CLEAN, INCOMPLETE
from bandeau.cli.scanning import Wanted, scan_site
from bandeau.cli.settings import Settings, pass_settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--sitemap", is_flag=True, help="Take pages from the site's sitemap, too.")
@click.option("--max-pages", default=10, show_default=True, help="Pages that are read.")
@click.option("-j", "--jobs", default=0, help="Visits at the same time.  [default: twice the processors]")
@click.option("--accept", is_flag=True, help="Read them once more after a yes to the notice that they show.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write what `adopt` reads."
)
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --output-format json.")
@click.option("--http-auth", default="", metavar="USER:PASSWORD", help="For a staging site.")
@click.option("--header", multiple=True, metavar="NAME: VALUE", help="Sent to the site's own hosts alone.")
@click.option("--storage-state", type=_FILE, help="Cookies and storage to begin with (Playwright's form).")
@click.option("--allow-private", is_flag=True, help="Let the browser reach this machine and its networks.")
@click.option("--insecure", is_flag=True, help="Do not check certificates.")
@click.option("--browser", default="", metavar="FILE", help="The Chromium to use.")
@pass_settings
def command(
    settings: Settings, /, output: Path | None, output_format: str, as_json: bool, **given: Any
) -> None:
    """Read pages in a real Chromium, and propose how to declare what they load and store.

    It is never a verdict: whose something is and which purpose it serves is proposed where it is known,
    and left to a person where it is not. Exits with 4 when a page could not be read to its end.
    """
    scan = scan_site(settings, Wanted(**given))
    if output is not None:
        output.write_bytes(encode_scan(scan))
    if as_json or output_format == "json":
        click.echo(encode_scan(scan), nl=False)
    else:
        click.echo(scan_text(scan), nl=False)
    if output is not None:
        settings.say(f"next: bandeau adopt {output}")
    sys.exit(INCOMPLETE if scan.doubts else CLEAN)
