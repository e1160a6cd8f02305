"""BND1xx: what the file is made of."""

from __future__ import annotations

from bandeau.policyfile.rules.rule import Rule

_TOML = "TOML 1.0"

SYNTAX = (
    Rule(
        "BND101",
        "the file is not TOML",
        "A file that cannot be read declares nothing, so nothing could be enforced.",
        "Mend the line that is shown. Texts stand in double quotes, lists in square brackets.",
        _TOML,
    ),
    Rule(
        "BND102",
        "the file is not UTF-8",
        "TOML is UTF-8 by definition; another encoding would garble what the reader is shown.",
        "Save the file as UTF-8.",
        _TOML,
    ),
    Rule(
        "BND103",
        "the file is too large",
        "A policy is read by people; a file of more than 1 MB is something else.",
        'Check the path. A catalogue entry (use = "…") replaces long lists of hosts.',
    ),
    Rule(
        "BND104",
        "a key is written twice",
        "Which of the two would stand is a matter of luck, so TOML forbids it.",
        "Keep one of the two.",
        _TOML,
    ),
    Rule(
        "BND105",
        "values are nested too deeply",
        "No key of a policy lies deeper than five levels.",
        "Remove the extra brackets or dots.",
    ),
    Rule(
        "BND106",
        "unknown key",
        "A misspelt key would silently do nothing, and the publisher would believe it does.",
        "Correct the spelling or remove the key. The reference lists all keys of each table.",
    ),
    Rule(
        "BND107",
        "a value has the wrong type",
        'Nothing is guessed: the text "true" is not the value true.',
        "Write the type that the message asks for.",
    ),
    Rule(
        "BND108",
        "a required key is missing",
        "Without it the declaration says less than what must be enforced or shown.",
        "Add the key.",
    ),
    Rule(
        "BND109",
        "a value is not one of those allowed",
        "The words of these keys are fixed, so that each has one documented effect.",
        "Use one of the words that the message lists.",
    ),
    Rule(
        "BND110",
        "not a duration",
        "Durations are shown to the reader and compared with legal limits.",
        'Write a number and a unit, as in "13 months", "30 minutes", or "session".',
    ),
    Rule(
        "BND111",
        "a number is out of range",
        "The value would have no effect or an absurd one.",
        "Choose a number within the range of the message.",
    ),
    Rule(
        "BND112",
        "an id is malformed",
        "Ids stand in cookies, records, URLs and logs.",
        "Use small letters, digits, hyphens and underscores; begin with a letter; at most 64 characters.",
    ),
    Rule(
        "BND113",
        "not a host pattern",
        "A pattern that matches nothing leaves the service free; one that matches too much blocks the site.",
        'Write host[:port][/path] as in "cdn.example.com", "*.example.com", "example.com/ads/*".',
        "CSP Level 3 §2.3.1",
    ),
    Rule(
        "BND114",
        "not a URL of the expected form",
        "The address stands in forms and links, or decides how cookies are named.",
        'Write the whole address, as in "https://www.example.com"; a page of the site may be "/path".',
        "WHATWG URL",
    ),
    Rule(
        "BND115",
        "not a path",
        "Modes apply by path as the browser sends it.",
        'Begin with a slash; * stands only at the end, after a slash: "/admin/*".',
    ),
    Rule(
        "BND116",
        "unknown version of the file format",
        "A later format may mean other things by the same words.",
        "Write version = 1, or install a newer Bandeau.",
    ),
    Rule(
        "BND117",
        "not a language tag",
        "The tag chooses the texts and becomes the lang attribute.",
        'Use a tag such as "fr", "en" or "pt-BR".',
        "BCP 47",
    ),
    Rule(
        "BND118",
        "the file cannot be read",
        "Without the file there is no policy.",
        "Check path and permissions. bandeau init writes a first file.",
    ),
    Rule(
        "BND119",
        "a text is empty",
        "The reader, the record or the log would show nothing in its place.",
        "Write the text, or remove the key when it is optional.",
    ),
    Rule(
        "BND120",
        "a text is too long",
        "The text is kept in memory and shown on small screens.",
        "Shorten it.",
    ),
    Rule(
        "BND121",
        "a tracker's name is malformed",
        "Cookie names hold no spaces, separators or control characters; * stands only at the end.",
        'Write the name as the browser shows it, "_ga_*" for a family.',
        "RFC 6265 §4.1.1",
    ),
    Rule(
        "BND122",
        "not a country code",
        "The code decides whether data leave the EEA.",
        'Write two capital letters, as in "FR".',
        "ISO 3166-1 alpha-2",
    ),
)
