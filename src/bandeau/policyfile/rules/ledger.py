"""BND6xx: how the proof is kept, and who outside can vouch for it."""

from __future__ import annotations

from bandeau.policyfile.problem import Level
from bandeau.policyfile.rules.rule import Rule

LEDGER = (
    Rule(
        "BND601",
        "checkpoints cannot be published there",
        "A target is a folder, an https address that takes PUT, or a git repository of this machine.",
        'Write "checkpoints", "https://archive.example/bandeau/" or "git:/srv/transparency".',
    ),
    Rule(
        "BND602",
        "the log is published nowhere",
        "Who holds the signing key could rewrite the whole log, and nobody outside could tell.",
        'Remove the line: publish = ["bandeau-checkpoints"] is the default.',
        "REC-04: CNIL délib. 2020-092",
        Level.WARNING,
    ),
    Rule(
        "BND603",
        "not the verifier key of a witness",
        "With another key no countersignature could ever be verified.",
        "Copy the key as the witness's operator gives it: name+hash+key.",
        "c2sp.org/signed-note, c2sp.org/tlog-cosignature",
    ),
    Rule(
        "BND604",
        "a witness is declared twice",
        "One witness that signs twice would be counted as two.",
        "Remove one of them.",
    ),
    Rule(
        "BND605",
        "an address of the proof without https",
        "Anybody on the way could hold back what is sent, and read it.",
        "Use https; plain http is for this machine alone.",
    ),
    Rule(
        "BND606",
        "no folder keeps what witnesses and the authority answer",
        "Countersignatures and time stamps are part of the proof: they are kept beside the checkpoints.",
        "Add a folder to publish.",
    ),
    Rule(
        "BND607",
        "records are dropped before the choices end",
        "A choice that is still in force could not be proven any more.",
        "Keep records longer than choices are remembered.",
        "GDPR art. 7(1)",
    ),
    Rule(
        "BND608",
        "two parts of the proof in one place",
        "One of them would overwrite the other.",
        "Give each its own file or folder.",
    ),
    Rule(
        "BND609",
        "a password in the policy file",
        "The file is kept with each revision's evidence, and in version control: others read it.",
        "Take it out; name a PGPASSFILE or a PGSERVICEFILE in the environment, or set PGPASSWORD there.",
        "PostgreSQL, libpq: The Password File",
    ),
    Rule(
        "BND651",
        "the signing keys hold none for the log",
        "The file was made by an older Bandeau; without a key of its own the log cannot be signed.",
        "Run: bandeau keys rotate --ledger",
        level=Level.WARNING,
    ),
)
