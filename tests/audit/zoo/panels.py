"""Breaches of the panel: what the reader is shown, and how hard a no is made."""

from __future__ import annotations

from .rules import Rule
from .specimen import Edit, Leak, Specimen, Truth, When

_REFUSE = r'<button name="action" value="refuse">([^<]*)</button>'


def _panel(name: str, what: str, rule: Rule, shows: str, *edits: Edit, **more: object) -> Specimen:
    given = {"scenarios": ("refuse",), "purpose": "", "truth": Truth.SHOWN, **more}
    return Specimen(
        name=name,
        what=what,
        rule=rule,
        shows=shows,
        edits=edits,
        declares="",
        leak=Leak.NONE,
        alone=True,
        **given,  # type: ignore[arg-type]
    )


PANELS = (
    _panel(
        "preticked",
        "a switch that the page turns on as soon as the panel opens",
        Rule.PRETICKED,
        "document.querySelector('#bd-panel [name=\"p.ads\"]').checked",
        Edit(
            where="page",
            old="</body>",
            new="<script>new MutationObserver(()=>{const s=document.querySelector("
            "'#bd-panel[open] [name=\"p.ads\"]:not([data-seen])');if(s){s.dataset.seen=1;s.checked=true}})"
            ".observe(document,{subtree:true,childList:true,attributes:true})</script></body>",
        ),
        finding_purpose="ads",
        opens=True,
    ),
    _panel(
        "refuse-deeper",
        "no refusal in the first layer, only behind the settings",
        Rule.REFUSE_HARDER,
        "!document.querySelector('#bd-first button[value=refuse]')",
        Edit(where="page", old=_REFUSE, new=""),
    ),
    _panel(
        "smaller-refuse",
        "a refusal in small letters beside a large yes",
        Rule.REFUSE_WEAKER,
        "parseFloat(getComputedStyle(document.querySelector('#bd-first [value=refuse]')).fontSize)<12",
        Edit(
            where="page",
            old=_REFUSE,
            new=r'<button name="action" value="refuse" style="font-size:9px;padding:2px;min-height:0;'
            r'min-width:0;flex:none;align-self:center">\1</button>',
        ),
    ),
    _panel(
        "paler-refuse",
        "a refusal in pale grey on white",
        Rule.REFUSE_WEAKER,
        "getComputedStyle(document.querySelector('#bd-first [value=refuse]')).color=='rgb(204, 204, 204)'",
        Edit(
            where="page",
            old=_REFUSE,
            new=r'<button name="action" value="refuse" style="color:#ccc;background:#fff;'
            r'border-color:#eee">\1</button>',
        ),
    ),
    _panel(
        "refuse-as-text",
        "a yes as a button, a no as words in a sentence",
        Rule.REFUSE_WEAKER,
        "getComputedStyle(document.querySelector('#bd-first [value=refuse]')).borderTopStyle=='none'",
        Edit(
            where="page",
            old=_REFUSE,
            new=r'<button name="action" value="refuse" style="background:none;border:0;padding:0;'
            r'min-height:0;min-width:0;flex:none;font-weight:400;text-decoration:underline">\1</button>',
        ),
    ),
    _panel(
        "refuse-below-the-fold",
        "a refusal that the reader must scroll for",
        Rule.REFUSE_WEAKER,
        "document.querySelector('#bd-first [value=refuse]').getBoundingClientRect().top>innerHeight",
        Edit(
            where="page",
            old=_REFUSE,
            new=r'<button name="action" value="refuse" style="position:absolute;top:300vh">\1</button>',
        ),
    ),
    _panel(
        "no-entry",
        "pages without a way back to the choice",
        Rule.NO_ENTRY,
        "!document.querySelector('[href*=\"/bandeau/choices\"]:not(#bd-first *)')",
        Edit(where="page", old=r'<footer id="bd-foot".*?</footer>', new=""),
    ),
    _panel(
        "other-language",
        "an English page that asks in French",
        Rule.LANGUAGE,
        "document.querySelector('#bd-first').lang=='fr'&&document.documentElement.lang=='en'",
        Edit(where="page", old='<html lang="fr"', new='<html lang="en"'),
    ),
    _panel(
        "no-keyboard",
        "a refusal that the keyboard never reaches",
        Rule.KEYBOARD,
        "document.querySelector('#bd-first [value=refuse]').tabIndex<0",
        Edit(
            where="page", old=_REFUSE, new=r'<button name="action" value="refuse" tabindex="-1">\1</button>'
        ),
    ),
    _panel(
        "nameless-switches",
        "switches without a name for those who cannot see them",
        Rule.ACCESSIBILITY,
        "![...document.querySelectorAll('#bd-panel [role=switch]')].some(s=>s.labels.length||"
        "s.ariaLabelledByElements)",
        Edit(where="panel", old=r' aria-labelledby="[^"]*"', new=""),
        Edit(where="panel", old=r"<label class=\"bd-switch\">(<input.*?>)(.*?)</label>", new=r"\1\2"),
        opens=True,
    ),
    _panel(
        "wall-after-refusal",
        "an article that nobody can read who refused",
        Rule.COVERED,
        "document.elementFromPoint(400,300).id=='wall'",
        body='<div id="wall" style="position:fixed;inset:0;background:#fff;z-index:9">Abonnez-vous</div>',
        when=When.REFUSED,
        truth=Truth.SHOWN_AFTER,
    ),
    _panel(
        "no-vendors",
        "a first layer that does not lead to who receives data",
        Rule.RECIPIENTS,
        "!document.querySelector('#bd-first a[href*=vendors]')",
        Edit(where="page", old=r'<a href="[^"]*#vendors">(.*?)</a>', new=r"\1"),
    ),
    _panel(
        "unnamed-purpose",
        "a first layer that does not name what it asks for",
        Rule.PURPOSE_UNNAMED,
        "!document.querySelector('#bd-first').textContent.includes('Publicité ciblée')",
        Edit(where="page", old=r"<li><b>Publicit&#233; cibl.*?</li>", new=""),
        Edit(where="page", old=r"Contenus personnalis&#233;s et Publicit&#233; cibl&#233;e", new="cela"),
        finding_purpose="ads",
    ),
)
