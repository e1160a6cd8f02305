"""A policy in which every rule has something to judge, and recordings made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bandeau.audit.judge import Finding, Judgement, judge
from bandeau.audit.observation import CookieHeld, CookieSet, Observation, Request, StorageItem
from bandeau.audit.recording import (
    Button,
    Canary,
    ChoiceMade,
    Completeness,
    Panel,
    Recording,
    Step,
    Switch,
    Tool,
    Visit,
)
from bandeau.policyfile import Loaded, load

POLICY = """\
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

[choice]
honour_gpc = ["ads"]

[enforce]
mode = "enforce"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Session et sécurité."
detail.fr = "Ces cookies gardent votre connexion ouverte."

[purposes.audience]
bit = 1
title.fr = "Mesure d'audience"
summary.fr = "Compter les visites."
detail.fr = "Combien de personnes lisent quel article."

[purposes.social]
bit = 2
title.fr = "Vidéos"
summary.fr = "Afficher les vidéos publiées ailleurs."
detail.fr = "Le lecteur reçoit votre adresse IP et la page lue."

[purposes.ads]
bit = 3
profiles = true
title.fr = "Publicité ciblée"
summary.fr = "Des annonces d'après vos lectures."
detail.fr = "Un profil de vos lectures est créé."
profiles_text.fr = "Vos rubriques préférées."

[vendors.meterco]
name = "Meter SA"
country = "FR"
policy_url = "https://meter.example/privacy"

[vendors.tube]
name = "Tube SA"
country = "FR"
policy_url = "https://tube.example/privacy"

[vendors.house]
name = "Ad House SA"
country = "FR"
policy_url = "https://adhouse.example/privacy"

[[services]]
id = "session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [{ name = "sessionid", max_age = "14 days", http_only = true }]

[[services]]
id = "counter"
title = "Compteur"
purpose = "audience"
basis = "exempt"
exempt_reason = "audience"
conditions = [
  "sole-purpose", "own-account", "anonymous-statistics", "no-cross-referencing", "no-sharing", "no-cross-site",
  "lifetime-not-extended",
]
data_retention = "25 months"
kind = "collector"
bit = 0
hosts = ["www.journal.example/counter/*"]
trackers = [{ name = "_ct", max_age = "13 months" }]

[[services]]
id = "meter"
purpose = "audience"
kind = "tag"
vendor = "meterco"
hosts = ["meter.example", "*.meter.example"]
trackers = [
  { name = "_m", max_age = "6 months" },
  { name = "_m_*", max_age = "1 day" },
  { name = "mk", kind = "local", max_age = "persistent" },
  { name = "mdb", kind = "indexeddb", max_age = "persistent" },
  { name = "mcache", kind = "cache", max_age = "persistent" },
]

[[services]]
id = "own"
purpose = "audience"
kind = "collector"
hosts = ["www.journal.example/metrics/*"]

[[services]]
id = "player"
title = "Tube"
purpose = "social"
kind = "embed"
otherwise = "placeholder"
vendor = "tube"
hosts = ["player.tube.example"]
trackers = [{ name = "viewer", max_age = "6 months", party = "third", domain = "tube.example" }]

[[services]]
id = "adhouse"
purpose = "ads"
kind = "ads"
reach = "open"
otherwise = "contextual"
vendor = "house"
hosts = ["tag.adhouse.example"]
trackers = [{ name = "ah_id", max_age = "13 months" }]
"""

SITE = "https://www.journal.example"
PAGE = f"{SITE}/"
SECOND = f"{SITE}/article"
LOADED: Loaded = load(POLICY)
DAY = 86_400

_BEGIN = ("arrived",)
_STEPS = {
    "none": (*_BEGIN, "second-page", "left"),
    "gpc": (*_BEGIN, "second-page", "left"),
    "no-js": (*_BEGIN, "second-page", "left"),
    "guard-blocked": (*_BEGIN, "second-page", "left"),
    "withdraw": (
        *_BEGIN,
        "choice",
        "after-choice",
        "reloaded",
        "second-page",
        "withdrawn",
        "withdrawn-reloaded",
        "left",
    ),
    "bfcache": (*_BEGIN, "choice", "after-choice", "second-page", "withdrawn", "back", "left"),
    "expired": (*_BEGIN, "choice", "after-choice", "second-page", "later", "left"),
}
_CHOSEN = (*_BEGIN, "choice", "after-choice", "reloaded", "second-page", "left")
ENTRY = Button(role="entry", text="Paramétrer vos choix", shape="a")


def steps(scenario: str, **changes: Any) -> tuple[Step, ...]:
    """Return the steps of a scenario, a second apart; ``changes`` are those of one step, by its name."""
    names = _STEPS.get(scenario, _CHOSEN)
    made = []
    for index, name in enumerate(names):
        # Of a page that was left there is no address, and no storage to be seen.
        url = "" if name == "left" else SECOND if name == "second-page" else PAGE
        members: dict[str, Any] = {
            "status": 200,
            "entry": ENTRY,
            "panel_shown": name == "later" or "choice" not in names,
        }
        if name == "arrived":
            members["panel_shown"] = True
        members |= changes.get(name.replace("-", "_"), {})
        made.append(Step(name=name, at_ms=index * 1000, url=url, **members))
    return tuple(made)


def choices(scenario: str, how: Any = "click") -> tuple[ChoiceMade, ...]:
    """Return the choices that a scenario makes, as they took."""
    kind, _, purpose = scenario.partition(":")
    switches = ("audience", "social", "ads")
    if kind == "refuse":
        return (ChoiceMade(action="refuse", how=how, confirmed=True),)
    if kind in ("accept", "expired"):
        return (ChoiceMade(action="accept", how=how, granted=switches, confirmed=True),)
    if kind in ("only", "all-but"):
        granted = (purpose,) if kind == "only" else tuple(p for p in switches if p != purpose)
        return (ChoiceMade(action="save", how=how, granted=granted, confirmed=True),)
    if kind in ("withdraw", "bfcache"):
        first = ChoiceMade(action="accept", how=how, granted=switches, confirmed=True)
        return first, ChoiceMade(action="withdraw", how=how, step="withdrawn", confirmed=True)
    return ()


def button(role: Any, text: str, **changes: Any) -> Button:
    """Return a button that breaks no rule."""
    members: dict[str, Any] = {
        "rect": (10, 10, 160, 44),
        "font_size": 16.0,
        "font_weight": 600,
        "font_family": "system-ui",
        "colour": "#ffffff",
        "background": "#1b1e24",
        "contrast": 15.0,
        "tabs": 3,
        "focus_visible": True,
    }
    return Button(role=role, text=text, **(members | changes))


def panel(*, refuse: dict[str, Any] | None = None, **changes: Any) -> Panel:
    """Return a panel that breaks no rule."""
    members: dict[str, Any] = {
        "found": True,
        "manager": "bandeau",
        "language": "fr",
        "page_language": "fr-FR",
        "buttons": (
            button("refuse", "Tout refuser", **(refuse or {})),
            button("accept", "Tout accepter"),
            button("settings", "Choisir", shape="a"),
            button("withdraw", "Tout retirer", layer=2, clicks=2, tabs=None),
        ),
        "switches": tuple(Switch(purpose=name) for name in ("audience", "social", "ads")),
        "purposes_shown": ("audience", "social", "ads"),
        "vendors_link": "/bandeau/policy",
        "vendors_link_status": 200,
    }
    return Panel(**(members | changes))


def visit(scenario: str, *facts: Observation, number: int = 1, **changes: Any) -> Visit:
    """Return a visit in which nothing is wrong but what the facts say."""
    gpc = scenario == "gpc"
    document = Request(step="arrived", at_ms=1, url=PAGE, type="document", status=200, gpc_sent=gpc)
    members: dict[str, Any] = {
        "url": PAGE,
        "final_url": PAGE,
        "status": 200,
        "outcome": "ok",
        "steps": steps(scenario),
        "choices": choices(scenario),
        "panel": panel(),
        "completeness": Completeness(netlog=1, events=1),
        "observations": (document, *facts),
    }
    return Visit(scenario=scenario, number=number, **(members | changes))


def recording(*visits: Visit, **changes: Any) -> Recording:
    """Return a recording whose canary sang."""
    members: dict[str, Any] = {
        "tool": Tool(version="0.1.0", browser="Chromium", browser_version="156.0"),
        "started": "2026-11-25T10:00:00Z",
        "urls": (PAGE,),
        "pages": (PAGE, SECOND),
        "pages_known": 40,
        "canary": Canary(
            cross_site_cookie=True, unload_beacon=True, transient_cookie=True, sandboxed_frame=True
        ),
        "policy_digest": LOADED.policy.digest,
    }
    return Recording(visits=visits, **(members | changes))


def judged(*visits: Visit, loaded: Loaded = LOADED, **changes: Any) -> Judgement:
    """Return the judgement of some visits."""
    return judge(recording(*visits, **changes), loaded.policy)


def call(url: str, step: str = "arrived", **changes: Any) -> Request:
    """Return a call that the page's own markup makes."""
    members: dict[str, Any] = {
        "type": "script",
        "frame_url": PAGE,
        "frame_chain": (PAGE,),
        "initiator_type": "parser",
        "initiator_chain": (f"{PAGE}:12:4",),
    }
    return Request(step=step, at_ms=at(step), url=url, **(members | changes))


def cookie(name: str, step: str = "arrived", **changes: Any) -> CookieSet:
    """Return a cookie that the site's server sets."""
    members: dict[str, Any] = {"domain": "www.journal.example", "setter": f"http:{PAGE}", "page_url": PAGE}
    return CookieSet(step=step, name=name, **({"at_ms": at(step)} | members | changes))


def held(name: str, step: str, domain: str = "www.journal.example") -> CookieHeld:
    """Return a cookie that is there at the end of a step."""
    return CookieHeld(step=step, at_ms=at(step), name=name, domain=domain)


def item(kind: Any, key: str, step: str = "arrived", origin: str = SITE, **changes: Any) -> StorageItem:
    """Return an item of the site's storage."""
    return StorageItem(step=step, at_ms=at(step), origin=origin, kind=kind, key=key, **changes)


def at(step: str) -> int:
    """Return a time within a step, whatever the scenario."""
    return 20 + len(step)


def codes(judgement: Judgement) -> list[str]:
    """Return the codes of all findings and doubts."""
    return sorted(finding.code for finding in (*judgement.findings, *judgement.doubts))


def only(findings: Sequence[Finding], code: str) -> Finding:
    """Return the one finding of a code."""
    found = [finding for finding in findings if finding.code == code]
    assert len(found) == 1, f"{len(found)} findings of {code}"
    return found[0]
