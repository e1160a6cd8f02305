"""BND590 to BND599: why an audit proves nothing of a part of the site. None of them is a breach."""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

DOUBT = (
    Rule(
        "BND590",
        "a page could not be visited",
        "What was not seen is not clean.",
        "Check the address; --allow-private opens addresses of this machine and its network.",
        level=Level.WARNING,
    ),
    Rule(
        "BND591",
        "a page against robots came instead of the site",
        "What was seen there is not the site.",
        "Let the audit through: allow its address, or send a secret with --header.",
        level=Level.WARNING,
    ),
    Rule(
        "BND592",
        "a choice could not be made",
        "Without the choice nothing can be said of what follows it.",
        "Look at the screenshots; other consent managers need --generic.",
        level=Level.WARNING,
    ),
    Rule(
        "BND593",
        "a visit did not end in time",
        "What had come until then was judged; the rest was not seen.",
        "Run the audit again, with fewer visits at once (-j 1).",
        level=Level.WARNING,
    ),
    Rule(
        "BND594",
        "a page hindered its visit",
        "Endless dialogs, redirects or a crash ended it before everything was seen.",
        "Look at the page by hand.",
        level=Level.WARNING,
    ),
    Rule(
        "BND595",
        "the record of the network has holes",
        "The browser's own log could not be read to its end, so something may be missing.",
        "Run the audit again.",
        level=Level.WARNING,
    ),
    Rule(
        "BND596",
        "this browser hid what it was made to show",
        "A cookie across sites or a beacon on leaving was planted and not seen; others may be missing too.",
        "Use a current Chromium without policies of its own: bandeau doctor",
        level=Level.WARNING,
    ),
    Rule(
        "BND597",
        "a part of the audit was not run",
        "Each choice is tried on two pages at least and after a reload.",
        "Leave out --choices, and give the audit more than one page.",
        level=Level.WARNING,
    ),
    Rule(
        "BND598",
        "it cannot be said whose this is",
        "Doubt is not decided in anybody's favour.",
        "Declare the host, or run the audit again.",
        level=Level.WARNING,
    ),
)
