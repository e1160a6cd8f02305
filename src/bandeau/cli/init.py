"""``bandeau init``: a first policy file, its keys and its store."""

from __future__ import annotations

from pathlib import Path

import click

from bandeau.cli.ledger.init import create_rest
from bandeau.cli.settings import Settings, is_interactive, pass_settings
from bandeau.errors import PolicyError
from bandeau.policyfile import Loaded, Problem, load, load_file
from bandeau.policyfile.starter import LANGUAGES, Starter, presets, starter_text


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
@click.option("--name", default="", help="The name of the site.")
@click.option("--controller", default="", help="The organisation that is responsible.")
@click.option("--contact", default="", help="How to reach it.")
@click.option(
    "--force", is_flag=True, help="Write over an existing policy file; keys and store are always kept."
)
@pass_settings
def command(
    settings: Settings,
    lang: str,
    preset: str,
    url: str,
    name: str,
    controller: str,
    contact: str,
    force: bool,
) -> None:
    """Write bandeau.toml in report mode, with signing keys and a store beside it.

    A policy file that is there is kept, and what it lacks is created.
    """
    path = Path(settings.policy)
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
        starter = Starter(preset, languages, url, name, controller or "TODO", contact or "TODO")
        loaded = _write(path, starter, settings)
    create_rest(loaded.policy, path.resolve().parent, settings)
    settings.say("next: bandeau check --ready")


def _write(path: Path, starter: Starter, settings: Settings) -> Loaded:
    text = starter_text(starter)
    try:
        loaded = load(text, filename=str(path))
    except PolicyError as error:
        # An option made it wrong: nothing is written, and a place in a file that is not there helps nobody.
        found = [problem for problem in error.problems if isinstance(problem, Problem)]
        first = min(found, key=lambda problem: problem.code != "BND114")
        raise click.UsageError(first.message) from error
    path.write_text(text, encoding="utf-8")
    settings.say(f"wrote {path}, in report mode")
    return loaded
