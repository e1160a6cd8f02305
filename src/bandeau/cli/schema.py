"""``bandeau schema``: the JSON Schema of the policy file."""

from __future__ import annotations

import click

from bandeau.policyfile.jsonschema import schema_text


@click.command()
def command() -> None:
    """Print the JSON Schema of the policy file, for editors and other tools."""
    click.echo(schema_text(), nl=False)
