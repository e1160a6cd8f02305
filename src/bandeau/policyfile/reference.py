"""The reference pages of the policy file and its rules, written from the grammar and the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from bandeau.policyfile.field import Field, Table, Type
from bandeau.policyfile.grammar import AUDIENCE_CONDITIONS, EXEMPT_REASONS, TABLES
from bandeau.policyfile.rules import RULES, Rule

_FAMILIES = {
    "BND1": "Syntax and shape",
    "BND2": "References",
    "BND3": "Law",
    "BND4": "Integration",
    "BND5": "Audit",
    "BND6": "Ledger",
}
_INTRO = """\
# The policy file

`bandeau.toml` declares what a site has: why it asks, who receives data, what is loaded and stored.
It is [TOML](https://toml.io).
`bandeau init` writes a first one, `bandeau check` finds every mistake in one pass,
and `bandeau schema` prints a JSON Schema for editors.

Relative paths start at the folder of the file.
Comments and layout do not change the policy's digest; every declared value does.

**Durations** are a number and a unit (`30 minutes`, `14 days`, `13 months`, `2 years`), or `session`.
A month is 30.4375 days and ends in whole days: 6 months are 182 days, 13 months are 395.

**Hosts** are written `host[:port][/path]`.
`*.example.com` means the subdomains of `example.com` and not `example.com` itself.
A path that ends in `/*` is a prefix, any other path is exact, no path means everything on the host.

**Bits** are permanent places in the readers' cookies.
When a purpose goes, add its bit to `choice.retired_bits`.
When a service with its own switch goes, add its bit to `choice.retired_service_bits`.

**Asking again.** Raise `revision`, and write the new number as `since` of a new purpose, service or vendor,
or as `material_since` of a purpose whose words changed in substance.
Older yeses of that purpose are then asked again; refusals stand for their whole term.

**Catalogue.** `use = "youtube@1"` takes a service from the catalogue.
Keys beside `use` replace those of the entry.
The version is part of the name, so that upgrading Bandeau changes nothing by itself.
The entry brings its vendor along; a vendor of the same id under `[vendors]` stands in its place.
[The catalogue](catalogue.md) lists the entries, what each knows and where from.
"""


_EXAMPLE = """\
version = 1
revision = 1

[site]
id = "lejournal"
environment = "production"
name = "Le Journal"
url = "https://www.lejournal.example"
hosts = ["www.lejournal.example", "lejournal.example"]
languages = ["fr"]
privacy_url = "/confidentialite"

[controller]
name = "Le Journal SA"
contact = "donnees@lejournal.example"

[choice]
honour_gpc = ["social"]

[enforce]
mode = "enforce"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Session et sécurité."
detail.fr = "Ces cookies gardent votre connexion ouverte."

[purposes.social]
bit = 1
title.fr = "Vidéos"
summary.fr = "Afficher les vidéos publiées ailleurs."
detail.fr = "Le lecteur reçoit votre adresse IP et la page lue."

[[services]]
id = "session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [{ name = "sessionid", max_age = "14 days", http_only = true }]

[[services]]
use = "youtube@1"
purpose = "social"
"""


def policy_file_page() -> str:
    """Return docs/reference/policy-file.md."""
    parts = [_INTRO, f"## A whole file\n\n```toml\n{_EXAMPLE}```\n"]
    parts += [_section(table) for table in TABLES]
    parts.append(
        "## Reasons to be exempt\n\n" + "\n".join(f"* `{reason}`" for reason in EXEMPT_REASONS) + "\n"
    )
    parts.append(
        "## Conditions of exempt audience measurement\n\n"
        + "\n".join(f"* `{condition}`" for condition in AUDIENCE_CONDITIONS)
        + "\n"
    )
    return "\n".join(parts)


def _section(table: Table) -> str:
    rows = [
        f"| `{field.name}` | {_kind(field)} | {_default(field)} | {_doc(field)} |" for field in table.fields
    ]
    head = "| key | value | default | meaning |\n|---|---|---|---|"
    title = {"": "The top of the file", "trackers": "`trackers = [{ … }]`"}.get(
        table.heading, f"`{table.heading}`"
    )
    return f"## {title}\n\n{table.doc}\n\n{head}\n" + "\n".join(rows) + "\n"


def _kind(field: Field) -> str:
    if field.choices and field.name != "conditions":
        return " ".join(f"`{choice}`" for choice in field.choices)
    if field.type is Type.INTEGER and field.high <= 1 << 30:
        return f"{field.type}, {field.low} to {field.high}"
    return str(field.type)


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _doc(field: Field) -> str:
    return field.doc.replace("|", "\\|")


def rules_page() -> str:
    """Return docs/reference/rules.md."""
    return "\n".join(_rules())


def _rules() -> Iterator[str]:
    yield "# Rules of the policy file and of the audit\n"
    yield (
        "Codes never change their meaning. `bandeau rule CODE` prints the same text.\n"
        "An error refuses the policy, or fails the audit; a warning lets it stand.\n"
        "BND451 to BND499 and BND651 to BND699 are judged by `bandeau check --ready` alone, "
        "BND5xx by `bandeau audit`.\n"
    )
    for prefix, title in _FAMILIES.items():
        yield f"## {title}\n"
        for rule in RULES.values():
            if rule.code.startswith(prefix):
                source = f"\n\nSource: {rule.source}." if rule.source else ""
                yield f"### {rule.code}: {rule.title}\n\n*{rule.level}* — {rule.why}\n"
                yield f"{rule.remedy}{source}\n"


def rule_text(rule: Rule) -> str:
    """Return one rule for a terminal."""
    lines = [f"{rule.code} ({rule.level}): {rule.title}", "", fill(rule.why, 88), "", fill(rule.remedy, 88)]
    if rule.source:
        lines += ["", fill(f"Source: {rule.source}", 88)]
    return "\n".join(lines)


def write_pages(folder: Path) -> None:
    """Write the generated pages of the reference."""
    (folder / "policy-file.md").write_text(policy_file_page(), encoding="utf-8")
    (folder / "rules.md").write_text(rules_page(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
