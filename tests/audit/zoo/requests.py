"""Breaches of the first page: somebody is told of the visit before the reader has said anything."""

from __future__ import annotations

from .rules import Rule
from .specimen import GIF, Answer, Leak, Specimen, Truth, script

_SCRIPT = "text/javascript"


def _early(name: str, what: str, body: str = "", rule: Rule = Rule.CALL_BEFORE, **more: object) -> Specimen:
    return Specimen(name=name, what=what, body=body, rule=rule, **more)  # type: ignore[arg-type]


_MARKUP = (
    _early("tag", "a script tag", '<script src="https://@@/t.js"></script>', purpose="audience"),
    _early("pixel", "an image of one pixel", '<img src="https://@@/p.gif" width="1" height="1" alt="">'),
    _early("frame", "a frame", '<iframe src="https://@@/f.html" title="vidéo"></iframe>', purpose="social"),
    _early(
        "nested-frame",
        "a pixel in a frame of the site's own in another such frame",
        '<iframe src="~~/outer.html" title="un"></iframe>',
        own={
            "outer.html": Answer(
                body='<!doctype html><html lang="fr"><head><title>un</title></head><body>'
                '<iframe src="~~/inner.html" title="deux"></iframe></body></html>',
                type="text/html",
            ),
            "inner.html": Answer(
                body='<!doctype html><html lang="fr"><head><title>deux</title></head><body>'
                '<img src="https://@@/p.gif" alt=""></body></html>',
                type="text/html",
            ),
        },
    ),
    _early(
        "sandboxed-frame",
        "a pixel in a sandboxed frame without an address",
        "<iframe sandbox=\"allow-scripts\" title='x' srcdoc=\"<img src='https://@@/p.gif' alt=''>\"></iframe>",
    ),
    _early(
        "srcdoc-frame",
        "a script in a frame without an address",
        "<iframe title='x' srcdoc=\"<script src='https://@@/t.js'></script>\"></iframe>",
        purpose="audience",
    ),
    _early(
        "css-image", "a background in a style sheet", "<style>h1{background:url(https://@@/b.gif)}</style>"
    ),
    _early(
        "css-import",
        "a style sheet that imports another",
        head="<style>@import 'https://@@/x.css';</style>",
        purpose="personalisation",
    ),
    _early(
        "font",
        "a font",
        head="<style>@font-face{font-family:F;src:url(https://@@/f.woff2)}h1{font-family:F}</style>",
        purpose="social",
    ),
    _early("favicon", "an icon of the page", head='<link rel="icon" href="https://@@/i.gif">', alone=True),
    _early("prefetch", "a prefetch link", head='<link rel="prefetch" href="https://@@/next.html">'),
    _early("preload", "a preload link", head='<link rel="preload" as="script" href="https://@@/t.js">'),
    _early(
        "preconnect",
        "a connection without a request",
        head='<link rel="preconnect" href="https://@@">',
        rule=Rule.CONNECTION_BEFORE,
        truth=Truth.CONNECTED,
    ),
    _early(
        "link-header",
        "a preload in a response header",
        headers=(("Link", "<https://@@/t.js>; rel=preload; as=script"),),
        purpose="audience",
    ),
    _early(
        "speculation",
        "speculation rules that prefetch",
        '<script type="speculationrules">{"prefetch":[{"source":"list","urls":["https://@@/next.html"],'
        '"eagerness":"immediate"}]}</script>',
        bare=True,
    ),
    _early(
        "prerender",
        "speculation rules that prerender",
        '<script type="speculationrules">{"prerender":[{"source":"list","urls":["https://@@/next.html"],'
        '"eagerness":"immediate"}]}</script>',
        bare=True,
    ),
    _early("video", "a film's poster", '<video poster="https://@@/p.gif"></video>', purpose="social"),
    _early(
        "object", "an object", '<object data="https://@@/f.html" type="text/html"></object>', purpose="social"
    ),
    _early(
        "lazy-image",
        "an image far below, loaded when it comes near",
        '<div style="height:5000px"></div><img loading="lazy" src="https://@@/p.gif" width="9" height="9" alt="">',
    ),
    _early(
        "second-page",
        "nothing on the first page, a tag on the second",
        second='<script src="https://@@/t.js"></script>',
        purpose="audience",
    ),
)

_SCRIPTED = (
    _early(
        "fetch-keepalive", "a fetch that outlives the page", script("fetch('https://@@/c',{keepalive:true})")
    ),
    _early(
        "xhr",
        "an old-fashioned request",
        script("const x=new XMLHttpRequest();x.open('POST','https://@@/c');x.send('v')"),
        purpose="personalisation",
    ),
    _early(
        "beacon", "a beacon at once", script("navigator.sendBeacon('https://@@/c','v')"), purpose="audience"
    ),
    _early(
        "pagehide-beacon",
        "a beacon when the page is left",
        script("addEventListener('pagehide',()=>navigator.sendBeacon('https://@@/bye','v'))"),
        purpose="audience",
    ),
    _early(
        "hidden-beacon",
        "a beacon when the page is hidden",
        script(
            "document.addEventListener('visibilitychange',()=>document.hidden&&"
            "navigator.sendBeacon('https://@@/bye','v'))"
        ),
        purpose="audience",
    ),
    _early(
        "worker",
        "a fetch in a worker",
        script("new Worker('~~/w.js')"),
        own={"w.js": Answer(body="fetch('https://@@/c.json')", type=_SCRIPT)},
        purpose="audience",
    ),
    _early(
        "shared-worker",
        "a fetch in a shared worker",
        script("new SharedWorker('~~/w.js')"),
        own={"w.js": Answer(body="fetch('https://@@/c.json')", type=_SCRIPT)},
        purpose="audience",
    ),
    _early(
        "service-worker",
        "a fetch while a service worker installs",
        script("navigator.serviceWorker.register('~~/sw.js')"),
        own={
            "sw.js": Answer(
                body="oninstall=e=>e.waitUntil(fetch('https://@@/c.json').catch(()=>0))", type=_SCRIPT
            )
        },
    ),
    _early(
        "websocket",
        "a WebSocket",
        script("new WebSocket('wss://@@/s')"),
        purpose="personalisation",
        bare=True,
    ),
    _early("event-source", "a stream of events", script("new EventSource('https://@@/x.events')")),
    _early(
        "stun",
        "a datagram to a STUN server",
        script(
            "const r=new RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1:%UDP%'}]});"
            "r.createDataChannel('x');r.createOffer().then(o=>r.setLocalDescription(o))"
        ),
        declares='kind = "tag"\nhosts = ["127.0.0.1"]',
        truth=Truth.DATAGRAM,
        alone=True,
    ),
    _early(
        "redirect",
        "an image of the site's own that leads elsewhere",
        '<img src="~~/out" alt="">',
        own={"out": Answer(status=302, headers=(("Location", "https://@@/p.gif"),))},
    ),
    _early(
        "redirect-chain",
        "an allowed image that leads to somebody else, who leads to a third",
        '<img src="https://a.@@/1" alt="">',
        answers={
            "/1": Answer(status=302, headers=(("Location", "https://b.@@/2"),)),
            "/2": Answer(status=302, headers=(("Location", "https://@@/p.gif"),)),
        },
        declares='kind = "tag"\nhosts = ["@@", "a.@@", "b.@@"]',
    ),
    _early(
        "blank-frame",
        "a fetch by a blank frame's own window",
        script(
            "const f=document.createElement('iframe');document.body.append(f);"
            "f.contentWindow.fetch('https://@@/c')"
        ),
    ),
    _early(
        "text-document",
        "a pixel put into a text file of the site's own in a frame",
        script(
            "const f=document.createElement('iframe');f.src='~~/robots.txt';"
            "f.onload=()=>{const i=f.contentDocument.createElement('img');i.src='https://@@/p.gif';"
            "f.contentDocument.body.append(i)};document.body.append(f)"
        ),
        own={"robots.txt": Answer(body="User-agent: *\n", type="text/plain")},
    ),
    _early(
        "form",
        "a form sent into a hidden frame",
        '<iframe name="hid" title="x" hidden></iframe><form id="f" method="post" action="https://@@/c" target="hid">'
        '<input name="v" value="1" type="hidden"></form>' + script("document.getElementById('f').submit()"),
    ),
    _early(
        "late-timer",
        "a pixel four seconds after the page",
        script("setTimeout(()=>{new Image().src='https://@@/p.gif'},4000)"),
        slow=4000,
    ),
    _early(
        "on-scroll",
        "a pixel when the reader scrolls",
        script("addEventListener('scroll',()=>{new Image().src='https://@@/p.gif'},{once:true})"),
    ),
    _early(
        "on-move",
        "a pixel when the pointer moves",
        script("addEventListener('pointermove',()=>{new Image().src='https://@@/p.gif'},{once:true})"),
        purpose="personalisation",
    ),
    _early(
        "csp-report",
        "a report of the browser about the page",
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="">',
        headers=(("Content-Security-Policy-Report-Only", "img-src 'none'; report-uri https://@@/csp"),),
    ),
    _early(
        "id-sync",
        "an identifier passed from one third party to another by a redirect",
        '<img src="https://@@/sync" alt="">',
        answers={
            "/sync": Answer(status=302, headers=(("Location", "https://partner.@@/match?id=a1b2c3d4"),))
        },
        declares='kind = "tag"\nhosts = ["@@", "partner.@@"]',
    ),
)

_OWN = (
    _early(
        "collector",
        "a collector on the site's own host",
        script("navigator.sendBeacon('~~/hit','v')"),
        declares='kind = "collector"\nhosts = ["www.paper.example~~/hit"]',
        leak=Leak.FORGOTTEN,
        truth=Truth.OWN_HIT,
        purpose="audience",
    ),
    Specimen(
        name="cname",
        what="a host of the site that is somebody else's machine",
        rule=Rule.ALIAS,
        body='<script src="https://metrics.paper.example~~/t.js"></script>',
        leak=Leak.NONE,
        purpose="audience",
    ),
    Specimen(
        name="undeclared",
        what="a script of somebody that nobody declared",
        rule=Rule.CALL_UNDECLARED,
        body='<script src="https://@@/t.js"></script>',
        leak=Leak.UNDECLARED,
    ),
    Specimen(
        name="undeclared-after-accept",
        what="a script of somebody that nobody declared, after everything declared was allowed",
        rule=Rule.CALL_UNDECLARED,
        body='<img src="https://@@/p.gif" alt="">',
        leak=Leak.UNDECLARED,
        scenarios=("accept",),
    ),
    Specimen(
        name="etag",
        what="an image whose entity tag is the reader's number",
        rule=Rule.ENTITY_TAG,
        body='<img src="~~/logo.gif" alt="">',
        own={
            "logo.gif": Answer(
                body=GIF,
                type="image/gif",
                headers=(("ETag", '"%ID%"'), ("Cache-Control", "private, no-cache")),
            )
        },
        declares="",
        leak=Leak.NONE,
        scenarios=("none", "refuse", "accept"),
        truth=Truth.OWN_TAG,
        purpose="",
    ),
)

REQUESTS = (*_MARKUP, *_SCRIPTED, *_OWN)
