"""Breaches that leave something on the reader's device before the reader has said anything."""

from __future__ import annotations

from .rules import Rule
from .specimen import Answer, Leak, Specimen, Truth, script

_COOKIE = 'kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months" }]'


#: Audience measurement that needs no consent, with everything that its exemption asks for.
EXEMPT_AUDIENCE = """\
basis = "exempt"
exempt_reason = "audience"
kind = "storage"
data_retention = "25 months"
conditions = [
  "sole-purpose", "own-account", "anonymous-statistics", "no-cross-referencing",
  "no-sharing", "no-cross-site", "lifetime-not-extended",
]
bit = %BIT%
trackers = [{ name = "##", max_age = "13 months" }]
"""


def _item(kind: str) -> str:
    lifetime = "session" if kind == "session" else "persistent"
    return f'kind = "storage"\ntrackers = [{{ name = "##", kind = "{kind}", max_age = "{lifetime}" }}]'


def _kept(name: str, what: str, body: str = "", **more: object) -> Specimen:
    given = {"truth": Truth.SENT_COOKIE, "declares": _COOKIE, "rule": Rule.COOKIE_BEFORE, **more}
    return Specimen(name=name, what=what, body=body, **given)  # type: ignore[arg-type]


_COOKIES = (
    _kept(
        "script-cookie",
        "a cookie by a script",
        script("document.cookie='##=a1b2c3; path=/; max-age=3e7'"),
        purpose="audience",
    ),
    _kept(
        "http-cookie",
        "a cookie in the answer",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000"),),
    ),
    _kept(
        "httponly-cookie",
        "a cookie that scripts cannot see",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000; HttpOnly; Secure; SameSite=Lax"),),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months", http_only = true }]',
        purpose="personalisation",
    ),
    _kept(
        "session-cookie",
        "a cookie for the session, which is a tracker too",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/"),),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "session" }]',
    ),
    _kept(
        "cookie-store",
        "a cookie by the cookieStore interface",
        script("cookieStore.set({name:'##',value:'a1b2c3',path:'/',expires:Date.now()+9e9})"),
        purpose="audience",
    ),
    _kept(
        "brief-cookie",
        "a cookie that lives for 150 ms, and is read meanwhile",
        script(
            "document.cookie='##=a1b2c3; path=/; max-age=99';fetch('~~/ping');"
            "setTimeout(()=>{document.cookie='##=; path=/; max-age=0'},150)"
        ),
    ),
    _kept(
        "domain-cookie",
        "a cookie for the whole domain",
        script("document.cookie='##=a1b2c3; path=/; domain=paper.example; max-age=3e7'"),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months", domain = "paper.example" }]',
        purpose="social",
    ),
    _kept(
        "path-cookie",
        "a cookie for one path alone",
        script("document.cookie='##=a1b2c3; path=~~/more/; max-age=3e7';fetch('~~/more/ping')"),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months", path = "~~/more/" }]',
    ),
    _kept(
        "second-page-cookie",
        "nothing on the first page, a cookie on the second",
        second=script("document.cookie='##=a1b2c3; path=/; max-age=3e7';fetch('~~/ping')"),
        purpose="audience",
    ),
    _kept(
        "worker-cookie",
        "a cookie in an answer to a fetch of a worker",
        script("new Worker('~~/w.js')"),
        own={
            "w.js": Answer(body="fetch('~~/seed').then(()=>fetch('~~/ping'))", type="text/javascript"),
            "seed": Answer(body="ok", headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000"),)),
        },
    ),
    _kept(
        "undeclared-cookie",
        "a cookie that nobody declared",
        script("document.cookie='##=a1b2c3; path=/; max-age=3e7'"),
        rule=Rule.COOKIE_UNDECLARED,
        leak=Leak.UNDECLARED,
    ),
    _kept(
        "third-party-cookie",
        "an exempt image that sets a cookie nobody declared",
        '<img src="https://@@/a.gif" alt=""><img src="https://@@/b.gif" alt="">',
        answers={
            "/a.gif": Answer(
                body="",
                type="image/gif",
                headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000; Secure; SameSite=None"),),
            )
        },
        second='<img src="https://@@/b.gif" alt="">',
        declares='basis = "exempt"\nexempt_reason = "interface"\nkind = "storage"\nhosts = ["@@"]',
        rule=Rule.COOKIE_UNDECLARED,
        leak=Leak.NONE,
        purpose="technical",
        finding_purpose="technical",
    ),
    _kept(
        "partitioned-cookie",
        "an exempt frame that sets a partitioned cookie nobody declared",
        '<iframe src="https://@@/f.html" title="carte"></iframe>',
        answers={
            "/f.html": Answer(
                body="<!doctype html><title>x</title>carte<script>fetch('/ping')</script>",
                type="text/html",
                headers=(
                    (
                        "Set-Cookie",
                        "##=a1b2c3; Path=/; Max-Age=30000000; Secure; SameSite=None; Partitioned",
                    ),
                ),
            )
        },
        declares='basis = "exempt"\nexempt_reason = "interface"\nkind = "storage"\nhosts = ["@@"]',
        rule=Rule.COOKIE_UNDECLARED,
        leak=Leak.NONE,
        purpose="technical",
        finding_purpose="technical",
    ),
    Specimen(
        name="rolling-cookie",
        what="an exempt audience cookie whose thirteen months begin anew with each page",
        rule=Rule.PROLONGED,
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=34128000"),),
        declares=EXEMPT_AUDIENCE.replace("%BIT%", "2"),
        leak=Leak.NONE,
        truth=Truth.SENT_COOKIE,
        purpose="audience",
    ),
    Specimen(
        name="long-cookie",
        what="an allowed cookie that lives longer than was said",
        rule=Rule.LIFETIME,
        body=script("document.cookie='##=a1b2c3; path=/; max-age=34000000'"),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "30 days" }]',
        leak=Leak.NONE,
        scenarios=("accept",),
        truth=Truth.SENT_COOKIE,
        purpose="audience",
    ),
)

_STORES = (
    _kept(
        "local-storage",
        "an item in localStorage",
        script("localStorage.setItem('##','a1b2c3')"),
        declares=_item("local"),
        truth=Truth.HELD,
        rule=Rule.STORED_BEFORE,
    ),
    _kept(
        "session-storage",
        "an item in sessionStorage",
        script("sessionStorage.setItem('##','a1b2c3')"),
        declares=_item("session"),
        truth=Truth.HELD,
        rule=Rule.STORED_BEFORE,
        purpose="audience",
    ),
    _kept(
        "indexed-db",
        "a database",
        script(
            "indexedDB.open('##').onupgradeneeded=e=>e.target.result.createObjectStore('s').put('a1b2c3','id')"
        ),
        declares=_item("indexeddb"),
        truth=Truth.HELD,
        rule=Rule.STORED_BEFORE,
        purpose="personalisation",
    ),
    _kept(
        "cache-storage",
        "a cache",
        script("caches.open('##').then(c=>c.put('~~/id',new Response('a1b2c3')))"),
        declares=_item("cache"),
        truth=Truth.HELD,
        rule=Rule.STORED_BEFORE,
    ),
    _kept(
        "frame-storage",
        "an item in localStorage by a frame of the site's own",
        '<iframe src="~~/box.html" title="x"></iframe>',
        own={
            "box.html": Answer(
                body='<!doctype html><html lang="fr"><head><title>x</title></head><body>'
                "<script>localStorage.setItem('##','a1b2c3')</script></body></html>",
                type="text/html",
            )
        },
        declares=_item("local"),
        truth=Truth.HELD,
        rule=Rule.STORED_BEFORE,
        purpose="social",
    ),
    _kept(
        "undeclared-storage",
        "an item in localStorage that nobody declared",
        script("localStorage.setItem('##','a1b2c3')"),
        declares=_item("local"),
        truth=Truth.HELD,
        rule=Rule.STORED_UNDECLARED,
        leak=Leak.UNDECLARED,
    ),
)

DEPOSITS = (*_COOKIES, *_STORES)
