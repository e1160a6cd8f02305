"""The notice, the memory of a choice, the server: each rule with a breach, and a twin that is none."""

from __future__ import annotations

from bandeau.audit.recording import AxeProblem, Switch

from .case import case, server, withdrawn
from .made import button, panel, steps, visit

_CLEAN = visit("none")
_FAR_WITHDRAWAL = (
    button("refuse", "Non"),
    button("accept", "Oui"),
    button("withdraw", "Retirer", layer=3, clicks=3),
)
_NO_WITHDRAWAL = (
    button("refuse", "Non"),
    button("accept", "Oui"),
    button("save", "Garder", layer=2, clicks=2),
    button("entry", "Vos choix", shape="a"),
)
_PALE = (button("refuse", "Non"), button("accept", "Oui"), button("settings", "Choisir", contrast=3.2))
_AXE = (AxeProblem(rule="color-contrast", help="Elements must have sufficient contrast", targets=("#x",)),)
_REFUSED = server("record", "choice", action="refuse", granted="")
_ONLY_ADS = server("record", "choice", action="save", granted="ads")
_PROFILE = server("profile", "second-page", purpose="ads")
_ACCEPTED = server("record", "choice", action="accept", granted="ads,audience,social")
_BOTH = (_ACCEPTED, server("record", "withdrawn", action="withdraw", granted=""))

NOTICE_CASES = (
    case("BND540", "deeper", visit("none", panel=panel(refuse={"layer": 2, "clicks": 2})), _CLEAN),
    case("BND540", "absent", visit("none", panel=panel(refuse={"visible": False})), _CLEAN),
    case("BND541", "link", visit("none", panel=panel(refuse={"shape": "a"})), _CLEAN),
    case(
        "BND542",
        "smaller",
        visit("none", panel=panel(refuse={"rect": (10, 10, 120, 44)})),
        visit("none", panel=panel(refuse={"rect": (10, 10, 150, 44)})),
    ),
    case("BND542", "fainter", visit("none", panel=panel(refuse={"contrast": 3.2})), _CLEAN),
    case("BND542", "thinner", visit("none", panel=panel(refuse={"font_weight": 400})), _CLEAN),
    case("BND542", "below-the-fold", visit("none", panel=panel(refuse={"in_viewport": False})), _CLEAN),
    case(
        "BND543",
        "pale",
        visit("none", panel=panel(buttons=_PALE)),
        visit("none", panel=panel(refuse={"contrast": 4.5})),
    ),
    case(
        "BND544",
        "pre-ticked",
        visit("none", panel=panel(switches=(Switch(purpose="ads", checked=True),))),
        visit("none", panel=panel(switches=(Switch(purpose="audience", service="counter", checked=True),))),
        "ads",
        "ads",
    ),
    case(
        "BND545",
        "second-page",
        visit("refuse", steps=steps("refuse", second_page={"entry": None})),
        visit("refuse", steps=steps("refuse", arrived={"entry": None})),
    ),
    case("BND546", "no-button", visit("none", panel=panel(buttons=_NO_WITHDRAWAL)), _CLEAN),
    case("BND546", "three-clicks", visit("none", panel=panel(buttons=_FAR_WITHDRAWAL)), _CLEAN),
    case(
        "BND547",
        "other",
        visit("none", panel=panel(language="en")),
        visit("none", panel=panel(language="fr-CA")),
    ),
    case(
        "BND548",
        "unreached",
        visit("none", panel=panel(refuse={"tabs": None})),
        visit("none", panel=panel(refuse={"tabs": 9})),
    ),
    case("BND548", "unseen", visit("none", panel=panel(refuse={"focus_visible": False})), _CLEAN),
    case("BND549", "axe", visit("none", panel=panel(axe=_AXE)), _CLEAN),
    case(
        "BND550",
        "reload",
        visit("refuse", steps=steps("refuse", reloaded={"panel_shown": True})),
        visit("refuse", steps=steps("refuse", arrived={"panel_shown": True})),
    ),
    case(
        "BND551",
        "second-page",
        visit("accept", steps=steps("accept", second_page={"panel_shown": True})),
        visit("accept"),
    ),
    case(
        "BND552",
        "later",
        visit("expired", steps=steps("expired", later={"panel_shown": False})),
        visit("expired"),
    ),
    case("BND553", "dead-link", visit("none", panel=panel(vendors_link_status=404)), _CLEAN),
    case("BND553", "no-link", visit("none", panel=panel(vendors_link="", vendors_link_status=None)), _CLEAN),
    case(
        "BND554",
        "unnamed",
        visit("none", panel=panel(purposes_shown=("audience", "social"))),
        _CLEAN,
        "ads",
        "ads",
    ),
    case(
        "BND555",
        "covered",
        visit("refuse", steps=steps("refuse", second_page={"covered": True})),
        visit("accept", steps=steps("accept", second_page={"covered": True})),
    ),
    case(
        "BND556",
        "paler",
        visit("none", panel=panel(refuse={"background": "#eeeeee", "colour": "#333333"})),
        _CLEAN,
    ),
    case(
        "BND560",
        "refused",
        visit("refuse", _REFUSED, _PROFILE),
        visit("only:ads", _ONLY_ADS, _PROFILE),
        "ads",
        "ads",
    ),
    case(
        "BND561",
        "kept",
        withdrawn(*_BOTH, server("profile", "withdrawn-reloaded", purpose="ads")),
        withdrawn(*_BOTH, server("profile", "reloaded", purpose="ads")),
        "ads",
        "ads",
    ),
    case("BND562", "none", visit("accept", server("record", "left")), visit("accept", _ACCEPTED)),
    case(
        "BND563",
        "other",
        visit("refuse", server("record", "choice", action="refuse", granted="ads")),
        visit("refuse", _REFUSED),
    ),
    case("BND564", "nobody", visit("none", server("record", "arrived", action="accept")), _CLEAN),
)
