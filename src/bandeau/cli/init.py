"""``bandeau init``: a first policy file, its keys and its store."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from bandeau.cli.exits import INCOMPLETE
from bandeau.cli.ledger.init import create_rest
from bandeau.cli.settings import Settings, is_interactive, pass_settings
from bandeau.errors import PolicyError
from bandeau.policyfile import Loaded, Problem, load, load_file
from bandeau.policyfile.starter import LANGUAGES, Starter, presets, starter_text

if TYPE_CHECKING:
    from bandeau.audit.scan import Scan


@click.command()
@click.option(
    "--lang",
    default="fr",
    show_default=True,
    help=f"Languages, the default first, of {', '.join(LANGUAGES)}.",
)
@click.option(
    "--preset", type=click.Choice(presets()), default="news", show_default=True, help="The kind of site."
)
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The address of the site.")
@click.option(
    "--from-scan",
    default="",
    metavar="URL",
    help="Scan this site, or take the file that `scan -o` wrote, and declare what was found.",
)
@click.option("--allow-private", is_flag=True, help="Let the scan reach this machine and its networks.")
@click.option("--name", default="", help="The name of the site.")
@click.option("--controller", default="", help="The organisation that is responsible.")
@click.option("--contact", default="", help="How to reach it.")
@click.option(
    "--force", is_flag=True, help="Write over an existing policy file; keys and store are always kept."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
@pass_settings
def command(
    settings: Settings,
    ctx: click.Context,
    lang: str,
    preset: str,
    url: str,
    from_scan: str,
    allow_private: bool,
    name: str,
    controller: str,
    contact: str,
    force: bool,
    as_json: bool,
) -> None:
    """Write bandeau.toml in report mode, with signing keys and a store beside it.

    A policy file that is there is kept, and what it lacks is created. Exits with 4, and writes nothing,
    when a scan saw nothing of the site.
    """
    path, created = Path(settings.policy), list[str]()
    if path.exists() and not force:
        settings.say(f"{path} is there and kept; --force writes over it")
        loaded = load_file(path)
    else:
        languages = tuple(part.strip() for part in lang.split(",") if part.strip())
        unknown = [language for language in languages if language not in LANGUAGES]
        if unknown or not languages:
            raise click.UsageError(
                f"texts are written in {' and '.join(LANGUAGES)}, not in {', '.join(unknown) or 'nothing'}"
            )
        if is_interactive():
            controller = controller or click.prompt(
                "Who is responsible for the site?", default="TODO", err=True
            )
            contact = contact or click.prompt("How do readers reach them?", default="TODO", err=True)
        scan = _scanned(from_scan, settings, allow_private=allow_private) if from_scan else None
        if scan is not None and ctx.get_parameter_source("url") is ParameterSource.DEFAULT:
            url = "{0.scheme}://{0.netloc}".format(urlsplit(scan.urls[0]))
        starter = Starter(preset, languages, url, name, controller or "TODO", contact or "TODO")
        loaded = _write(path, starter, scan, settings)
        created.append(str(path))
    created += create_rest(loaded.policy, path.resolve().parent, settings)
    settings.say("next: bandeau check --ready")
    if as_json:
        click.echo(json.dumps({"created": created}, ensure_ascii=False, indent=2))


def _scanned(where: str, settings: Settings, *, allow_private: bool) -> Scan:
    from bandeau.audit.scan import decode_scan
    from bandeau.cli.scanning import Wanted, scan_site

    if "://" not in where:
        return decode_scan(Path(where).read_bytes())
    scan = scan_site(settings, Wanted(urls=(where,), allow_private=allow_private))
    if scan.doubts and not scan.found:
        settings.say(f"nothing was written, for nothing was seen: {scan.doubts[0]}")
        sys.exit(INCOMPLETE)
    return scan


def _write(path: Path, starter: Starter, scan: Scan | None, settings: Settings) -> Loaded:
    """Write the file; return its policy, without what a scan left to be decided."""
    text = starter_text(starter)
    try:
        loaded = load(text, filename=str(path))
    except PolicyError as error:
        # An option made it wrong: nothing is written, and a place in a file that is not there helps nobody.
        found = [problem for problem in error.problems if isinstance(problem, Problem)]
        first = min(found, key=lambda problem: problem.code != "BND114")
        raise click.UsageError(first.message) from error
    path.write_text(text if scan is None else _declared(text, path, scan, settings), encoding="utf-8")
    settings.say(f"wrote {path}, in report mode")
    return loaded


def _declared(text: str, path: Path, scan: Scan, settings: Settings) -> str:
    """Return the text with what was found declared in it, and say what of that is unsure."""
    from bandeau.audit.adopt import adopt
    from bandeau.cli.adopt import told

    adopted = adopt(text, scan, filename=str(path))
    settings.say(told(path, adopted))
    for doubt in scan.doubts:
        settings.say(f"not seen to the end: {doubt}")
    return adopted.after
