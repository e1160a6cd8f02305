"""BND3xx: what the law asks of a declaration (profile eu-fr, the strictest).

The short ids (EU-09 …) number the requirements of that profile; the text after them is the source.
"""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

_LAYER = "EU-09: CNIL recommendation 2020-092 (first layer)"
_WHO = "EU-10: CNIL guidelines 2020-091; GDPR art. 13"
_LIFETIME = "EU-11: CJEU C-673/17 Planet49 §81"
_CEILING = "EU-16: CNIL guidelines 2020-091 (13 months)"
_REMEMBER = "EU-13: CNIL recommendation 2020-092 §39; Garante, 10 June 2021 §6.2"
_EXEMPT = "EU-17: French data protection act art. 82; CNIL guidelines 2020-091 (exempt trackers)"
_AUDIENCE = "EU-15: CNIL, conditions for exempt audience measurement (4 July 2025)"
_INTEREST = "EU-22: EDPB cookie banner taskforce report; ePrivacy directive art. 5(3)"

LEGAL = (
    Rule(
        "BND301",
        "a title is too long",
        "The first layer names each purpose in a few words; long titles hide the buttons on a phone.",
        "At most 60 characters; the rest belongs into summary.",
        _LAYER,
    ),
    Rule(
        "BND302",
        "a summary is too long",
        "The first layer holds a brief description; the detail is one step away.",
        "At most 200 characters; the rest belongs into detail.",
        _LAYER,
    ),
    Rule(
        "BND303",
        "a purpose lacks a text in a language of the site",
        "Consent is informed only in the language of the page.",
        "Write title, summary and detail in each language of site.languages.",
        "EU-09, EU-21: CNIL recommendation 2020-092; GDPR art. 12(1)",
    ),
    Rule(
        "BND304",
        "vague words",
        "A reader cannot know what they agree to.",
        "Say what is done with which data, for whom.",
        "EU-09: CNIL recommendation 2020-092; EDPB guidelines 03/2022",
        Level.WARNING,
    ),
    Rule(
        "BND305",
        "the controller has no name",
        "Who asks must be said before consent.",
        "Add name to [controller].",
        _WHO,
    ),
    Rule(
        "BND306",
        "the controller has no contact",
        "Rights are exercised with somebody.",
        "Add contact to [controller]: an e-mail address or a page.",
        _WHO,
    ),
    Rule(
        "BND307",
        "a tracker has no lifetime",
        "The reader must be told how long each tracker lives.",
        'Add max_age = "13 months", or "session".',
        _LIFETIME,
    ),
    Rule(
        "BND308",
        "a tracker lives longer than 13 months",
        "13 months is the ceiling that the CNIL recommends for every tracker.",
        "Shorten the lifetime in the vendor's settings, then write the new one down here.",
        _CEILING,
        Level.WARNING,
    ),
    Rule(
        "BND309",
        "choices are remembered for longer than 6 months",
        "Six months is the good practice for both yes and no.",
        'Write remember = "6 months".',
        _REMEMBER,
        Level.WARNING,
    ),
    Rule(
        "BND310",
        "choices are remembered for less than 6 months",
        "Who refused would be asked again too early.",
        'Write remember = "6 months".',
        _REMEMBER,
        Level.WARNING,
    ),
    Rule(
        "BND311",
        "an exempt audience tracker lives longer than 13 months",
        "The exemption of audience measurement ends at 13 months.",
        "Shorten the lifetime, or ask for consent.",
        _AUDIENCE,
    ),
    Rule(
        "BND312",
        "exempt audience measurement without all its conditions",
        "The exemption holds only when every condition does; otherwise consent is needed.",
        'Confirm each condition in conditions = […], or write basis = "consent".',
        _AUDIENCE,
    ),
    Rule(
        "BND313",
        "an exempt service without a reason",
        "Only the cases on a closed list need no consent.",
        'Add exempt_reason with one of the listed reasons, or write basis = "consent".',
        _EXEMPT,
    ),
    Rule(
        "BND314",
        "exempt audience data are kept longer than 25 months",
        "The exemption allows data to be kept for at most 25 months.",
        'Write data_retention = "25 months" or less, and configure the tool so.',
        _AUDIENCE,
    ),
    Rule(
        "BND315",
        "exempt audience measurement sets a third-party tracker",
        "An identifier that other sites can read is excluded from the exemption.",
        "Use first-party trackers, or ask for consent.",
        _AUDIENCE,
    ),
    Rule(
        "BND316",
        "objection as the basis of advertising or profiling",
        "Legitimate interest cannot carry advertising or profiling on a reader's device.",
        'Write basis = "consent".',
        _INTEREST,
    ),
    Rule(
        "BND317",
        "no necessary purpose",
        "The cookie that keeps the reader's choice is itself a tracker that must be shown.",
        "Declare a purpose with necessary = true.",
        "EU-17: CNIL guidelines 2020-091 (exempt trackers are still explained)",
        Level.WARNING,
    ),
    Rule(
        "BND318",
        "a necessary purpose holds what needs consent",
        "Advertising, pixels, social embeds and tag managers are never strictly necessary.",
        "Move the service to a purpose with a switch.",
        _EXEMPT,
    ),
    Rule(
        "BND319",
        "an exempt service of a kind that needs consent",
        "Advertising, pixels and tag managers are on no list of exemptions.",
        'Write basis = "consent".',
        _EXEMPT,
    ),
    Rule(
        "BND320",
        "nobody can object to this service",
        "A service that runs until the reader objects needs a switch of its own.",
        "Add a bit to the service, never used before.",
        "EU-15, EU-22: GDPR art. 21; CNIL (4 July 2025)",
    ),
    Rule(
        "BND321",
        "no purpose with a switch",
        "Where nothing is asked there is no choice to keep.",
        "Declare the purposes that need consent, or do without Bandeau.",
        "EU-08: CNIL recommendation 2020-092",
        Level.WARNING,
    ),
    Rule(
        "BND322",
        "a vendor has no privacy policy",
        "The list of recipients must lead to what each does.",
        "Add policy_url.",
        _WHO,
        Level.WARNING,
    ),
    Rule(
        "BND323",
        "a vendor outside the EEA without the ground of the transfer",
        "The reader must be told that data leave, and under which safeguard.",
        "Add transfer with one of the listed grounds.",
        "EU-10: GDPR art. 13(1)(f) and 44-49",
        Level.WARNING,
    ),
    Rule(
        "BND324",
        "profiles are created and not described",
        "The switch also governs the creation of profiles; the reader is shown what the profile is.",
        "Write profiles_text in each language.",
        "EU-23: GDPR art. 13(2)(f) and 22",
    ),
    Rule(
        "BND325",
        "a service that asks consent sits in a necessary purpose",
        "A necessary purpose has no switch: the service would run unasked.",
        "Give it an exempt basis with its reason, or move it.",
        _EXEMPT,
    ),
    Rule(
        "BND326",
        "a third-party service without a vendor",
        "All who receive data are listed by name.",
        "Add vendor, and declare it under [vendors.<id>].",
        _WHO,
        Level.WARNING,
    ),
    Rule(
        "BND327",
        "an exemption reason without an exemption",
        "The reason has no effect while the basis is another.",
        'Write basis = "exempt", or remove exempt_reason.',
        _EXEMPT,
        Level.WARNING,
    ),
    Rule(
        "BND328",
        "many purposes",
        "Too many options tire the reader into accepting.",
        "Merge purposes that the reader would not tell apart.",
        "EU-20: EDPB guidelines 03/2022 (overloading)",
        Level.WARNING,
    ),
    Rule(
        "BND329",
        "the same text in two languages",
        "It was probably not translated; readers are told in the language of the page.",
        "Translate it.",
        "EU-21: EDPB guidelines 03/2022 (language discontinuity)",
        Level.WARNING,
    ),
    Rule(
        "BND330",
        "words that steer the reader",
        "A request that pleads or threatens does not leave a free choice.",
        "Describe; do not persuade.",
        "EU-19, EU-20: GDPR art. 7; EDPB guidelines 03/2022 (emotional steering)",
        Level.WARNING,
    ),
    Rule(
        "BND331",
        "a service of the profile kind in a purpose that creates none",
        "Advertising pixels and ad servers build profiles; the band of the panel would say otherwise.",
        "Write profiles = true at the purpose.",
        "EU-23: GDPR art. 4(4) and 13(2)(f)",
        Level.WARNING,
    ),
    Rule(
        "BND332",
        "the contact cannot be used",
        "Readers write to it: an e-mail address, a telephone number or the address of a page.",
        "Correct it.",
        _WHO,
        Level.WARNING,
    ),
    Rule(
        "BND333",
        "a vendor has no country",
        "Without it nobody can tell whether data leave the EEA.",
        'Add country = "…", two capital letters.',
        "EU-10: GDPR art. 13(1)(f)",
        Level.WARNING,
    ),
    Rule(
        "BND334",
        "a profile of a purpose that creates none",
        "The band of the panel would say that the switch governs cookies alone.",
        "Write profiles = true and profiles_text at the purpose.",
        "EU-23: GDPR art. 4(4) and 13(2)(f)",
    ),
    Rule(
        "BND335",
        "a profile of a necessary purpose",
        "A necessary purpose has no switch: the profile would be made unasked, and never be withdrawn.",
        "Move it to a purpose with a switch.",
        "EU-23: GDPR art. 6(1)(a) and 17(1)(b)",
    ),
    Rule(
        "BND336",
        "a profile that ends at once or never",
        "The reader is told how long a profile is kept; a day is the least and ten years the most.",
        "Write how long it is needed, as in 90 days, and erase it then.",
        "EU-23: GDPR art. 5(1)(e) and 13(2)(a)",
    ),
)
