"""The policy that a part of the zoo is judged by, and the one that it really runs under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bandeau.core.policy import Basis, Policy
from bandeau.policyfile import Loaded, load

from .specimen import Leak, Specimen

HOST = "www.paper.example"
#: The site's own name for a machine of somebody else's: what a CNAME cloak looks like from outside.
CLOAK = "metrics.paper.example"
PURPOSES = ("audience", "social", "personalisation", "ads")

_HEAD = f"""\
version = 1
revision = 1

[site]
id = "paper"
environment = "test"
name = "Le Papier"
url = "https://{HOST}"
hosts = ["{HOST}", "{CLOAK}"]
languages = ["fr", "en"]
privacy_url = "/vie-privee/"

[controller]
name = "Le Papier SA"
contact = "donnees@paper.example"

[choice]
remember = "6 months"
honour_gpc = ["personalisation", "ads"]

[proof]
store = "memory:"

[enforce]
mode = "enforce"
undeclared_hosts = "block"
undeclared_cookies = "block"

[vendors.acme]
name = "Acme SA"
country = "FR"
policy_url = "https://acme.example/vie-privee"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Cookies techniques"
title.en = "Technical cookies"
summary.fr = "Session et mémoire de vos choix."
summary.en = "Session and the memory of your choices."
detail.fr = "Sans eux, le site ne peut pas fonctionner."
detail.en = "Without them the site cannot work."

[[services]]
id = "session"
title = "Session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [{{ name = "sessionid", max_age = "14 days", http_only = true }}]
"""
_TITLES = {
    "audience": ("Mesure d’audience", "Audience measurement"),
    "social": ("Vidéos et réseaux sociaux", "Videos and social networks"),
    "personalisation": ("Contenus personnalisés", "Personalised contents"),
    "ads": ("Publicité ciblée", "Targeted advertising"),
}
#: A well-behaved service for each purpose, so that the panel always asks about all four.
_PURPOSE = """
[purposes.{id}]
bit = {bit}
profiles = {profiles}
title.fr = "{fr}"
title.en = "{en}"
summary.fr = "{fr}, en une phrase."
summary.en = "{en}, in one sentence."
detail.fr = "{fr}, en détail : ce qui est lu, gardé et transmis."
detail.en = "{en}, in detail: what is read, kept and passed on."
profiles_text.fr = "Le profil contient les pages lues."
profiles_text.en = "The profile holds the pages that you read."

[[services]]
id = "honest-{id}"
title = "Acme {id}"
purpose = "{id}"
kind = "tag"
vendor = "acme"
hosts = ["{id}.honest.example"]
trackers = [{{ name = "_honest_{id}", max_age = "13 months" }}]
"""


def judged_by(specimens: Sequence[Specimen], *, leaky: bool = False) -> Loaded:
    """Return the policy that the specimens are judged by; ``leaky`` adds what it does not know."""
    known = [s for s in specimens if leaky or s.leak is not Leak.UNDECLARED]
    purposes = [
        _PURPOSE.format(
            id=name, bit=bit, profiles=str(bit >= 3).lower(), fr=_TITLES[name][0], en=_TITLES[name][1]
        )
        for bit, name in enumerate(PURPOSES, start=1)
    ]
    return load("".join([_HEAD, *purposes, *(_service(s) for s in known if s.declares), *map(_more, known)]))


def runs_under(specimens: Sequence[Specimen]) -> Policy:
    """Return the policy that the site of the specimens is run with: weaker where one of them leaks."""
    policy = judged_by(specimens, leaky=True).policy
    leaks = {specimen.name: specimen.leak for specimen in specimens}
    services = tuple(
        replace(service, basis=Basis.EXEMPT, exempt_reason="security")
        if leaks.get(service.id, Leak.NONE) in (Leak.EXEMPT, Leak.UNDECLARED)
        else service
        for service in policy.services
        if leaks.get(service.id) is not Leak.FORGOTTEN
    )
    return replace(policy, services=services)


def _service(specimen: Specimen) -> str:
    head = (
        f'\n[[services]]\nid = "{specimen.name}"\ntitle = "{specimen.name}"\npurpose = "{specimen.purpose}"\n'
    )
    lines = specimen.fill(specimen.declares).strip()
    vendor = 'vendor = "acme"\n' if "hosts" in lines and "vendor" not in lines else ""
    return f"{head}{vendor}{lines}\n"


def _more(specimen: Specimen) -> str:
    return f"\n{specimen.fill(specimen.more)}\n" if specimen.more else ""
