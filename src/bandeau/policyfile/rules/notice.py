"""BND540 to BND569: what an audit finds of the notice, the choice and its record."""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

_SAME_LAYER = "EU-04: EDPB cookie banner taskforce report §§8, 14; CNIL recommendation 2020-092"
_PROMINENCE = "EU-05: CNIL recommendation 2020-092 §34; EDPB cookie banner taskforce report §§17-18"
_REMEMBER = "EU-13: CNIL recommendation 2020-092 §39; Garante, 10 June 2021 §6.2"
_PROFILES = "EU-23: GDPR art. 17(1)(b)"
_RECORDS = "EU-18: GDPR art. 7(1)"

NOTICE = (
    Rule(
        "BND540",
        "refusing is harder than accepting",
        "Both stand on the same layer and take the same number of clicks.",
        "Put a button that refuses everything beside the one that accepts.",
        _SAME_LAYER,
    ),
    Rule(
        "BND541",
        "refusing is no button",
        "A link in prose beside a button is overlooked; both must be buttons.",
        "Make refusing the same kind of control as accepting.",
        _SAME_LAYER,
    ),
    Rule(
        "BND542",
        "refusing is less prominent than accepting",
        "Size, font and place must not lead the reader to one answer.",
        "Give both buttons the same size, font and weight, in the same view.",
        _PROMINENCE,
    ),
    Rule(
        "BND543",
        "a button of the notice is hard to read",
        "Text needs a contrast of 4.5 to 1.",
        "Darken the text or lighten what lies behind it.",
        "EU-05, A11Y-02: WCAG 2.2 SC 1.4.3",
    ),
    Rule(
        "BND544",
        "a switch is on before anybody touched it",
        "Silence, pre-ticked boxes and inactivity are no consent.",
        "Let every switch that asks for consent begin in its refused state.",
        "EU-06: CJEU C-673/17 Planet49; GDPR recital 32",
    ),
    Rule(
        "BND545",
        "a page has no way back to the choices",
        "Withdrawing is as easy as giving, so the entry stands on each page.",
        "Let Bandeau answer this page, or link to its settings in the page's foot.",
        "EU-12: GDPR art. 7(3); EDPB cookie banner taskforce report §§32-35",
    ),
    Rule(
        "BND546",
        "withdrawing is harder than accepting",
        "Withdrawing everything may take one click more than accepting did: the one that opens the panel.",
        "Put a button that withdraws everything at the top of the panel.",
        "EU-12: GDPR art. 7(3)",
    ),
    Rule(
        "BND547",
        "the notice speaks another language than the page",
        "Consent is informed only in the language of the page.",
        "Add the language to site.languages with its texts, or say the page's language in <html lang>.",
        "EU-21: GDPR art. 12(1)",
    ),
    Rule(
        "BND548",
        "the notice cannot be used with the keyboard",
        "Who cannot reach refuse with the keyboard cannot refuse.",
        "Use real buttons, early in the page, with a visible focus.",
        "A11Y-03, A11Y-09: WCAG 2.2 SC 2.1.1, 2.4.7",
    ),
    Rule(
        "BND549",
        "the notice has a fault of accessibility",
        "A notice that some readers cannot perceive or use asks them nothing.",
        "Mend what the checker (axe-core) names.",
        "A11Y-12: WCAG 2.2",
    ),
    Rule(
        "BND550",
        "a refusal is not remembered",
        "Asking again wears readers down until they accept.",
        "Let the cookie of the choice reach every page of the site: same host, path /.",
        "EU-13, EU-14: CNIL recommendation 2020-092 §39; EDPB guidelines 03/2022",
    ),
    Rule(
        "BND551",
        "an accept is not remembered",
        "Readers are asked again although nothing has changed.",
        "Let the cookie of the choice reach every page of the site: same host, path /.",
        "EU-14: EDPB guidelines 03/2022",
        Level.WARNING,
    ),
    Rule(
        "BND552",
        "nobody is asked again when the choice has ended",
        "Consent does not last for ever; when its term is over the reader is asked anew.",
        "Check [choice] remember, and that the page's notice is not hidden by a cache.",
        _REMEMBER,
    ),
    Rule(
        "BND553",
        "the list of recipients cannot be reached from the notice",
        "Who receives data must be named before consent.",
        "Link the notice to the list, and let the link answer.",
        "EU-10: CNIL guidelines 2020-091; GDPR art. 13",
    ),
    Rule(
        "BND554",
        "the notice does not name a purpose that it asks for",
        "Consent is given to purposes: each is named before the buttons.",
        "Name every purpose on the first layer.",
        "EU-08, EU-09: CNIL recommendation 2020-092",
    ),
    Rule(
        "BND555",
        "the page stays covered after a refusal",
        "Refusing must not cost the reader the page.",
        "Remove what lies over the page once a choice is made.",
        "EU-19: GDPR art. 7(4); EDPB guidelines 05/2020",
    ),
    Rule(
        "BND556",
        "accepting and refusing are drawn in different colours",
        "One may draw the eye more than the other; that is for a person to judge.",
        "Give both buttons the same colours.",
        _PROMINENCE,
        Level.WARNING,
    ),
    Rule(
        "BND560",
        "a profile is created without permission",
        "The switch governs the creation of profiles on the server as well.",
        'Ask consent.allows("purpose") before the profile is created.',
        _PROFILES,
    ),
    Rule(
        "BND561",
        "a profile is kept after its permission was withdrawn",
        "What was built on the permission goes with it.",
        "Register an on_withdraw handler that erases the profile.",
        _PROFILES,
    ),
    Rule(
        "BND562",
        "the server has no record of a choice that was made",
        "What cannot be shown was not consented to.",
        "Check that the form reaches Bandeau, and run: bandeau ledger verify",
        _RECORDS,
    ),
    Rule(
        "BND563",
        "the server recorded another choice than the one that was made",
        "The record is the proof; it must say what the reader pressed.",
        "Look for what rewrites the form on its way.",
        _RECORDS,
    ),
    Rule(
        "BND564",
        "the server recorded a choice that nobody made",
        "Scrolling, closing and waiting are no consent.",
        "Remove what submits the form by itself.",
        "EU-07: EDPB guidelines 05/2020 §86",
    ),
)
