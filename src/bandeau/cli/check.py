"""``bandeau check``: is this policy file right, and is it ready?"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import click

from bandeau.cli.exits import FINDINGS, INVALID
from bandeau.cli.keywarning import warn_of_keys
from bandeau.cli.settings import Settings, pass_settings
from bandeau.errors import PolicyError
from bandeau.policyfile import Level, Loaded, Problem, load_file
from bandeau.policyfile.formats import as_github, as_json, as_sarif
from bandeau.policyfile.mend import mend
from bandeau.policyfile.ready import check_ready
from bandeau.policyfile.render import count, render_report


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--ready", is_flag=True, help="Also say what stands between report and enforce.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
)
@click.option("--json", "as_json_", is_flag=True, help="The same as --output-format json.")
@click.option("--fix", is_flag=True, help="Apply the fixes that need no decision.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when there are findings.")
@pass_settings
def command(
    settings: Settings,
    files: tuple[str, ...],
    ready: bool,
    output_format: str,
    as_json_: bool,
    fix: bool,
    exit_zero: bool,
) -> None:
    """Check policy files, all mistakes in one pass.

    Exits with 1 when there is an error, or with --ready when anything is left to do.
    """
    problems: list[Problem] = []
    for name in files or (settings.policy,):
        if fix:
            _apply_fixes(name, settings)
        problems += _problems(name, settings, ready=ready, warn=True)
    unreadable = any(problem.code == "BND118" for problem in problems)
    _print(problems, "json" if as_json_ else output_format, settings)
    if output_format == "text" and not as_json_ and not problems:
        settings.say("ready to enforce" if ready else "no problems")
    if unreadable:
        sys.exit(INVALID)
    failed = bool(problems) if ready else any(problem.level is Level.ERROR for problem in problems)
    sys.exit(FINDINGS if failed and not exit_zero else 0)


def _problems(
    name: str, settings: Settings, *, ready: bool = False, warn: bool = False
) -> tuple[Problem, ...]:
    try:
        loaded: Loaded = load_file(name)
    except PolicyError as error:
        return tuple(problem for problem in error.problems if isinstance(problem, Problem))
    if settings.verbose:
        policy = loaded.policy
        where = f"{policy.site.id} ({policy.site.environment})"
        settings.say(f"{name}: {where}, revision {policy.revision}, {policy.digest}")
    if warn:
        warn_of_keys(loaded.policy, Path(name).resolve().parent, settings)
    if not ready:
        return loaded.warnings
    return check_ready(loaded, Path(name).resolve().parent)


def _apply_fixes(name: str, settings: Settings) -> None:
    """Apply fixes until none is left: one may make room for another."""
    path, done = Path(name), 0
    for _ in range(10):
        problems = [problem for problem in _problems(name, settings) if problem.fix is not None]
        if not problems:
            break
        raw = path.read_bytes()
        mended, number = mend(raw.decode("utf-8"), problems)
        path.write_bytes(mended.encode("utf-8"))
        done += number
    if done:
        settings.say(f"{name}: {done} fixed")


def _print(problems: list[Problem], output_format: str, settings: Settings) -> None:
    if output_format == "json":
        click.echo(as_json(problems))
    elif output_format == "sarif":
        click.echo(as_sarif(problems, version=version("bandeau")))
    elif problems and output_format == "github":
        click.echo(as_github(problems))
        settings.say(count(problems))
    elif problems:
        click.echo(render_report(problems, colour=settings.colours(sys.stdout)), color=True)
