"""Consent panels of nobody's make, in the shapes that are met: in the page, in shadow roots, in frames."""

from __future__ import annotations

from dataclasses import dataclass, field

from .stage import Answer

HOST = "www.foreign.example"
FRAME = "cmp.vendor.example"
# A TCF string with no consent, and one with consent to purposes 1 to 10; made for these tests.
_CREATED = 1_750_000_000 * 10


def tc_string(purposes: int) -> str:
    """Return the core of a TCF string that says yes to the first so many purposes."""
    from base64 import urlsafe_b64encode

    bits = f"{2:06b}{_CREATED:036b}{_CREATED:036b}" + "0" * (152 - 78)
    bits += "1" * purposes + "0" * (24 - purposes) + "0" * 64
    whole = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return urlsafe_b64encode(whole).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A panel: its page, what an answer of another host holds, and what it should be found to be."""

    name: str
    body: str
    lang: str = "en"
    others: dict[str, Answer | str] = field(default_factory=dict)
    asks: bool = True
    refuses: bool = True
    accepts: bool = True

    @property
    def answers(self) -> dict[str, Answer | str]:
        """What the stage answers for this panel."""
        page = (
            f'<!doctype html><html lang="{self.lang}"><head><meta charset="utf-8"><title>Foreign</title>'
            f"<style>#cmp{{position:fixed;left:0;right:0;bottom:0;background:#fff;padding:9px}}</style></head>"
            f"<body><h1>News</h1><p>Something happened.</p><a href='/b'>More</a>{self.body}</body></html>"
        )
        return {f"{HOST}/{self.name}": page, **self.others}


def _script(text: str) -> str:
    return f"<script>{text}</script>"


_SAVE = (
    "const say=v=>{document.cookie='choice='+v+';path=/;max-age=999';document.getElementById('cmp').remove()}"
)
_TEXTS = {
    "en": ("We use cookies to measure our audience.", "Accept all", "Reject all"),
    "de": ("Wir verwenden Cookies, um Sie wiederzuerkennen.", "Alle akzeptieren", "Ablehnen"),
    "pl": ("Szanujemy Twoją prywatność i używamy plików cookies.", "Akceptuję wszystkie", "Odrzuć wszystkie"),
}


def _plain(lang: str) -> str:
    text, accept, refuse = _TEXTS[lang]
    return (
        f"<div id='cmp'><p>{text}</p><button onclick=\"say('yes')\">{accept}</button>"
        f"<button onclick=\"say('no')\">{refuse}</button></div>" + _script(_SAVE)
    )


_INSIDE = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>cmp</title><p>We value your privacy.</p>"
    "<button onclick=\"parent.postMessage('yes','*')\">I agree</button>"
    "<button onclick=\"parent.postMessage('no','*')\">Decline</button></html>"
)

PANELS = (
    Foreign("plain-en", _plain("en")),
    Foreign("plain-de", _plain("de"), lang="de"),
    Foreign("plain-pl", _plain("pl"), lang="pl"),
    Foreign(
        "closed-shadow",
        "<div id='cmp'></div>"
        + _script(
            _SAVE + ";const root=document.getElementById('cmp').attachShadow({mode:'closed'});"
            "root.innerHTML='<div role=dialog aria-label=Cookies><p>Nous déposons des cookies.</p>"
            "<button id=y>Accepter</button><button id=n>Continuer sans accepter</button></div>';"
            "root.getElementById('y').onclick=()=>say('yes');root.getElementById('n').onclick=()=>say('no')"
        ),
        lang="fr",
    ),
    Foreign(
        "foreign-frame",
        f"<iframe id='cmp' style='height:200px;width:500px;border:3px solid' src='https://{FRAME}/panel.html'></iframe>"
        + _script(_SAVE + ";addEventListener('message',e=>say(e.data))"),
        others={f"{FRAME}/panel.html": _INSIDE},
    ),
    Foreign(
        "links-in-local-storage",
        "<div id='cmp'><p>Cookies, for a better web.</p><a href='#' role='button' id='y'>OK</a> "
        "<a href='#' role='button' id='n'>No thanks</a></div>"
        + _script(
            "for(const id of ['y','n'])document.getElementById(id).onclick=()=>{localStorage.choice=id;"
            "document.getElementById('cmp').remove()}"
        ),
    ),
    Foreign(
        "refuse-behind-settings",
        "<div id='cmp'><p>We use cookies.</p><button onclick=\"say('yes')\">Accept cookies</button>"
        "<button onclick=\"document.getElementById('more').hidden=false\">Cookie settings</button>"
        "<div id='more' hidden><button onclick=\"say('no')\">Reject all</button></div></div>"
        + _script(_SAVE),
    ),
    Foreign(
        "tcf-that-obeys",
        _plain("en").replace("'choice='+v", f"'euconsent-v2='+(v=='yes'?'{tc_string(10)}':'{tc_string(0)}')"),
    ),
    Foreign(
        "tcf-that-lies",
        _plain("en").replace("'choice='+v", f"'euconsent-v2={tc_string(10)}'"),
        refuses=False,
    ),
    Foreign(
        "dead-buttons",
        "<div id='cmp'><p>We use cookies.</p><button>Accept all</button><button>Reject all</button></div>",
        refuses=False,
        accepts=False,
    ),
    Foreign(
        "nothing-kept",
        _plain("en").replace("document.cookie='choice='+v+';path=/;max-age=999';", ""),
        refuses=False,
        accepts=False,
    ),
    Foreign(
        "no-way-to-refuse",
        "<div id='cmp'><p>By using this site you accept cookies.</p><button onclick=\"say('yes')\">Got it</button></div>"
        + _script(_SAVE),
        refuses=False,
    ),
    Foreign(
        "newsletter",
        "<div id='cmp'><p>Receive our letter every morning.</p><button>Accept</button><button>No thanks</button></div>",
        asks=False,
        refuses=False,
        accepts=False,
    ),
    Foreign(
        "hidden-panel",
        _plain("en").replace("<div id='cmp'>", "<div id='cmp' style='visibility:hidden'>"),
        asks=False,
        refuses=False,
        accepts=False,
    ),
)
