"""``bandeau rule``: why a rule exists and how to obey it."""

from __future__ import annotations

import json

import click

from bandeau.policyfile.reference import rule_text
from bandeau.policyfile.rules import RULES, Rule


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(code: str | None, as_json: bool) -> None:
    """Explain the rule CODE, or list all rules."""
    if code is None:
        rules = list(RULES.values())
        lines = [f"{rule.code}  {rule.level:<7}  {rule.title}" for rule in rules]
        click.echo(json.dumps([_record(rule) for rule in rules], indent=2) if as_json else "\n".join(lines))
        return
    rule = RULES.get(code.upper())
    if rule is None:
        raise click.UsageError(f"there is no rule {code}; bandeau rule lists them all")
    click.echo(json.dumps(_record(rule), indent=2) if as_json else rule_text(rule))


def _record(rule: Rule) -> dict[str, str]:
    return {
        "code": rule.code,
        "level": str(rule.level),
        "title": rule.title,
        "why": rule.why,
        "remedy": rule.remedy,
        "source": rule.source,
    }
