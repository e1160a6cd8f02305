"""What scripts do once they run: elements, connections, styles."""

from __future__ import annotations

from .vectors import Place, Vector


def _script(name: str, script: str, **more: object) -> Vector:
    return Vector(id=name, place=Place.SCRIPT, script=script, **more)  # type: ignore[arg-type]


def _element(name: str, tag: str, settings: str, **more: object) -> Vector:
    text = f"document.body.append(Object.assign(document.createElement('{tag}'),{{{settings}}}))"
    return _script(name, text, **more)


_ELEMENTS = (
    _element("create-script", "script", "src:u+'x.js'"),
    _element("create-module", "script", "type:'module',src:u+'x.mjs'"),
    _element("create-img", "img", "src:u+'i.gif'"),
    _element("create-iframe", "iframe", "src:u+'f.html'"),
    _element("create-stylesheet", "link", "rel:'stylesheet',href:u+'x.css'"),
    _element("create-preload", "link", "rel:'preload',as:'script',href:u+'x.js'"),
    _element("create-modulepreload", "link", "rel:'modulepreload',href:u+'x.mjs'"),
    _element("create-prefetch", "link", "rel:'prefetch',href:u+'next.html'"),
    _element("create-prerender", "link", "rel:'prerender',href:u+'next.html'"),
    _element("create-preconnect", "link", "rel:'preconnect',href:u", own_profile=True),
    _element("create-dns-prefetch", "link", "rel:'dns-prefetch',href:u", own_profile=True, looked_up=True),
    _element("create-object", "object", "type:'text/html',data:u+'f.html'"),
    _element("create-embed", "embed", "type:'text/html',src:u+'f.html'"),
    _element("create-video", "video", "preload:'auto',src:u+'v.mp4'"),
    _element("create-poster", "video", "poster:u+'i.gif'"),
    _element("create-input-image", "input", "type:'image',src:u+'i.gif'"),
    _script(
        "preconnect-by-attribute",
        "const l=document.createElement('link');document.head.append(l);l.setAttribute('href',u);"
        "l.setAttribute('rel','preconnect')",
        own_profile=True,
    ),
    _script(
        "preconnect-by-html",
        "document.head.insertAdjacentHTML('beforeend',`<link rel=preconnect href=${u}>`)",
        own_profile=True,
    ),
    _script(
        "preconnect-by-rel-list",
        "const l=document.createElement('link');l.href=u;document.head.append(l);l.relList.add('preconnect')",
        own_profile=True,
    ),
    _script(
        "preconnect-in-shadow",
        "const d=document.createElement('div');document.body.append(d);"
        "d.attachShadow({mode:'closed'}).innerHTML=`<link rel=preconnect href=${u}>`",
        own_profile=True,
    ),
    _script(
        "preconnect-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);"
        "f.contentDocument.body.innerHTML=`<link rel=preconnect href=${u}>`",
        own_profile=True,
    ),
    _script(
        "preconnect-by-write",
        "document.open();document.write(`<link rel=preconnect href=${u}>`)",
        own_profile=True,
    ),
    _script("set-attribute", "const i=document.createElement('img');i.setAttribute('src',u+'i.gif')"),
    _script(
        "set-attribute-node",
        "const i=document.createElement('img'),a=document.createAttribute('src');a.value=u+'i.gif';"
        "i.setAttributeNode(a)",
    ),
    _script("inner-html", "document.body.innerHTML=`<img src=${u}i.gif>`"),
    _script("outer-html", "document.querySelector('body>p').outerHTML=`<img src=${u}i.gif>`"),
    _script("insert-adjacent-html", "document.body.insertAdjacentHTML('beforeend',`<img src=${u}i.gif>`)"),
    _script("set-html-unsafe", "document.body.setHTMLUnsafe(`<img src=${u}i.gif>`)"),
    _script(
        "contextual-fragment",
        "document.body.append(document.createRange().createContextualFragment(`<script src=${"
        "u}x.js><\\/script>`))",
    ),
    _script(
        "dom-parser",
        "document.body.append(document.adoptNode(new DOMParser().parseFromString(`<img src=${u}i.gif>`,"
        "'text/html').images[0]))",
    ),
    _script("detached-image", "new Image().src=u+'i.gif'"),
    _script(
        "shadow-root",
        "const d=document.createElement('div');document.body.append(d);"
        "d.attachShadow({mode:'open'}).innerHTML=`<img src=${u}i.gif>`",
    ),
    _script("document-write", "document.write('<script src=\"https://@@/x.js\"><\\/script>')", early=True),
    _script("document-write-image", "document.write('<img src=\"https://@@/i.gif\">')", early=True),
    _script(
        "document-open-late",
        "document.open();"
        "document.write(`<html><body><img src=${u}i.gif><script src=${u}x.js><\\/script>`);"
        "document.close()",
    ),
    _script(
        "document-open-then-script",
        "document.open();document.write('<html><body><p>new</p>');document.close();"
        "setTimeout(()=>{const s=document.createElement('script');s.src=u+'x.js';"
        "document.body.append(s)},50)",
    ),
    _script(
        "picture-source-node",
        "const p=document.createElement('picture');"
        "p.innerHTML=`<source srcset=${u}i.gif><img src=/i.gif>`;"
        "document.body.append(p)",
    ),
    _script(
        "media-source",
        "const v=document.createElement('video'),s=document.createElement('source');v.preload='auto';"
        "s.src=u+'v.mp4';v.append(s);document.body.append(v)",
    ),
    _script("new-audio", "new Audio(u+'a.mp3').load()"),
    _script(
        "media-track",
        "const v=document.createElement('video'),t=document.createElement('track');v.crossOrigin='';"
        "v.src='/v.mp4';t.default=true;t.kind='subtitles';t.src=u+'t.vtt';v.append(t);"
        "document.body.append(v)",
    ),
    _script(
        "svg-image-node",
        "const n='http://www.w3.org/2000/svg',s=document.createElementNS(n,'svg'),"
        "i=document.createElementNS(n,'image');i.setAttribute('href',u+'i.gif');s.append(i);"
        "document.body.append(s)",
    ),
    _script(
        "svg-image-xlink-node",
        "const n='http://www.w3.org/2000/svg',s=document.createElementNS(n,'svg'),"
        "i=document.createElementNS(n,'image');"
        "i.setAttributeNS('http://www.w3.org/1999/xlink','xlink:href',u+'i.gif');s.append(i);"
        "document.body.append(s)",
    ),
    _script(
        "svg-script-node",
        "const n='http://www.w3.org/2000/svg',s=document.createElementNS(n,'svg'),"
        "i=document.createElementNS(n,'script');i.setAttribute('href',u+'x.js');s.append(i);"
        "document.body.append(s)",
    ),
    _script(
        "svg-feimage-node",
        "document.body.insertAdjacentHTML('beforeend',`<svg width=9 height=9><filter id=f><feImage "
        "href='${u}i.gif'/></filter><rect width=9 height=9 filter='url(#f)'/></svg>`)",
    ),
    _script(
        "ping-click",
        "const a=document.createElement('a');a.href='#x';a.ping=u+'ping';document.body.append(a);a.click()",
    ),
    _script(
        "form-in-hidden-frame",
        "document.body.insertAdjacentHTML('beforeend',"
        "`<iframe name=h></iframe><form target=h method=post "
        "action=${u}collect></form>`);document.querySelector('form[target=h]').submit()",
    ),
    _script(
        "form-get-in-hidden-frame",
        "document.body.insertAdjacentHTML('beforeend',`<iframe name=h></iframe><form target=h "
        "action=${u}collect><input name=a value=b></form>`);document.querySelector('form[target=h]').requestSubmit()",
    ),
    _script(
        "form-button-action",
        "document.body.insertAdjacentHTML('beforeend',`<iframe name=h></iframe><form target=h>"
        "<button formaction=${u}collect></button></form>`);document.querySelector('form[target=h] button').click()",
    ),
    _script(
        "meta-refresh-inserted",
        "document.head.insertAdjacentHTML('beforeend',`<meta http-equiv=refresh content=\"0;"
        'url=${u}away.html">`)',
    ),
    _script(
        "meta-refresh-created",
        "const m=document.createElement('meta');m.httpEquiv='refresh';m.content='0;url='+u+'away.html';"
        "document.head.append(m)",
    ),
    _script(
        "meta-refresh-in-frame",
        "const f=document.createElement('iframe');document.body.append(f);f.contentDocument.write("
        '`<meta http-equiv=refresh content="0;url=${u}away.html">`);f.contentDocument.close()',
    ),
    _script(
        "speculation-rules-inserted",
        "const s=document.createElement('script');s.type='speculationrules';"
        "s.textContent=JSON.stringify({prefetch:"
        "[{source:'list',urls:[u+'next.html'],eagerness:'immediate'}]});document.head.append(s)",
    ),
    _script(
        "speculation-prerender-inserted",
        "const s=document.createElement('script');s.type='speculationrules';"
        "s.textContent=JSON.stringify({prefetch:"
        "[{urls:[u+'next.html']}],prerender:[{urls:[u+'other.html']}]});document.body.append(s)",
    ),
)

_CONNECTIONS = (
    _script("import-call", "import(u+'x.mjs')"),
    _script("fetch-call", "fetch(u+'x.json')"),
    _script("fetch-no-cors", "fetch(u+'collect',{mode:'no-cors',method:'POST',body:'x'})"),
    _script("fetch-keepalive", "fetch(u+'collect',{mode:'no-cors',method:'POST',keepalive:true,body:'x'})"),
    _script("xhr", "const x=new XMLHttpRequest();x.open('GET',u+'x.json');x.send()"),
    _script("send-beacon", "navigator.sendBeacon(u+'collect','x')"),
    _script("websocket", "new WebSocket('wss://@@/socket')"),
    _script("event-source", "new EventSource(u+'stream.events')"),
    _script("fetch-later", "fetchLater(u+'collect',{activateAfter:100})"),
    _script("late-timer", "setTimeout(()=>{new Image().src=u+'i.gif'},1200)", dwell=3.0),
    _script("late-interval", "setInterval(()=>fetch(u+'x.json'),900)", dwell=3.0),
    _script(
        "beacon-on-pagehide", "addEventListener('pagehide',()=>navigator.sendBeacon(u+'bye','x'))", leave=True
    ),
    _script(
        "beacon-on-hidden",
        "document.addEventListener('visibilitychange',()=>navigator.sendBeacon(u+'bye','x'))",
        leave=True,
    ),
    _script(
        "fetch-on-pagehide",
        "addEventListener('pagehide',()=>fetch(u+'bye',{keepalive:true,mode:'no-cors',method:'POST'}))",
        leave=True,
    ),
    _script("redirected-image", "new Image().src='/redirect?to='+encodeURIComponent(u+'i.gif')"),
    _script("redirected-fetch", "fetch('/redirect?to='+encodeURIComponent(u+'x.json'))"),
    _script(
        "redirected-frame",
        "const f=document.createElement('iframe');f.src='/redirect?to='+encodeURIComponent(u+'f.html');"
        "document.body.append(f)",
    ),
    _script(
        "redirected-script",
        "const s=document.createElement('script');s.src='/redirect?to='+encodeURIComponent(u+'x.js');"
        "document.body.append(s)",
    ),
    _script(
        "redirected-form",
        "document.body.insertAdjacentHTML('beforeend',"
        "`<iframe name=h></iframe><form target=h method=post "
        "action='/redirect?to=${encodeURIComponent(u+'collect')}'></form>`);document.querySelector('form[target=h]').submit()",
    ),
    _script(
        "meta-csp-removed",
        "document.querySelectorAll('meta[http-equiv]').forEach(m=>m.remove());fetch(u+'x.json')",
    ),
    _script(
        "meta-csp-edited",
        "document.querySelectorAll('meta[http-equiv]').forEach(m=>{m.content='default-src *'});"
        "new Image().src=u+'i.gif'",
    ),
    _script("websocket-stream", "new WebSocketStream('wss://@@/socket')"),
    _script(
        "federated-login",
        "navigator.credentials.get({identity:{providers:[{configURL:u+'fedcm.json',clientId:'1'}]}})",
    ),
    _script(
        "payment-method",
        "new PaymentRequest([{supportedMethods:u+'pay'}],{total:{label:'x',"
        "amount:{currency:'EUR',value:'1'}}}).canMakePayment()",
    ),
    _script(
        "compression-dictionary",
        "document.head.insertAdjacentHTML('beforeend',`<link rel=compression-dictionary href=${u}dict>`)",
        own_profile=True,
        dwell=3.0,
    ),
    _script(
        "area-ping",
        "document.body.insertAdjacentHTML('beforeend',`<map><area href=#x ping=${u}ping></map>`);"
        "document.querySelector('area').click()",
    ),
    _script("fetch-through-function", "new Function('u','fetch(u)')(u+'x.json')"),
    _script("audio-worklet", "new OfflineAudioContext(1,1,44100).audioWorklet.addModule(u+'x.mjs')"),
    _script("paint-worklet", "CSS.paintWorklet.addModule(u+'x.mjs')"),
)

_STYLES = (
    _script(
        "css-insert-rule",
        "const s=document.createElement('style');document.head.append(s);"
        "s.sheet.insertRule(`body{background-image:url(${u}i.gif)}`)",
    ),
    _script("css-set-property", "document.body.style.setProperty('background-image',`url(${u}i.gif)`)"),
    _script("css-text", "document.body.style.cssText=`background:url(${u}i.gif)`"),
    _script("css-typed", "document.body.attributeStyleMap.set('background-image',`url(${u}i.gif)`)"),
    _script(
        "css-adopted",
        "const s=new CSSStyleSheet();s.replaceSync(`body{background-image:url(${u}i.gif)}`);"
        "document.adoptedStyleSheets=[s]",
    ),
    _script(
        "css-style-text",
        "const s=document.createElement('style');s.textContent=`@import '${u}x.css'`;document.head.append(s)",
    ),
    _script(
        "css-import-of-own-sheet",
        "const l=document.createElement('link');l.rel='stylesheet';l.href='/own.css?h=@@';"
        "document.head.append(l)",
    ),
    _script("font-face", "new FontFace('F',`url(${u}f.woff2)`).load()"),
)

SCRIPTED = (*_ELEMENTS, *_CONNECTIONS, *_STYLES)
"""Every vector that one document's own script starts."""
