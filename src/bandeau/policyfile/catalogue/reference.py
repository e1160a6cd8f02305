"""The reference page of the catalogue, written from the catalogue itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from bandeau.policyfile.catalogue import BUNDLED, Catalogue, Evidence, Item
from bandeau.policyfile.catalogue.comparison import compare, tracker_text

_INTRO = """\
# The catalogue of services

`use = "youtube@1"` in a policy takes a service from the catalogue: its hosts, the words of its script,
what it stores, who receives the data, and what a refusal shows.
Keys beside `use` replace those of the entry.
The version is part of the name, so that upgrading Bandeau changes nothing by itself:
a version that was published stays as it is, and what is new gets a new one.
`bandeau catalogue diff` says what changed since the versions that your policy uses,
`bandeau catalogue list WORD` finds an entry by its name, host, tracker or vendor,
`bandeau catalogue show NAME` prints all of it.

**Basis.** Every entry needs consent unless your policy says otherwise beside `use` and gives its reason.
Nothing in the catalogue makes a service exempt.

**Purpose.** `suggests` is the purpose of `bandeau init` that a service usually serves.
`bandeau scan` proposes it.
Where it is empty (a map, a paywall, a monitor of errors) a person decides.

**Where the facts come from.** They are single facts in our own words; no list was copied.
The trackers, or their absence, were compared with

* `vendor`: the vendor's own text, in a stored copy that may be older than the page of today;
* `dataset`: a public data set, for what the vendor does not say;
* `unverified`: nothing. They were written from general knowledge; the first page under "source" is the one
  to compare with.

The other pages under "source" speak of hosts, of the script and of the vendor.
A host counts as compared when a page names it, or its domain, as the vendor's; no page was asked about paths.
"compared" is the latest day of a comparison; "written" is the day of an entry of which nothing was compared.
What the pages do not state stands under "not in the sources": trackers, hosts, words of `inline`,
a key of the vendor, or a whole key.
Readers are told of trackers, so `bandeau check` warns of those without a source (BND422).
Before you rely on an entry, compare it with an audit of your site.
"""


def catalogue_page(catalogue: Catalogue = BUNDLED) -> str:
    """Return docs/reference/catalogue.md."""
    items = [item for name in catalogue.names() if (item := catalogue.newest(name)) is not None]
    return "\n".join(
        [_INTRO, _numbers(items), *_overview(items), *(_section(item, catalogue) for item in items)]
    )


def _numbers(items: list[Item]) -> str:
    counts = {basis: sum(item.basis is basis for item in items) for basis in Evidence}
    told = sum(not item.has_unverified_trackers for item in items)
    return (
        f"{len(items)} services: {counts[Evidence.VENDOR]} by the vendor's text, "
        f"{counts[Evidence.DATASET]} by a data set, {counts[Evidence.UNVERIFIED]} unverified.\n"
        f"For {told} of them every tracker has a source.\n"
    )


def _overview(items: list[Item]) -> Iterator[str]:
    yield "| use | service | kind | suggests | trackers by |\n|---|---|---|---|---|"
    for item in items:
        link = f"[`{item.use}`](#{item.name})"
        yield f"| {link} | {item.title} | {item.service['kind']} | {item.suggests} | {item.basis} |"
    yield ""


def _section(item: Item, catalogue: Catalogue) -> str:
    rows = "\n".join(f"* {name}: {text}" for name, text in _facts(item) if text)
    note = f"\n{item.note}\n" if item.note else ""
    return f'## <a id="{item.name}"></a>{item.title}\n\n{rows}\n{note}{_history(item, catalogue)}'


def _facts(item: Item) -> Iterator[tuple[str, str]]:
    service = item.service
    yield "use", f"`{item.use}`"
    reach = " (delegated once allowed)" if service["reach"] == "open" else ""
    yield "kind", f"{service['kind']}, reach {service['reach']}{reach}"
    yield "basis", "consent"
    yield "a refusal shows", str(service.get("otherwise", "nothing"))
    yield "suggests", item.suggests
    yield "hosts", _code(item.words("hosts"))
    yield "words of its script", _code(item.words("inline"))
    yield "trackers", _code([tracker_text(row) for row in item.trackers])
    vendor = item.vendor
    if item.vendor_id:
        yield "vendor", f"{vendor['name']}, {vendor['country']}, <{vendor['policy_url']}>"
        yield "ground of transfer", str(vendor.get("transfer", ""))
    yield "trackers by", str(item.basis)
    yield "compared", item.checked
    yield "written", item.written
    yield "not in the sources", _code(item.unverified)
    yield "source", " ".join(f"<{page}>" for page in (item.source, *item.also))


def _code(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _history(item: Item, catalogue: Catalogue) -> str:
    lines = []
    versions = catalogue.versions(item.name)
    for before, after in pairwise(versions):
        old, new = catalogue.find(item.name, before), catalogue.find(item.name, after)
        if old is not None and new is not None:
            changes = "; ".join(change.sentence for change in compare(old, new))
            lines.append(f"Since `{new.use}`: {changes}.")
    return "\n" + "\n".join(lines) + "\n" if lines else ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(catalogue_page(), encoding="utf-8")
