"""``bandeau ledger stats``: how many choices of which kind, without anybody in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable

import click

from bandeau.cli.ledger.opened import opened
from bandeau.cli.progress import Progress
from bandeau.cli.settings import Settings, pass_settings
from bandeau.core.record import ConsentRecord
from bandeau.ledger.bodies import CONSENT

#: What is counted: a record counts once under each of its words.
_WORDS: dict[str, Callable[[ConsentRecord], Iterable[str]]] = {
    "day": lambda record: [record.at[:10]],
    "event": lambda record: [record.event],
    "purpose": lambda record: [
        f"{name} {'allowed' if allowed else 'refused'}" for name, allowed in record.purposes.items()
    ],
    "language": lambda record: [record.language],
    "source": lambda record: [record.source],
    "revision": lambda record: [str(record.revision)],
}


@click.command("stats")
@click.option(
    "--by", type=click.Choice(list(_WORDS)), default="day", show_default=True, help="Count by what."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_settings
def command(settings: Settings, by: str, as_json: bool) -> None:
    """Count the records that are kept."""
    counts: Counter[str] = Counter()
    progress = Progress(settings, "counted", "records")
    with opened(settings) as site, site.store.snapshot() as source:
        for head in site.own(source.logs()):
            for row in source.rows(head.origin):
                if row.kind == CONSENT:
                    counts.update(_WORDS[by](row.record()))
                    progress.add(1)
    progress.end()
    ordered = dict(sorted(counts.items()))
    if as_json:
        click.echo(json.dumps({"by": by, "counts": ordered}, ensure_ascii=False, indent=2))
        return
    width = max(map(len, ordered), default=0)
    click.echo("\n".join(f"{word:<{width}}  {count:>9,}" for word, count in ordered.items()) or "no records")
