"""Clean twins: sites that look like a breach to somebody in a hurry, and keep their word."""

from __future__ import annotations

from .deposits import EXEMPT_AUDIENCE
from .specimen import GIF, Answer, Leak, Specimen, Truth, When, script

_SCRIPT = "text/javascript"


def _twin(name: str, what: str, body: str = "", **more: object) -> Specimen:
    given = {"leak": Leak.NONE, "truth": Truth.HIT, **more}
    return Specimen(name=f"twin-{name}", what=what, body=body, **given)  # type: ignore[arg-type]


def _exempt(reason: str, trackers: str) -> str:
    return f'basis = "exempt"\nexempt_reason = "{reason}"\nkind = "storage"\ntrackers = [{{ {trackers} }}]'


HELD_BACK = (
    _twin(
        "tag",
        "a declared tag in the markup, which Bandeau holds back",
        '<script src="https://@@/t.js"></script>',
    ),
    _twin(
        "loader",
        "a script of the page that tries to load a declared tag: the browser refuses the attempt",
        script("var s=document.createElement('script');s.src='https://@@/t.js';document.head.append(s)"),
        purpose="audience",
    ),
    _twin("fetch", "a fetch that the page's policy refuses", script("fetch('https://@@/c').catch(()=>0)")),
    _twin(
        "beacon",
        "a beacon on leaving that the page's policy refuses",
        script("addEventListener('pagehide',()=>navigator.sendBeacon('https://@@/bye','v'))"),
        purpose="audience",
    ),
    _twin(
        "embed",
        "a film whose frame comes after a yes alone",
        '<iframe src="https://@@/f.html" title="vidéo" width="300" height="200"></iframe>',
        declares='kind = "embed"\notherwise = "placeholder"\nhosts = ["@@"]',
        purpose="social",
    ),
    _twin(
        "cookie",
        "a cookie that the page tries to write, and the guard does not let through",
        script("document.cookie='##=a1b2c3; path=/; max-age=3e7'"),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months" }]',
        truth=Truth.SENT_COOKIE,
        purpose="audience",
    ),
    _twin(
        "http-cookie",
        "a cookie that the application sends, and the gate takes out",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=30000000; HttpOnly"),),
        declares='kind = "storage"\ntrackers = [{ name = "##", max_age = "13 months", http_only = true }]',
        truth=Truth.SENT_COOKIE,
        purpose="personalisation",
    ),
    _twin(
        "storage",
        "an item that the page tries to write, and the guard does not let through",
        script("localStorage.setItem('##','a1b2c3')"),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "local", max_age = "persistent" }]',
        truth=Truth.HELD,
    ),
    _twin(
        "collector",
        "a call to the site's own collector, which the gate answers in its place",
        script("navigator.sendBeacon('~~/hit','v')"),
        declares='kind = "collector"\nhosts = ["www.paper.example~~/hit"]',
        truth=Truth.PASSED_ON,
        purpose="audience",
    ),
)

_ALLOWED = (
    _twin(
        "session",
        "a cookie that keeps a reader signed in",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax"),),
        declares=_exempt("authentication", 'name = "##", max_age = "14 days", http_only = true'),
        purpose="technical",
    ),
    _twin(
        "csrf",
        "a cookie that protects forms",
        headers=(("Set-Cookie", "##=a1b2c3; Path=/; Secure; SameSite=Strict"),),
        declares=_exempt("security", 'name = "##", max_age = "session"'),
        purpose="technical",
    ),
    _twin(
        "basket",
        "a basket in localStorage",
        script("localStorage.setItem('##','[]')"),
        declares=_exempt("basket", 'name = "##", kind = "local", max_age = "persistent"'),
        purpose="technical",
    ),
    _twin(
        "exempt-audience",
        "audience measurement that is exempt, with a cookie of thirteen months that is not prolonged",
        script("if(!/##/.test(document.cookie))document.cookie='##=a1b2c3; path=/; max-age=34128000'"),
        declares=EXEMPT_AUDIENCE.replace("%BIT%", "1"),
        purpose="audience",
    ),
    _twin(
        "library",
        "a script of a third party that serves files alone, and is exempt",
        '<script src="https://@@/lib.js"></script>',
        declares='basis = "exempt"\nexempt_reason = "interface"\nkind = "storage"\nhosts = ["@@"]',
        purpose="technical",
    ),
    _twin(
        "balancer",
        "a cookie of a third party that shares out the load, declared as it is",
        '<img src="https://@@/a.gif" alt="">',
        answers={
            "/a.gif": Answer(
                body=GIF,
                type="image/gif",
                headers=(("Set-Cookie", "##=a1; Path=/; Secure; SameSite=None; HttpOnly"),),
            )
        },
        declares='basis = "exempt"\nexempt_reason = "load-balancing"\nkind = "storage"\nhosts = ["@@"]\n'
        'trackers = [{ name = "##", max_age = "session", party = "third", domain = "@@", http_only = true }]',
        purpose="technical",
    ),
)

_OWN = (
    _twin(
        "touch",
        "clicks and links that the site itself hears of, and nobody else",
        script(
            "addEventListener('click',()=>fetch('~~/data.json'),{once:true});"
            "for(const a of document.links)a.ping=(a.ping+' ~~/followed').trim()"
        ),
        declares="",
    ),
    _twin(
        "file",
        "a draft in a file of the site's own, declared",
        script("navigator.storage.getDirectory().then(d=>d.getFileHandle('##',{create:true}))"),
        declares=_exempt("basket", 'name = "##", kind = "indexeddb", max_age = "persistent"'),
        purpose="technical",
    ),
    _twin("own-fetch", "a fetch of the site's own", script("fetch('~~/data.json')"), declares=""),
    _twin(
        "own-worker",
        "a worker that asks the site alone",
        script("new Worker('~~/w.js')"),
        own={"w.js": Answer(body="fetch('~~/data.json')", type=_SCRIPT)},
        declares="",
    ),
    _twin(
        "own-service-worker",
        "a service worker that keeps nothing and asks nobody",
        script("navigator.serviceWorker.register('~~/sw.js').then(r=>r.unregister())"),
        own={"sw.js": Answer(body="oninstall=()=>skipWaiting()", type=_SCRIPT)},
        declares=_exempt("interface", 'name = "##", kind = "cache", max_age = "persistent"'),
        purpose="technical",
    ),
    _twin(
        "own-font",
        "a font of the site's own",
        head="<style>@font-face{font-family:F;src:url(~~/f.woff2)}h1{font-family:F}</style>",
        declares="",
    ),
    _twin(
        "own-tag",
        "an image with the same entity tag for everybody",
        '<img src="~~/logo.gif" alt="">',
        own={
            "logo.gif": Answer(
                body=GIF, type="image/gif", headers=(("ETag", '"v1"'), ("Cache-Control", "no-cache"))
            )
        },
        declares="",
        scenarios=("none", "refuse", "accept"),
    ),
    _twin(
        "own-redirect",
        "an image of the site's own that leads to another of its own",
        '<img src="~~/out" alt="">',
        own={
            "out": Answer(status=302, headers=(("Location", "~~/logo.gif"),)),
            "logo.gif": Answer(body=GIF, type="image/gif"),
        },
        declares="",
    ),
    _twin(
        "link",
        "a link to somebody else that nobody follows",
        '<a href="https://@@/">ailleurs</a>',
        declares="",
    ),
    _twin(
        "data-address",
        "pictures and frames that stand in the page itself",
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt=""><iframe title="x" srcdoc="<p>ici</p>"></iframe>',
        declares="",
    ),
    _twin(
        "prerender",
        "a page of the site's own that is prerendered, with nothing in it",
        '<script type="speculationrules">{"prerender":[{"source":"list","urls":["~~/next.html"],"eagerness":"immediate"}]}</script>',
        own={
            "next.html": Answer(
                body='<!doctype html><html lang="fr"><head><title>Suite</title></head><body><p>Suite</p></body></html>',
                type="text/html",
            )
        },
        declares="",
    ),
)

_AFTER = (
    _twin(
        "accepted",
        "everything that was allowed, and nothing else",
        '<script src="https://@@/t.js"></script>'
        + script("document.cookie='##=a1b2c3; path=/; max-age=3e6'"),
        declares='kind = "tag"\nhosts = ["@@"]\ntrackers = [{ name = "##", max_age = "13 months" }]',
        scenarios=("accept",),
        purpose="audience",
    ),
    _twin(
        "delegated",
        "an allowed frame that calls others inside itself",
        '<iframe src="https://@@/f.html" title="vidéo" width="300" height="200"></iframe>',
        answers={
            "/f.html": Answer(
                body="<!doctype html><title>x</title><img src='https://inside.@@/p.gif'>", type="text/html"
            )
        },
        scenarios=("accept",),
        purpose="social",
    ),
    _twin(
        "auction",
        "an allowed auction of open reach that calls whom it likes",
        '<script src="https://@@/bid.js"></script>',
        answers={"/bid.js": Answer(body="fetch('https://bidder.@@/bid')", type=_SCRIPT)},
        declares='kind = "ads"\nreach = "open"\nhosts = ["@@"]',
        scenarios=("accept",),
    ),
    _twin(
        "only-audience",
        "audience measurement for those who allowed just that",
        '<script src="https://@@/t.js"></script>',
        scenarios=("only:audience",),
        purpose="audience",
    ),
    _twin(
        "withdrawn",
        "a tag and its cookie that go with the withdrawal",
        '<script src="https://@@/t.js"></script>'
        + script("document.cookie='##=a1b2c3; path=/; max-age=3e6'"),
        declares='kind = "tag"\nhosts = ["@@"]\ntrackers = [{ name = "##", max_age = "13 months" }]',
        scenarios=("withdraw",),
        purpose="audience",
    ),
    _twin(
        "profile",
        "a profile of those who allowed it",
        declares='kind = "collector"\nhosts = ["www.paper.example~~/read"]',
        scenarios=("refuse", "only:personalisation"),
        when=When.GRANTED,
        profiles=True,
        purpose="personalisation",
    ),
    _twin(
        "signal",
        "a tag that the browser's signal keeps away",
        '<script src="https://@@/t.js"></script>',
        scenarios=("gpc",),
    ),
)

TWINS = (*HELD_BACK, *_ALLOWED, *_OWN, *_AFTER)
