"""BND501 to BND539: what an audit finds that the site calls and stores, against what it declares."""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

_BEFORE = "EU-01: ePrivacy directive art. 5(3); French data protection act art. 82; EDPB guidelines 2/2023"
_REFUSED = "EU-02: CNIL SAN-2025-010"
_WITHDRAWN = "EU-03: GDPR art. 7(3); CNIL sanction of 20 November 2025 (vanityfair.fr)"
_UNDECLARED = "EU-10, EU-11: GDPR art. 13; CJEU C-673/17 Planet49 §81"
_REMEMBER = "EU-13: CNIL recommendation 2020-092 §39; Garante, 10 June 2021 §6.2"

_ENFORCE = "Enforce the policy on this page: bandeau explain URL says what should happen to the request."
_EXPIRE = "Let Bandeau stand in front of this page, and declare the tracker with its domain and path."

AUDIT = (
    Rule(
        "BND501",
        "a service is called before any choice",
        "Whoever has not chosen has refused; the call alone shows the reader's address and the page.",
        _ENFORCE,
        _BEFORE,
    ),
    Rule(
        "BND502",
        "a service is called after a refusal",
        "A refusal that changes nothing is what regulators fine most.",
        _ENFORCE,
        _REFUSED,
    ),
    Rule(
        "BND503",
        "a service is called after its permission was withdrawn or had ended",
        "What has been withdrawn must stop at once, on the open page and on the pages behind it too.",
        "Reload after a withdrawal, and keep no page that holds the service in a cache or a worker.",
        _WITHDRAWN,
    ),
    Rule(
        "BND504",
        "a cookie is set before any choice",
        "Storing on the reader's device needs permission first.",
        _EXPIRE,
        _BEFORE,
    ),
    Rule(
        "BND505",
        "a cookie is set after a refusal",
        "A refusal that changes nothing is what regulators fine most.",
        _EXPIRE,
        _REFUSED,
    ),
    Rule(
        "BND506",
        "a cookie is set after its permission was withdrawn or had ended",
        "What has been withdrawn must stop at once.",
        _EXPIRE,
        _WITHDRAWN,
    ),
    Rule(
        "BND507",
        "a cookie is kept after its permission was withdrawn",
        "A withdrawal ends reading too: a cookie that stays is sent with each request.",
        "Declare its domain and path, so that the answer to the withdrawal makes it expire.",
        _WITHDRAWN,
    ),
    Rule(
        "BND508",
        "something is stored before any choice",
        "Web storage, databases and caches are trackers like cookies.",
        "Declare the item under trackers; the guard then stops it, or stop what writes it.",
        _BEFORE,
    ),
    Rule(
        "BND509",
        "something is stored after a refusal",
        "Web storage, databases and caches are trackers like cookies.",
        "Declare the item under trackers; the guard then stops it, or stop what writes it.",
        _REFUSED,
    ),
    Rule(
        "BND510",
        "something stored is kept after a withdrawal, or written after the permission had ended",
        "A withdrawal ends reading too.",
        "Declare the item under trackers: what is declared is cleared with the withdrawal.",
        _WITHDRAWN,
    ),
    Rule(
        "BND511",
        "a service's server is looked up or connected to before any choice",
        "A connection alone shows the reader's address.",
        "Remove the preconnect or dns-prefetch, and enforce the policy on this page.",
        _BEFORE,
    ),
    Rule(
        "BND512",
        "a service's server is looked up or connected to after a refusal",
        "A connection alone shows the reader's address.",
        "Remove the preconnect or dns-prefetch, and enforce the policy on this page.",
        _REFUSED,
    ),
    Rule(
        "BND513",
        "a service's server is looked up or connected to after a withdrawal or the permission's end",
        "A connection alone shows the reader's address.",
        "Remove the preconnect or dns-prefetch, and enforce the policy on this page.",
        _WITHDRAWN,
    ),
    Rule(
        "BND514",
        "a service works although the browser asks not to be tracked",
        "Global Privacy Control is a valid objection to the purposes that honour_gpc names.",
        "Let Bandeau answer this page: it reads Sec-GPC at each request.",
        "GPC-01, GPC-03: W3C Global Privacy Control; 11 CCR §7025",
    ),
    Rule(
        "BND515",
        "an ETag differs for each reader and comes back",
        "A validator that is unique to a reader is a cookie under another name.",
        "Send the same ETag to everybody, or none.",
        _BEFORE,
    ),
    Rule(
        "BND516",
        "a name of the site leads to a refused service's servers",
        "An alias in DNS makes a third party look like the site, cookies included.",
        "Add the name to the hosts of the service.",
        _BEFORE,
    ),
    Rule(
        "BND517",
        "a name of the site leads to somebody who is not declared",
        "An alias in DNS can hide who receives the reader's requests.",
        "Declare a service with this name as its host: exempt if it only serves files.",
        _UNDECLARED,
        Level.WARNING,
    ),
    Rule(
        "BND518",
        "a header of the site makes the browser report to somebody before a choice",
        "Report-To, Reporting-Endpoints and NEL make the browser call their hosts later on.",
        "Send reports to an address of the site.",
        _BEFORE,
        Level.WARNING,
    ),
    Rule(
        "BND520",
        "a call to a host that nobody declared",
        "Readers must be told who receives data; what is not declared can be neither refused nor proven.",
        "Declare the service that calls it, or remove the call.",
        _UNDECLARED,
    ),
    Rule(
        "BND521",
        "a cookie that nobody declared",
        "Readers must be told of each tracker: its name, its lifetime and who reads it.",
        "Declare it under the trackers of its service, or stop what sets it.",
        _UNDECLARED,
    ),
    Rule(
        "BND522",
        "a stored item that nobody declared",
        "Readers must be told of each tracker: its name, its lifetime and who reads it.",
        "Declare it under the trackers of its service, or stop what writes it.",
        _UNDECLARED,
    ),
    Rule(
        "BND523",
        "a connection to a host that nobody declared",
        "A connection alone shows the reader's address.",
        "Declare the service that needs it, or remove the preconnect or dns-prefetch.",
        _UNDECLARED,
    ),
    Rule(
        "BND530",
        "a cookie lives longer than declared",
        "Readers were told of a shorter life.",
        "Shorten it in the vendor's settings, or write its real lifetime into the policy.",
        "EU-11: CJEU C-673/17 Planet49 §81",
    ),
    Rule(
        "BND531",
        "a cookie lives longer than 13 months",
        "13 months is the ceiling that the CNIL recommends for every tracker.",
        "Shorten it in the vendor's settings.",
        "EU-16: CNIL guidelines 2020-091 (13 months)",
        Level.WARNING,
    ),
    Rule(
        "BND532",
        "a cookie of exempt audience measurement lives longer than 13 months",
        "The exemption ends at 13 months; beyond them consent is needed.",
        'Shorten it in the tool\'s settings, or write basis = "consent".',
        "EU-15: CNIL, conditions for exempt audience measurement (4 July 2025)",
    ),
    Rule(
        "BND533",
        "a cookie of exempt audience measurement is prolonged by each page",
        "Its 13 months count from the first visit and are not extended by the next.",
        "Turn off the rolling lifetime in the tool's settings.",
        "EU-15: CNIL, conditions for exempt audience measurement (4 July 2025)",
    ),
    Rule(
        "BND534",
        "a cookie is not as it is declared",
        "Whether a third party or a script can read it is part of what readers are told.",
        "Write into the policy what the site does, or change what sets the cookie.",
        "EU-11: CJEU C-673/17 Planet49 §81",
        Level.WARNING,
    ),
    Rule(
        "BND535",
        "a choice is not remembered for the time that is declared",
        "A refusal lasts as long as an accept, and both as long as readers are told.",
        "Let the cookie of the choice be set by Bandeau alone; check [choice] remember.",
        _REMEMBER,
    ),
)
