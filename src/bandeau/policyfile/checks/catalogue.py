"""What the catalogue says without a source."""

from __future__ import annotations

from bandeau.policyfile.catalogue import Evidence, Item
from bandeau.policyfile.draft import Draft
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.suggest import listing


def check_catalogue(draft: Draft, findings: Findings) -> None:
    """Report entries whose trackers nobody compared with a source.

    Trackers that are written beside ``use`` stand in the entry's place: the publisher's own.
    """
    for used in draft.used:
        if used.value.has_unverified_trackers and "trackers" not in used.entry.data:
            findings.add(
                "BND422",
                used.entry.at("use"),
                _message(used.value),
                help=_help(used.value),
            )


def _message(item: Item) -> str:
    name = f'"{item.name}@{item.version}"'
    if item.basis is Evidence.UNVERIFIED:
        return f"the trackers of {name} were not compared with a source"
    if "trackers" in item.unverified:
        return f"no source was found for what {name} stores"
    missing = [tracker for tracker in item.tracker_names if tracker in item.unverified]
    return f"no source was found for these trackers of {name}: {listing(missing)}"


def _help(item: Item) -> str:
    # A data set that did not answer is no page to compare with: the remedy of the rule stands.
    if item.basis is Evidence.DATASET:
        return ""
    return f'compare with <{item.source}>, then write the trackers beside "use"'
