"""Breaches that come with a choice: after a refusal, a withdrawal, a yes to something else, a signal."""

from __future__ import annotations

from .rules import Rule
from .specimen import Answer, Edit, Leak, Specimen, Truth, When, script

_TAG = '<script src="https://@@/t.js"></script>'
_PIXEL = '<img src="https://@@/p.gif" width="1" height="1" alt="">'
_COOKIE = 'kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months" }]'
_HIDDEN = 'kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months", http_only = true }]'


def _refused(name: str, what: str, body: str = "", **more: object) -> Specimen:
    given = {"rule": Rule.CALL_REFUSED, "scenarios": ("refuse",), "when": When.REFUSED, **more}
    return Specimen(name=name, what=what, body=body, **given)  # type: ignore[arg-type]


def _withdrawn(name: str, what: str, body: str = "", **more: object) -> Specimen:
    given = {"rule": Rule.CALL_WITHDRAWN, "scenarios": ("withdraw",), **more}
    return Specimen(name=name, what=what, body=body, **given)  # type: ignore[arg-type]


_AFTER_REFUSAL = (
    _refused("refused-tag", "a tag for those who refused", _TAG, purpose="audience"),
    _refused("refused-pixel", "a pixel for those who refused", _PIXEL),
    _refused(
        "refused-cookie",
        "a cookie for those who refused",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000"),),
        declares=_COOKIE,
        rule=Rule.COOKIE_REFUSED,
        truth=Truth.SENT_COOKIE,
        purpose="personalisation",
    ),
    _refused(
        "refused-storage",
        "an item in localStorage for those who refused",
        script("localStorage.setItem('##','a1b2c3')"),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "local", max_age = "persistent" }]',
        rule=Rule.STORED_REFUSED,
        truth=Truth.HELD,
    ),
    _refused(
        "refused-second-page",
        "nothing on the page of the refusal, a frame on the next",
        second='<iframe src="https://@@/f.html" title="vidéo"></iframe>',
        purpose="social",
    ),
    _refused(
        "refused-late",
        "a pixel three seconds after the page that was reloaded after the refusal",
        script("setTimeout(()=>{new Image().src='https://@@/p.gif'},3000)"),
        slow=3000,
    ),
    _refused(
        "refused-profile",
        "a profile that the server makes of who refused",
        declares='kind = "collector"\nhosts = ["www.paper.example~~/read"]',
        rule=Rule.PROFILE,
        truth=Truth.PROFILE,
        leak=Leak.NONE,
        profiles=True,
        purpose="personalisation",
        alone=True,
    ),
)

_WITHDRAWN = (
    _withdrawn("withdrawn-tag", "a tag that stays after the withdrawal", _TAG, when=When.WITHDRAWN),
    _withdrawn(
        "withdrawn-httponly",
        "a cookie that scripts cannot see and the withdrawal forgets",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000; HttpOnly"),),
        declares=_HIDDEN,
        when=When.GRANTED,
        truth=Truth.SENT_COOKIE,
        rule=Rule.COOKIE_KEPT,
        purpose="personalisation",
    ),
    _withdrawn(
        "withdrawn-cookie",
        "a cookie on a path of its own that the withdrawal forgets",
        script("document.cookie='##=a1b2c3; path=/; max-age=3e7'"),
        declares=_COOKIE,
        when=When.GRANTED,
        truth=Truth.SENT_COOKIE,
        rule=Rule.COOKIE_KEPT,
        purpose="audience",
    ),
    _withdrawn(
        "withdrawn-local",
        "an item in localStorage that the withdrawal forgets",
        script("localStorage.setItem('##','a1b2c3')"),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "local", max_age = "persistent" }]',
        when=When.GRANTED,
        truth=Truth.HELD,
        rule=Rule.STORED_WITHDRAWN,
    ),
    _withdrawn(
        "withdrawn-database",
        "a database that the withdrawal forgets",
        script(
            "indexedDB.open('##').onupgradeneeded=e=>e.target.result.createObjectStore('s').put('a1b2c3','id')"
        ),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "indexeddb", max_age = "persistent" }]',
        when=When.GRANTED,
        truth=Truth.HELD,
        rule=Rule.STORED_WITHDRAWN,
        purpose="personalisation",
    ),
    _withdrawn(
        "withdrawn-worker",
        "a service worker that was allowed, and reports each page ever after",
        script("navigator.serviceWorker.register('~~/sw.js',{scope:'/'})"),
        own={
            "sw.js": Answer(
                body="oninstall=()=>skipWaiting();onactivate=e=>e.waitUntil(clients.claim());"
                "onfetch=e=>{if(e.request.mode=='navigate')e.waitUntil(fetch('https://@@/c.json').catch(()=>0))}",
                type="text/javascript",
                headers=(("Service-Worker-Allowed", "/"),),
            )
        },
        when=When.GRANTED,
        purpose="audience",
    ),
)

_PARTLY = (
    Specimen(
        name="wrong-purpose",
        what="advertising for those who allowed audience measurement alone",
        rule=Rule.CALL_REFUSED,
        scenarios=("only:audience",),
        body=_PIXEL,
        when=When.PARTLY,
    ),
    Specimen(
        name="all-but-ads",
        what="advertising for those who allowed everything else",
        rule=Rule.CALL_REFUSED,
        scenarios=("all-but:ads",),
        body=_TAG,
        when=When.PARTLY,
    ),
    Specimen(
        name="social-cookie",
        what="an audience cookie for those who allowed social networks alone",
        rule=Rule.COOKIE_REFUSED,
        scenarios=("only:social",),
        body=script("document.cookie='##=a1b2c3; path=/; max-age=3e7'"),
        declares=_COOKIE,
        when=When.PARTLY,
        truth=Truth.SENT_COOKIE,
        purpose="audience",
    ),
    Specimen(
        name="gpc-ignored",
        what="advertising although the browser says that it is not wanted",
        rule=Rule.SIGNAL,
        scenarios=("gpc",),
        body=_TAG,
        when=When.GPC,
    ),
    Specimen(
        name="bfcache",
        what="a page that comes back as it was, and goes on as if nothing had been withdrawn",
        rule=Rule.CALL_WITHDRAWN,
        scenarios=("bfcache",),
        body=script("addEventListener('pageshow',e=>{if(e.persisted)new Image().src='https://@@/p.gif'})"),
    ),
    Specimen(
        name="noscript-pixel",
        what="a pixel for browsers without scripts, after the refusal too",
        rule=Rule.CALL_REFUSED,
        when=When.REFUSED,
        scenarios=("no-js",),
        body='<noscript><img src="https://@@/p.gif" alt=""></noscript>',
        purpose="audience",
    ),
    Specimen(
        name="expired",
        what="a memory of the consent that the site keeps for itself, for longer than the consent stands",
        rule=Rule.CALL_WITHDRAWN,
        scenarios=("expired",),
        body=script(
            "const kept=/##=/.test(document.cookie),now=/__Host-bd=/.test(document.cookie);"
            "if(now)document.cookie='##=1; path=/; max-age=33000000';"
            "else if(kept)new Image().src='https://@@/p.gif'"
        ),
        more='[[services]]\nid = "memory"\npurpose = "technical"\nbasis = "exempt"\n'
        'exempt_reason = "interface"\nkind = "storage"\ntrackers = [{ name = "##", max_age = "13 months" }]',
    ),
    Specimen(
        name="guard-blocked",
        what="a hint that nothing but the guard would stop",
        rule=Rule.CALL_BEFORE,
        scenarios=("guard-blocked",),
        body=script("if(!window.bd||!bd.i){new Image().src='https://@@/p.gif'}"),
    ),
)

_CHOICES = (
    Specimen(
        name="scroll-accepts",
        what="a script that says yes in the reader's place as soon as the page is scrolled",
        rule=Rule.RECORD_INVENTED,
        body=script(
            "addEventListener('scroll',()=>fetch('/bandeau/choices',{method:'POST',headers:{'Content-Type':"
            "'application/json'},body:JSON.stringify({action:'accept',revision:1,source:'first',"
            "shown:['audience','social','personalisation','ads'],key:'scrolled-'+Date.now()})}),{once:true})"
        ),
        declares="",
        leak=Leak.NONE,
        truth=Truth.RECORD,
        purpose="",
        alone=True,
    ),
    Specimen(
        name="forgotten-refusal",
        what="a refusal that no cookie keeps: the next page asks again",
        rule=Rule.REFUSAL_FORGOTTEN,
        scenarios=("refuse",),
        edits=(Edit(where="set-cookie", old=r"__Host-bd=.*", new="", action="refuse"),),
        declares="",
        leak=Leak.NONE,
        truth=Truth.SHOWN_AFTER,
        shows="document.querySelector('#bd-first').checkVisibility()",
        purpose="",
        alone=True,
    ),
    Specimen(
        name="forgotten-accept",
        what="a yes that no cookie keeps: the next page asks again",
        rule=Rule.ACCEPT_FORGOTTEN,
        scenarios=("accept",),
        edits=(Edit(where="set-cookie", old=r"__Host-bd=.*", new="", action="accept"),),
        declares="",
        leak=Leak.NONE,
        truth=Truth.SHOWN_AFTER,
        shows="document.querySelector('#bd-first').checkVisibility()",
        purpose="",
        alone=True,
    ),
    Specimen(
        name="short-refusal",
        what="a refusal that stands for a day",
        rule=Rule.CHOICE_LIFETIME,
        scenarios=("refuse",),
        edits=(Edit(where="set-cookie", old=r"Max-Age=\d+", new="Max-Age=86400", action="refuse"),),
        declares="",
        leak=Leak.NONE,
        truth=Truth.SHOWN_AFTER,
        shows="cookieStore.get('__Host-bd').then(c=>c.expires-Date.now()<9e7)",
        purpose="",
        alone=True,
    ),
    Specimen(
        name="long-accept",
        what="a yes that stands for thirteen months",
        rule=Rule.CHOICE_LIFETIME,
        scenarios=("accept",),
        edits=(Edit(where="set-cookie", old=r"Max-Age=\d+", new="Max-Age=34128000", action="accept"),),
        declares="",
        leak=Leak.NONE,
        truth=Truth.SHOWN_AFTER,
        shows="cookieStore.get('__Host-bd').then(c=>c.expires-Date.now()>3e10)",
        purpose="",
        alone=True,
    ),
)

LATER = (*_AFTER_REFUSAL, *_WITHDRAWN, *_PARTLY, *_CHOICES)
