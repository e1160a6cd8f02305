"""The group of verbs. Each verb's module is imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from bandeau.cli.exits import ENVIRONMENT, INVALID
from bandeau.cli.settings import SETTINGS, Settings
from bandeau.errors import BandeauError, PolicyError

#: Verb: module and function of its command, and the line of the overview.
VERBS = {
    "adopt": ("bandeau.cli.adopt:command", "Declare what a scan found."),
    "audit": ("bandeau.cli.audit:command", "Show that a live site keeps its word, in a real browser."),
    "archive": ("bandeau.cli.archive:command", "Keep what readers are shown, with pictures."),
    "catalogue": ("bandeau.cli.catalogue:command", "Show the services that Bandeau knows."),
    "check": (
        "bandeau.cli.check:command",
        "Check a policy file; --ready says what stands before enforcement.",
    ),
    "csp": ("bandeau.cli.csp:command", "Print the Content-Security-Policy, to set it elsewhere."),
    "doctor": (
        "bandeau.cli.doctor:command",
        "Say what is wrong with the machine or the site, and what to do.",
    ),
    "explain": ("bandeau.cli.explain:command", "Say what happens to a URL, and why."),
    "init": ("bandeau.cli.init:command", "Write a first policy file, its keys and its store."),
    "keys": ("bandeau.cli.keys:command", "Create, rotate and show the signing keys."),
    "ledger": ("bandeau.cli.ledger.group:command", "Keep, verify and publish the proof of the choices."),
    "profiles": (
        "bandeau.cli.profiles:command",
        "List the erasures that withdrawals owe, and try them again.",
    ),
    "proxy": ("bandeau.cli.proxy:command", "Enforce the policy in front of any site."),
    "reports": ("bandeau.cli.reports:command", "Show what nobody declared, and how to declare it."),
    "rule": ("bandeau.cli.rule:command", "Explain a rule, or list them all."),
    "scan": (
        "bandeau.cli.scan:command",
        "Find what the pages load and store, and propose how to declare it.",
    ),
    "schema": ("bandeau.cli.schema:command", "Print the JSON Schema of the policy file."),
    "serve": ("bandeau.cli.serve:command", "Serve Bandeau's own endpoints."),
    "snippet": ("bandeau.cli.snippet:command", "Print the text that puts Bandeau into a site of any make."),
    "stats": ("bandeau.cli.stats:command", "Show how many allow what, and what was held; tell of jumps."),
    "tokens": ("bandeau.cli.tokens:command", "Let other back ends ask for decisions."),
    "verify": ("bandeau.cli.verify:command", "Verify a receipt or an exported log."),
    "version": ("bandeau.cli.version:command", "Print the version."),
    "witness": ("bandeau.cli.witness:command", "Countersign the logs of others."),
}


class Verbs(click.Group):
    """Finds a verb in the table, so that ``bandeau check`` never imports a server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in alphabetical order."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(VERBS.items())])


@click.command(
    cls=Verbs, context_settings={"auto_envvar_prefix": "BANDEAU", "help_option_names": ["-h", "--help"]}
)
@click.option(
    "--policy",
    metavar="FILE",
    default="bandeau.toml",
    show_default=True,
    envvar="BANDEAU_POLICY",
    help="The policy file.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print data only.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on the way.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour; NO_COLOR turns it off.",
)
@click.pass_context
def cli(ctx: click.Context, policy: str, quiet: bool, verbose: bool, color: str) -> None:
    """Declare once, enforce everywhere, prove it.

    Exit codes: 0 clean, 1 findings, 2 usage or invalid policy, 3 environment, 4 incomplete audit,
    130 interrupted.
    """
    ctx.obj = Path(policy)
    ctx.meta[SETTINGS] = Settings(policy=policy, quiet=quiet, verbose=verbose, color=color)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = cli.main(arguments, prog_name="bandeau", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        code = 130
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        error.show()
        code = INVALID
    except PolicyError as error:
        click.echo(str(error), err=True)
        code = INVALID
    except BandeauError as error:
        click.echo(f"bandeau: {error}", err=True)
        code = ENVIRONMENT
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is left to say, and nobody to say it to.
        sys.stderr.close()
        code = 0
    except OSError as error:
        click.echo(f"bandeau: {error}", err=True)
        code = ENVIRONMENT
    sys.exit(code if isinstance(code, int) else 0)
