"""The form of the policy file as data: tables, keys, types, defaults and what each is for.

From this come the check of a file's shape, the JSON Schema and the reference page.
"""

from __future__ import annotations

from bandeau.core.policy import (
    Basis,
    CacheMode,
    Enforce,
    Kind,
    Mode,
    Otherwise,
    Proof,
    Reach,
    Undeclared,
    Wall,
)
from bandeau.core.profile import WEBHOOK_SECRET, Scope
from bandeau.policyfile.field import Field, Table, Type, text, word, words

#: The cases that need no consent (EU-17).
EXEMPT_REASONS = (
    "consent-choice",
    "authentication",
    "security",
    "basket",
    "interface",
    "load-balancing",
    "metered-paywall",
    "audience",
)
#: What must be true of exempt audience measurement (EU-15).
AUDIENCE_CONDITIONS = (
    "sole-purpose",
    "own-account",
    "anonymous-statistics",
    "no-cross-referencing",
    "no-sharing",
    "no-cross-site",
    "lifetime-not-extended",
)
#: The grounds of a transfer outside the EEA (GDPR 45, 46, 47, 49).
TRANSFERS = ("adequacy", "standard-clauses", "binding-rules", "explicit-consent")
TRACKER_KINDS = ("cookie", "local", "session", "indexeddb", "cache")
MAX_BIT = 63


_SINCE = Field(
    "since",
    Type.INTEGER,
    "The revision in which it appeared; an older yes does not cover it.",
    default=1,
    low=1,
)

SITE = Table(
    "[site]",
    "The site that asks.",
    (
        text("id", "Stands in every cookie and record; never change it.", required=True),
        text(
            "environment",
            "`production`, `staging`, `development` …; a choice made in one is no choice in another.",
            required=True,
        ),
        text("name", "As the reader is told.", required=True),
        text("url", "The address of the site: scheme and host, nothing after.", required=True),
        Field(
            "hosts",
            Type.STRINGS,
            "All hosts of the site; `*.example.com` means the subdomains. Default: the host of `url`.",
        ),
        text("default_language", "Shown when nothing better is known. Default: the first of `languages`."),
        Field("languages", Type.STRINGS, 'The languages in which every text is written. Default: `["fr"]`.'),
        text("privacy_url", "The privacy page: a path of the site or an https address."),
    ),
)

CONTROLLER = Table(
    "[controller]",
    "Who is responsible (GDPR art. 13).",
    (
        text("name", "The organisation.", required=True),
        text("contact", "An e-mail address, a telephone number or the address of a page.", required=True),
        text("address", "The postal address."),
        text("dpo", "How to reach the data protection officer."),
    ),
)

CHOICE = Table(
    "[choice]",
    "How choices are kept.",
    (
        text("remember", "How long a choice stands, the same for yes and no.", default="6 months"),
        Field(
            "honour_gpc",
            Type.STRINGS,
            "Purposes that `Sec-GPC: 1` keeps refused until the reader says otherwise.",
        ),
        Field(
            "retired_bits", Type.INTEGERS, "Bits of purposes that are gone; never used again.", high=MAX_BIT
        ),
        Field(
            "retired_service_bits",
            Type.INTEGERS,
            "Bits of services that are gone; never used again.",
            high=MAX_BIT,
        ),
    ),
)

WITNESS = Table(
    "[[proof.witnesses]]",
    "Somebody else's server that countersigns the log (c2sp.org/tlog-witness).",
    (
        text("key", "Its verifier key, as its operator gives it: `name+hash+key`.", required=True),
        text("url", "Where it is asked; `/add-checkpoint` is added.", required=True),
    ),
)

PROOF = Table(
    "[proof]",
    "Where records and signing keys are kept and the log is made known; relative paths start at this file.",
    (
        text(
            "store",
            "`sqlite:///FILE`, `postgresql://USER@HOST/DATABASE`, or `memory:` for trials.",
            default=Proof().store,
        ),
        text("keys", "The file of signing keys; `bandeau keys create` writes it.", default=Proof().keys),
        text(
            "archive",
            "The folder of what readers were shown: texts, browser part, screenshots.",
            default=Proof().archive,
        ),
        Field(
            "publish",
            Type.STRINGS,
            "Where checkpoints of the log are put: folders, https addresses (`PUT`), `git:FOLDER` (a tag in "
            'that repository). Default: `["bandeau-checkpoints"]`.',
        ),
        Field("witnesses", Type.ROWS, "Who countersigns the log.", table=WITNESS),
        text("timestamp", "The address of a time stamping authority (RFC 3161)."),
        text(
            "retention",
            "How long records are kept; `bandeau ledger prune` drops older ones.",
            default="5 years",
        ),
        Field(
            "budget",
            Type.INTEGER,
            "How many choices a second each process records, averaged over an hour; refusals beyond it "
            "take effect all the same.",
            default=Proof().budget,
            low=1,
            high=100_000,
        ),
    ),
)

MODE_RULE = Table(
    "[[enforce.rules]]",
    "A mode for some hosts and paths; the first rule that matches stands.",
    (
        text("host", "A host or `*.example.com`; every host when absent."),
        text("path", "A path, or a prefix that ends in `/*`.", default="/*"),
        Field("mode", Type.STRING, "The mode there.", required=True, choices=words(Mode)),
    ),
)

ENFORCE = Table(
    "[enforce]",
    "How far Bandeau goes.",
    (
        word(
            "mode",
            "`off`; `report` says what would be blocked; `enforce` blocks.",
            words(Mode),
            Enforce().mode,
        ),
        word(
            "undeclared_hosts",
            "What happens to third-party hosts that no service declares.",
            words(Undeclared),
            Enforce().undeclared_hosts,
        ),
        word(
            "undeclared_cookies",
            "What happens to cookies that no service declares.",
            words(Undeclared),
            Enforce().undeclared_cookies,
        ),
        word(
            "cache",
            "Which responses are the same for everybody; `auto` reads `Cache-Control`.",
            words(CacheMode),
            Enforce().cache,
        ),
        word("wall", "`external` keeps the wall out of the page's own text.", words(Wall), Enforce().wall),
        text("prefix", "Where Bandeau's own addresses begin.", default=Enforce().prefix),
        Field(
            "max_body_bytes",
            Type.INTEGER,
            "Larger pages are not rewritten; they get the refuse-all policy.",
            default=Enforce().max_body_bytes,
            low=65_536,
            high=1 << 30,
        ),
        Field("rules", Type.ROWS, "Other modes for some hosts and paths.", table=MODE_RULE),
    ),
)

PURPOSE = Table(
    "[purposes.<id>]",
    "Why: what the reader switches on or off.",
    (
        Field(
            "bit",
            Type.INTEGER,
            "Its permanent place in the cookie, 0 to 63; never reuse one.",
            required=True,
            high=MAX_BIT,
        ),
        Field("necessary", Type.BOOLEAN, "Shown and explained, without a switch.", default=False),
        Field(
            "profiles",
            Type.BOOLEAN,
            "The switch also governs whether profiles may be created.",
            default=False,
        ),
        _SINCE,
        Field(
            "material_since",
            Type.INTEGER,
            "The revision in which its words last changed in substance: older yeses are asked again.",
            default=1,
            low=1,
        ),
        Field("title", Type.TEXTS, "At most 60 characters.", required=True),
        Field("summary", Type.TEXTS, "One or two sentences, at most 200 characters."),
        Field("detail", Type.TEXTS, "The whole explanation."),
        Field("profiles_text", Type.TEXTS, "What the profile holds and what it is used for."),
    ),
)

VENDOR = Table(
    "[vendors.<id>]",
    "An organisation that receives data.",
    (
        text("name", "As the reader is told.", required=True),
        text("country", "Two letters (ISO 3166)."),
        text("policy_url", "Its privacy policy."),
        word("transfer", "The ground on which data leave the EEA.", TRANSFERS),
        _SINCE,
    ),
)

TRACKER = Table(
    "trackers",
    "What a service stores on the reader's device.",
    (
        text("name", "As the browser shows it; `_ga_*` for a family.", required=True),
        word("kind", "Where it is stored.", TRACKER_KINDS, "cookie"),
        text("max_age", '`"13 months"`, `"session"`; `"persistent"` for storage that never expires.'),
        word("party", "`third` when another domain than the site's reads it.", ("first", "third"), "first"),
        text("domain", "The domain that it belongs to."),
        text("path", "The path that it is limited to.", default="/"),
        Field("partitioned", Type.BOOLEAN, "Whether it is kept apart per site (CHIPS).", default=False),
        Field("http_only", Type.BOOLEAN, "Whether scripts cannot read it.", default=False),
    ),
)

SERVICE = Table(
    "[[services]]",
    "A thing of a vendor in a page: a tag, a player, a collector.",
    (
        text(
            "use",
            'A catalogue entry with its version, `"youtube@1"`; keys beside it replace those of the entry.',
        ),
        text("id", "Its name here. Required without `use`."),
        Field("title", Type.NAME, "As the reader is told. Default: the id."),
        text("purpose", "The purpose that it serves."),
        word(
            "basis",
            "Why it may run: with consent, exempt (with a reason), or until the reader objects.",
            words(Basis),
            Basis.CONSENT,
        ),
        word("exempt_reason", "Which exemption applies.", EXEMPT_REASONS),
        Field(
            "conditions",
            Type.STRINGS,
            'For `exempt_reason = "audience"`: the conditions that you confirm.',
            choices=AUDIENCE_CONDITIONS,
        ),
        text("data_retention", "How long its data are kept."),
        word("kind", "What it is in a page.", words(Kind), Kind.TAG),
        Field("hosts", Type.STRINGS, "Where it is loaded from and what it calls: `host[:port][/path]`."),
        Field("inline", Type.STRINGS, "Words that its inline script holds."),
        Field("trackers", Type.ROWS, "What it stores.", table=TRACKER),
        text("vendor", "Who receives the data."),
        word("otherwise", "What a refusal shows in its place.", words(Otherwise), Otherwise.NOTHING),
        word(
            "reach",
            "`open`: once allowed, its calls may go anywhere over https.",
            words(Reach),
            Reach.CLOSED,
        ),
        Field(
            "bit",
            Type.INTEGER,
            "Gives it a switch of its own: a permanent place, 0 to 63, never reused.",
            high=MAX_BIT,
        ),
        _SINCE,
    ),
)

PROFILE = Table(
    "[[profiles]]",
    "A profile that the site makes of its readers, while its purpose is allowed.",
    (
        text("name", "What code calls it.", required=True),
        Field("title", Type.NAME, "As the reader is told. Default: the name."),
        text("purpose", "The purpose whose switch governs it.", required=True),
        Field("holds", Type.TEXTS, "What it holds, in a sentence.", required=True),
        text("retention", "How long it is kept at most, as in `90 days`.", required=True),
        word(
            "scope",
            "`device`: it follows one browser; `account`: it follows an account, whose refusal on one device "
            "is one on all of them.",
            words(Scope),
            Scope.DEVICE,
        ),
        text("webhook", "The https address of another server that erases it; the call is signed."),
        text("webhook_secret", "The file of the secrets that sign the call.", default=WEBHOOK_SECRET),
        Field(
            "webhook_private",
            Type.BOOLEAN,
            "The webhook may be at an address of the own network.",
            default=False,
        ),
    ),
)

ROOT = Table(
    "",
    "The keys at the top of the file.",
    (
        Field("version", Type.INTEGER, "The version of this format: 1.", required=True, low=1, high=1),
        Field(
            "revision",
            Type.INTEGER,
            "Raise it with every change that readers must be asked about.",
            required=True,
            low=1,
        ),
        Field("site", Type.TABLE, SITE.doc, required=True, table=SITE),
        Field("controller", Type.TABLE, CONTROLLER.doc, table=CONTROLLER),
        Field("choice", Type.TABLE, CHOICE.doc, table=CHOICE),
        Field("proof", Type.TABLE, PROOF.doc, table=PROOF),
        Field("enforce", Type.TABLE, ENFORCE.doc, table=ENFORCE),
        Field("purposes", Type.MAP, PURPOSE.doc, required=True, table=PURPOSE),
        Field("vendors", Type.MAP, VENDOR.doc, table=VENDOR),
        Field("services", Type.ROWS, SERVICE.doc, table=SERVICE),
        Field("profiles", Type.ROWS, PROFILE.doc, table=PROFILE),
    ),
)

#: All tables in the order of the reference page.
TABLES = (
    ROOT,
    SITE,
    CONTROLLER,
    CHOICE,
    PROOF,
    WITNESS,
    ENFORCE,
    MODE_RULE,
    PURPOSE,
    VENDOR,
    SERVICE,
    TRACKER,
    PROFILE,
)
