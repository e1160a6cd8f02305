"""The words of every report: verdicts, scenarios, steps, and the sentence that comes first."""

from __future__ import annotations

from bandeau.audit.judge import Judgement, Verdict
from bandeau.audit.recording import Recording
from bandeau.audit.scenarios import Kind, scenario
from bandeau.core.policy import Policy

VERDICTS = {
    Verdict.KEPT: "Kept",
    Verdict.DELEGATED: "Delegated",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.UNDECLARED: "Undeclared",
    Verdict.BROKEN: "Broken",
}
#: What a reader had decided in the end.
STATES = {
    "": "nothing to decide",
    "necessary": "necessary",
    "unset": "no choice",
    "refused": "refused",
    "allowed": "allowed",
    "withdrawn": "withdrawn",
    "ended": "choice over",
    "signal": "refused by signal",
}
_SCENARIOS = {
    Kind.NONE: "No choice",
    Kind.REFUSE: "Refuse all",
    Kind.ACCEPT: "Accept all",
    Kind.GPC: "GPC signal",
    Kind.WITHDRAW: "Accept, then withdraw",
    Kind.BFCACHE: "Withdraw, then go back",
    Kind.NO_JS: "Without JavaScript",
    Kind.EXPIRED: "When the choice is over",
    Kind.GUARD_BLOCKED: "Guard blocked",
}
_MEANINGS = {
    Kind.NONE: "The reader looks at two pages and presses nothing.",
    Kind.REFUSE: "The reader refuses everything, reloads and reads on.",
    Kind.ACCEPT: "The reader accepts everything, reloads and reads on.",
    Kind.ONLY: "The reader allows this purpose alone, reloads and reads on.",
    Kind.ALL_BUT: "The reader allows every other purpose, reloads and reads on.",
    Kind.GPC: "The browser sends Global Privacy Control and the reader presses nothing.",
    Kind.WITHDRAW: "The reader accepts, reads on, withdraws everything and reloads.",
    Kind.BFCACHE: "The reader accepts, withdraws on the next page and goes back to the first.",
    Kind.NO_JS: "The browser runs no script.",
    Kind.EXPIRED: "The reader accepts and comes back when the choice is over.",
    Kind.GUARD_BLOCKED: "A filter keeps Bandeau's browser part away.",
}
OUTCOMES = {
    "ok": "complete",
    "unreachable": "not reachable",
    "refused-address": "an address that is not visited",
    "challenge": "a page against robots",
    "panel-not-found": "no notice found",
    "choice-not-taken": "the choice did not take",
    "timeout": "out of time",
    "hostile": "hindered by the page",
    "crashed": "the browser crashed",
}
HOW = {"click": "click", "key": "keyboard", "cookie": "the cookie of such a choice", "form": "plain form"}


# French sets these before and after its signs.
_SPACES = "\u00a0\u202f"


def title_of(policy: Policy, purpose_id: str) -> str:
    """Return a purpose's title in the site's first language; the row of what nobody declared has its own."""
    if not purpose_id:
        return "Not declared"
    for purpose in policy.purposes:
        if purpose.id == purpose_id:
            return purpose.title.get(policy.site.default_language) or purpose_id
    return purpose_id


def scenario_label(policy: Policy, name: str) -> str:
    """Return what a scenario is called."""
    found = scenario(name)
    if found.kind is Kind.ONLY:
        return f"Only {title_of(policy, found.purpose)}"
    if found.kind is Kind.ALL_BUT:
        return f"All but {title_of(policy, found.purpose)}"
    return _SCENARIOS[found.kind]


def scenario_meaning(name: str) -> str:
    """Return what a scenario tries, in a sentence."""
    return _MEANINGS[scenario(name).kind]


def sentence(recording: Recording, judgement: Judgement, policy: Policy) -> str:
    """Return the first sentence of every report: the verdict, and of what sample."""
    name, sample = policy.site.name or policy.site.id, _sample(recording, judgement)
    broken = sum(f.verdict is Verdict.BROKEN and f.level == "error" for f in judgement.findings)
    undeclared = sum(f.verdict is Verdict.UNDECLARED and f.level == "error" for f in judgement.findings)
    if broken or undeclared:
        counts = [
            count(number, one, many)
            for number, one, many in (
                (broken, "broken promise", "broken promises"),
                (undeclared, "thing that nobody declared", "things that nobody declared"),
            )
            if number
        ]
        verb = "does not keep its word" if broken else "does what it did not declare"
        return f"{name} {verb}: {' and '.join(counts)}, seen {sample}."
    if judgement.verdict is Verdict.INCONCLUSIVE:
        doubts = count(len(judgement.doubts), "doubt remains", "doubts remain")
        return f"It is not proven that {name} keeps its word: {doubts}; no breach was seen {sample}."
    return f"{name} kept its word in everything that was seen {sample}."


def _sample(recording: Recording, judgement: Judgement) -> str:
    pages = len(judgement.coverage.pages)
    of = f" of {judgement.coverage.pages_known} known" if judgement.coverage.pages_known > pages else ""
    choices, visits = len(judgement.scenarios), len(recording.visits)
    return (
        f"on {count(pages, 'page', 'pages')}{of}, in {count(choices, 'situation', 'situations')} "
        f"and {count(visits, 'visit', 'visits')}, on {day(recording.started)}"
    )


def day(moment: str) -> str:
    """Return a time (RFC 3339, UTC) as a person reads it, to the minute.

    >>> day("2026-11-25T10:04:33Z")
    '2026-11-25 10:04 UTC'
    """
    return f"{moment[:10]} {moment[11:16]} UTC" if len(moment) >= 16 else moment


def count(number: int, one: str, many: str) -> str:
    """Return a number with its word."""
    return f"{number} {one if number == 1 else many}"


def visible(text: str) -> str:
    """Replace what would hide text or turn it round by U+FFFD: pages chose these words, not we."""
    return "".join(char if char.isprintable() or char in _SPACES else "\ufffd" for char in text)
