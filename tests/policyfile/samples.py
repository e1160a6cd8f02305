"""The policy that the tests begin with, and ways to change it."""

from __future__ import annotations

from bandeau.errors import PolicyError
from bandeau.policyfile import Problem, load

GOOD = """\
version = 1
revision = 3

[site]
id = "journal"
environment = "production"
name = "Le Journal"
url = "https://www.journal.example"
hosts = ["www.journal.example"]
languages = ["fr"]
privacy_url = "/vie-privee"

[controller]
name = "Le Journal SA"
contact = "donnees@journal.example"

[enforce]
mode = "enforce"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Session et sécurité."
detail.fr = "Ces cookies gardent votre connexion ouverte."

[purposes.social]
bit = 1
title.fr = "Vidéos"
summary.fr = "Afficher les vidéos publiées ailleurs."
detail.fr = "Le lecteur reçoit votre adresse IP et la page lue."

[vendors.tube]
name = "Tube SA"
country = "FR"
policy_url = "https://tube.example/privacy"

[[services]]
id = "session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [{ name = "sessionid", max_age = "14 days" }]

[[services]]
id = "player"
purpose = "social"
kind = "embed"
otherwise = "placeholder"
vendor = "tube"
hosts = ["player.tube.example"]
trackers = [{ name = "viewer", max_age = "6 months", party = "third", domain = "tube.example" }]
"""


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Return the policy with one thing changed."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
    return text.replace(old, new)


def problems_of(text: str) -> list[Problem]:
    """Return all problems of a text, errors and warnings."""
    try:
        return list(load(text).warnings)
    except PolicyError as error:
        if not error.problems:
            raise ValueError("an error without a problem") from error
        return [problem for problem in error.problems if isinstance(problem, Problem)]


def codes_of(text: str) -> list[str]:
    """Return the codes of all problems of a text."""
    return [problem.code for problem in problems_of(text)]
