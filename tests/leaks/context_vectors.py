"""What leaves through another document, a worker or another protocol; the stores; and the stated limits."""

from __future__ import annotations

from .vectors import Evidence, Expect, Place, Vector


def _script(name: str, script: str, **more: object) -> Vector:
    return Vector(id=name, place=Place.SCRIPT, script=script, **more)  # type: ignore[arg-type]


def _frame(
    name: str, address: str, then: str = "f.contentWindow.fetch(u+'x.json')", **more: object
) -> Vector:
    text = (
        "const f=document.createElement('iframe');f.onload=()=>{" + then + "};"
        f"f.src={address};document.body.append(f)"
    )
    return _script(name, text, **more)


def _limit(name: str, script: str, **more: object) -> Vector:
    return _script(name, script, expect=Expect.LIMIT, **more)


def _stored(name: str, script: str, **more: object) -> Vector:
    return Vector(id=name, place=Place.STORAGE, script=script, evidence=Evidence.STORED, **more)  # type: ignore[arg-type]


_WORKERS = (
    _script("worker-blob", "new Worker(URL.createObjectURL(new Blob([`fetch('${u}x.json')`])))"),
    _script("worker-data", "new Worker('data:text/javascript,'+encodeURIComponent(`fetch('${u}x.json')`))"),
    _script("worker-own-file", "new Worker('/w.js?h=@@')"),
    _script("worker-own-module", "new Worker('/w.js?h=@@',{type:'module'})"),
    _script("worker-own-file-socket", "new Worker('/ws.js?h=@@')"),
    _script("worker-import-scripts", "new Worker('/wi.js?h=@@')"),
    _script(
        "worker-blob-import-scripts",
        "new Worker(URL.createObjectURL(new Blob([`importScripts('${u}x.js')`])))",
    ),
    _script(
        "worker-data-module",
        "new Worker('data:text/javascript,'+encodeURIComponent(`import '${u}x.mjs'`),{type:'module'})",
    ),
    _script(
        "worker-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);"
        "new f.contentWindow.Worker('/w.js?h=@@')",
    ),
    _script(
        "worker-nested",
        "new Worker(URL.createObjectURL(new Blob([`new Worker('${location.origin}/w.js?h=@@')`])))",
    ),
    _script("shared-worker-file", "new SharedWorker('/w.js?h=@@')"),
    _script("shared-worker-blob", "new SharedWorker(URL.createObjectURL(new Blob([`fetch('${u}x.json')`])))"),
    _script("service-worker-script", "navigator.serviceWorker.register('/sw.js?on=script&h=@@')"),
    _script("service-worker-install", "navigator.serviceWorker.register('/sw.js?on=install&h=@@')"),
    _script(
        "service-worker-module", "navigator.serviceWorker.register('/sw.js?on=script&h=@@',{type:'module'})"
    ),
    _script(
        "service-worker-fetch",
        "navigator.serviceWorker.register('/sw.js?on=fetch&h=@@');await navigator.serviceWorker.ready;"
        "setTimeout(()=>fetch('/i.gif?again'),300)",
        dwell=4.0,
    ),
)

_FRAME = "const f=document.createElement('iframe');f.name='fr';document.body.append(f);"

_NAVIGATIONS = (
    _script("frame-set-attribute", _FRAME + "f.setAttribute('src',u+'f.html')"),
    _script("frame-set-late", _FRAME + "setTimeout(()=>{f.src=u+'f.html'},100)"),
    _script(
        "frame-by-html", "document.body.insertAdjacentHTML('beforeend',`<iframe src=${u}f.html></iframe>`)"
    ),
    _script("frame-in-srcdoc", _FRAME + "f.srcdoc=`<iframe src=${u}f.html></iframe>`"),
    _script("frame-in-blank-frame", _FRAME + "f.contentDocument.write(`<iframe src=${u}f.html></iframe>`)"),
    _script("frame-location", _FRAME + "f.contentWindow.location=u+'f.html'", expect=Expect.CONNECTED),
    _script(
        "frame-location-replace",
        _FRAME + "f.contentWindow.location.replace(u+'f.html')",
        expect=Expect.CONNECTED,
    ),
    _script("frame-window-open", _FRAME + "window.open(u+'f.html','fr')"),
    _script(
        "frame-by-link",
        _FRAME + "document.body.insertAdjacentHTML('beforeend',`<a id=go target=fr href=${u}f.html>x</a>`);"
        "document.getElementById('go').click()",
    ),
)

_DOCUMENTS = (
    _script(
        "srcdoc-frame",
        "const f=document.createElement('iframe');f.srcdoc=`<img src=${u}i.gif>`;document.body.append(f)",
    ),
    _script(
        "srcdoc-frame-script",
        "const f=document.createElement('iframe');f.srcdoc=`<script>fetch('${u}x.json')<\\/script>`;"
        "document.body.append(f)",
    ),
    _script(
        "sandboxed-frame",
        "const f=document.createElement('iframe');f.sandbox='allow-scripts';"
        "f.srcdoc=`<script>fetch('${u}x.json')<\\/script><img src=${u}i.gif>`;document.body.append(f)",
    ),
    _script(
        "blank-frame-write",
        "const f=document.createElement('iframe');document.body.append(f);"
        "f.contentDocument.write(`<img src=${u}i.gif>`)",
    ),
    _script(
        "blank-frame-fetch",
        "const f=document.createElement('iframe');document.body.append(f);f.contentWindow.fetch(u+'x.json')",
    ),
    _script(
        "data-frame",
        "const f=document.createElement('iframe');"
        "f.src='data:text/html,'+encodeURIComponent(`<img src=${u}i.gif>`);"
        "document.body.append(f)",
    ),
    _script(
        "blob-frame",
        "const f=document.createElement('iframe');"
        "f.src=URL.createObjectURL(new Blob([`<img src=${u}i.gif>`],"
        "{type:'text/html'}));document.body.append(f)",
    ),
    _script(
        "javascript-frame",
        "const f=document.createElement('iframe');f.src=`javascript:'<img src=${u}i.gif>'`;"
        "document.body.append(f)",
    ),
    _script(
        "blob-popup",
        "act.onclick=()=>window.open(URL.createObjectURL(new Blob([`<img src=${u}i.gif>`],"
        "{type:'text/html'})))",
        click=True,
    ),
    _script("blank-popup-fetch", "act.onclick=()=>window.open('').fetch(u+'x.json')", click=True),
    _script(
        "blank-popup-write",
        "act.onclick=()=>window.open('').document.write(`<img src=${u}i.gif>`)",
        click=True,
    ),
    _script(
        "own-page-popup",
        "act.onclick=()=>{const w=window.open('/robots.txt');setTimeout(()=>w.fetch(u+'x.json'),500)}",
        click=True,
        dwell=2.5,
    ),
    _frame("frame-text", "'/robots.txt'"),
    _frame("frame-json", "'/data.json'"),
    _frame("frame-image", "'/i.gif'"),
    _frame("frame-stylesheet", "'/own.css'"),
    _frame("frame-script-file", "'/first.js'"),
    _frame("frame-not-found", "'/no-such-page'"),
    _frame("frame-server-error", "'/error'"),
    _frame("frame-pdf", "'/paper.pdf'"),
    _frame("frame-no-type", "'/untyped'"),
    _frame("frame-svg-fetch", "'/drawing.svg?h=@@&part=none'"),
    _frame("frame-svg-image", "'/drawing.svg?h=@@&part=image'", ""),
    _frame("frame-svg-script", "'/drawing.svg?h=@@&part=script'", ""),
    _frame("frame-xml-script", "'/feed.xml?h=@@'", ""),
    _frame("frame-xhtml", "'/page.xhtml?h=@@'", ""),
    _frame("frame-xslt", "'/styled.xml?h=@@'", ""),
    _script(
        "object-svg",
        "const o=document.createElement('object');o.type='image/svg+xml';"
        "o.data='/drawing.svg?h=@@&part=image';document.body.append(o)",
    ),
    _script(
        "embed-svg",
        "const o=document.createElement('embed');o.type='image/svg+xml';"
        "o.src='/drawing.svg?h=@@&part=image';document.body.append(o)",
    ),
    _script("navigate-to-svg", "location.href='/drawing.svg?h=@@&part=script'", dwell=2.5),
)

_PROTOCOLS = (
    _script("web-transport", "new WebTransport('https://@@/wt')", evidence=Evidence.DATAGRAMS, dwell=2.5),
    _script(
        "rtc-stun",
        "const r=new RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1:%UDP%'}]});"
        "r.createDataChannel('x');"
        "r.setLocalDescription(await r.createOffer())",
        evidence=Evidence.DATAGRAMS,
        dwell=2.5,
    ),
    _script(
        "rtc-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);"
        "const r=new f.contentWindow.RTCPeerConnection({iceServers:[{urls:'stun:127.0.0.1:%UDP%'}]});"
        "r.createDataChannel('x');r.setLocalDescription(await r.createOffer())",
        evidence=Evidence.DATAGRAMS,
        dwell=2.5,
    ),
)

_STORES = (
    _stored("store-cookie", "document.cookie='_leak=1; path=/; max-age=9999'"),
    _stored(
        "store-cookie-domain", "document.cookie='_leak_d=1; domain='+location.hostname+'; path=/; secure'"
    ),
    _stored("store-cookie-early", "document.cookie='_leak=1'", early=True),
    _stored("store-cookie-store", "await cookieStore.set('_leak','1')"),
    _stored(
        "store-cookie-store-options",
        "await cookieStore.set({name:'_leak_o',value:'1',expires:Date.now()+9e6})",
    ),
    _stored(
        "store-cookie-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);"
        "f.contentDocument.cookie='_leak=1; path=/'",
    ),
    _stored("store-local", "localStorage.setItem('_leak','1')"),
    _stored("store-local-property", "localStorage._leak='1'"),
    _stored(
        "store-local-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);"
        "f.contentWindow.localStorage.setItem('_leak','1')",
    ),
    _stored("store-session", "sessionStorage.setItem('_leak','1')"),
    _stored(
        "store-indexed-db",
        "indexedDB.open('_leak').onupgradeneeded=e=>e.target.result.createObjectStore('s')",
    ),
    _stored("store-cache", "await caches.open('_leak')"),
)

_LIMITS = (
    _limit("limit-popup", "act.onclick=()=>window.open(u+'pop.html')", click=True),
    _limit("limit-navigation", "location.href=u+'away.html'"),
    _limit("limit-rtc-determined",
           "const f=document.createElement('iframe');"
            "f.srcdoc=`<script>const r=new RTCPeerConnection({iceServers:"
           "[{urls:'stun:127.0.0.1:%UDP%'}]});r.createDataChannel('x');r.createOffer().then(o=>"
           "r.setLocalDescription(o))<\\/script>`;f.sandbox='allow-scripts';document.body.append(f)",
           evidence=Evidence.DATAGRAMS, dwell=2.5),
    Vector(
        id="delegated-frame",
        place=Place.MARKUP,
        body='<iframe src="https://frame.allowed.example/inside.html?h=@@"></iframe>',
        expect=Expect.DELEGATED,
        dwell=2.5,
    ),
)  # fmt: skip

ELSEWHERE = (*_WORKERS, *_NAVIGATIONS, *_DOCUMENTS, *_PROTOCOLS, *_STORES, *_LIMITS)
"""Every vector that leaves through something other than the page's own document."""
