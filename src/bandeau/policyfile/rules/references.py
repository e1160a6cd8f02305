"""BND2xx: what the parts of the file say about each other."""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

_BITS = "Bits and service bits stand in the readers' cookies for six months."

REFERENCES = (
    Rule(
        "BND201",
        "two services share an id",
        "A record or a block page could not say which of them is meant.",
        "Give one of them another id.",
    ),
    Rule(
        "BND202",
        "two purposes share a bit",
        f"{_BITS} A yes to one purpose would be a yes to the other.",
        "Give the newer purpose a bit that was never used.",
    ),
    Rule(
        "BND203",
        "a retired bit is used again",
        f"{_BITS} Somebody's old yes would allow what they were never asked.",
        "Choose a bit that is neither in use nor in retired_bits.",
    ),
    Rule(
        "BND204",
        "unknown purpose",
        "A service is allowed or refused through its purpose.",
        "Correct the id, or declare [purposes.<id>].",
    ),
    Rule(
        "BND205",
        "unknown vendor",
        "The reader is shown who receives the data.",
        "Correct the id, or declare [vendors.<id>].",
    ),
    Rule(
        "BND206",
        "unknown catalogue entry",
        "The entry does not exist in this version of Bandeau.",
        "Correct the name, or declare the service by hand.",
    ),
    Rule(
        "BND207",
        "a service has no purpose",
        "Without a purpose nobody can allow it, and nobody was told what it is for.",
        'Add purpose = "…".',
    ),
    Rule(
        "BND208",
        "a catalogue entry is used without its version",
        "Entries change when vendors do. With the version written down, upgrading Bandeau changes nothing.",
        "Add the version that the message names.",
    ),
    Rule(
        "BND209",
        "a revision lies in the future",
        "since and material_since name the revision in which something appeared, now or earlier.",
        "Raise revision, or correct the number.",
    ),
    Rule(
        "BND210",
        "two services claim the same host and path",
        "One of them could be allowed while the other is refused: the same request would be both.",
        "Merge them, or give each its own path.",
    ),
    Rule(
        "BND211",
        "the signal is honoured for a necessary purpose",
        "A necessary purpose has no switch that a signal could turn off.",
        "Remove the id from honour_gpc.",
        "Global Privacy Control",
    ),
    Rule(
        "BND212",
        "the default language is not among the languages",
        "Readers without a known language would be shown nothing.",
        "Add it to site.languages.",
    ),
    Rule(
        "BND213",
        "a text is written in a language that the site does not have",
        "Nobody is ever shown it.",
        "Add the language to site.languages, or remove the text.",
        level=Level.WARNING,
    ),
    Rule(
        "BND214",
        "a mode rule is never reached",
        "Of several rules the first that matches stands; an earlier one covers this one.",
        "Put the narrower rule first, or remove it.",
        level=Level.WARNING,
    ),
    Rule(
        "BND215",
        "a service claims the site's own pages",
        "A refusal would block the site itself.",
        "Give the pattern the path of the service, as in www.example.com/metrics/*.",
    ),
    Rule(
        "BND216",
        "a vendor is declared and not used",
        "The list of recipients would name somebody who receives nothing.",
        "Remove it, or name it in its services.",
        "GDPR art. 13(1)(e)",
        Level.WARNING,
    ),
    Rule(
        "BND217",
        "two services share a bit",
        f"{_BITS} A yes to one service would be a yes to the other.",
        "Give the newer service a bit that was never used.",
    ),
    Rule(
        "BND218",
        "a service uses a retired bit again",
        f"{_BITS} Somebody's old yes would allow what they were never asked.",
        "Choose a bit that is neither in use nor in retired_service_bits.",
    ),
    Rule(
        "BND219",
        "a switch is given to a service that cannot be switched",
        "Services of a necessary purpose run without a choice.",
        "Remove bit, or move the service to a purpose with a switch.",
    ),
    Rule(
        "BND220",
        "a tracker is declared by two services",
        "On withdrawal of one of them, the other would lose what it may keep.",
        "Declare it once, at the service that sets it.",
        level=Level.WARNING,
    ),
    Rule(
        "BND221",
        "a service lies within the site's own hosts",
        "The browser's wall always allows the hosts of the site, so only the rewriter and the gates stop it.",
        "Name the site's hosts one by one instead of *.example.com.",
        "CSP Level 3 §6.7.2",
        Level.WARNING,
    ),
    Rule(
        "BND222",
        "two profiles share a name",
        "Code calls a profile by its name: a guard would ask about one and open the other.",
        "Give each its own name.",
    ),
)
