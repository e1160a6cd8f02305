"""One page that asks for something in every way that a page can, and stores something in every way."""

from __future__ import annotations

from .stage import Answer

SITE = "https://site.test/"
SECOND = "https://site.test/second"
_JS = "text/javascript"

_PAGE = """<!doctype html><html lang="en"><head><title>Carnival</title>
<link rel="prefetch" href="https://prefetch.example/p.js"><link rel="preload" as="script" href="https://preload.example/p.js">
<link rel="preconnect" href="https://preconnect.example/"><link rel="stylesheet" href="https://css.example/s.css">
<link rel="dns-prefetch" href="https://looked-up.example/">
<script type="speculationrules">{"prerender":[{"source":"list","urls":["/prerendered"],"eagerness":"immediate"}]}</script>
</head><body><p>Words.</p>
<img src="https://image.example/i.gif"><script src="https://tag.example/tag.js"></script>
<img src="https://redirect-a.example/r"><iframe src="https://frame.example/frame"></iframe>
<iframe sandbox="allow-scripts" srcdoc="<img src='https://sandbox.example/i.gif'><script>fetch('https://sandbox.example/f.json',{mode:'no-cors'})</script>"></iframe>
<iframe sandbox="allow-scripts" src="https://sandboxed.example/page"></iframe>
<script>
const quietly = { mode: "no-cors" };
fetch("https://keepalive.example/k", { ...quietly, keepalive: true, method: "POST", body: "x" });
fetch("https://preflight.example/p.json", { headers: { "x-a": "1" } });
navigator.sendBeacon("https://beacon.example/load", "x");
addEventListener("pagehide", () => navigator.sendBeacon("https://beacon.example/pagehide", "x"));
addEventListener("visibilitychange", () => navigator.sendBeacon("https://beacon.example/hidden", "x"));
new Worker("/worker.js"); new SharedWorker("/shared.js"); navigator.serviceWorker.register("/sw.js");
new WebSocket("wss://socket.example/s");
const frame = document.createElement("iframe");
document.body.append(frame);
frame.contentWindow.fetch("https://blank.example/f.json", quietly);
document.cookie = "by_page=abc; path=/; max-age=3600; secure";
document.cookie = "brief=1; path=/";
setTimeout(() => { document.cookie = "brief=; path=/; max-age=0"; }, 150);
cookieStore.set({ name: "by_store", value: "1", expires: Date.now() + 1e6 });
localStorage.kept = "value"; sessionStorage.tab = "value"; indexedDB.open("base");
localStorage.taken = 1; localStorage.removeItem("taken");
caches.open("cache").then(cache => cache.put("/k", new Response("x")));
setTimeout(() => { new Image().src = "https://late.example/6s.gif"; }, 6000);
setTimeout(() => { fetch("https://late.example/30s.json", quietly).then(() => { indexedDB.open("late"); }); }, 30000);
const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:stun.example:%(udp)d" }] });
peer.createDataChannel("x");
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script>
<script src="https://forbidden.example/never.js"></script>
<div style="height:4000px"></div><img loading="lazy" src="https://lazy.example/l.gif">
</body></html>"""


def answers(udp: int) -> dict[str, Answer | str]:
    """Return what the hosts of the carnival answer; datagrams go to a port of this machine."""
    policy = (
        "script-src 'unsafe-inline' site.test tag.example second.example preload.example prefetch.example"
    )
    page_headers = (
        ("Content-Security-Policy", f"{policy}; report-uri https://report.example/csp"),
        ("Set-Cookie", "by_answer=1; Path=/; HttpOnly; Secure; Max-Age=100"),
        ("ETag", '"1"'),
    )
    third = (
        ("Set-Cookie", "across=1; SameSite=None; Secure; Max-Age=1000"),
        ("Set-Cookie", "lax=1"),
        ("Set-Cookie", "parted=1; SameSite=None; Secure; Partitioned; Path=/"),
    )
    tag = (
        "document.cookie='by_tag=1;path=/';let s=document.createElement('script');"
        "s.src='https://second.example/second.js';document.head.append(s)"
    )
    fetches = "fetch('https://{}.example/f.json',{{mode:'no-cors'}});".format
    install = "oninstall=e=>e.waitUntil(fetch('https://service.example/install.json',{mode:'no-cors'}))"
    return {
        "site.test/": Answer(_PAGE % {"udp": udp}, headers=page_headers),
        "site.test/second": Answer("<title>Second</title><img src='https://second-page.example/i.gif'>"),
        "site.test/prerendered": Answer(f"<script>{fetches('prerender')}</script>"),
        "site.test/worker.js": Answer(fetches("worker") + "setTimeout(()=>0,1)", _JS),
        "site.test/shared.js": Answer(fetches("shared"), _JS),
        "site.test/sw.js": Answer(fetches("service") + install, _JS),
        "redirect-a.example/r": Answer(status=302, headers=(("Location", "https://redirect-b.example/r"),)),
        "redirect-b.example/r": Answer(
            status=307, headers=(("Location", "https://redirect-c.example/r.gif"),)
        ),
        "frame.example/frame": Answer(
            "<script>fetch('/inner.json');document.cookie='by_frame=1; SameSite=None; Secure';"
            "localStorage.framed=1</script><iframe src='https://deep.example/deep'></iframe>"
        ),
        "deep.example/deep": Answer("<img src='https://deepest.example/i.gif'>"),
        "sandboxed.example/page": Answer("<img src='https://sandboxed-image.example/i.gif'>"),
        "image.example/i.gif": Answer(b"GIF89a", "image/gif", headers=third),
        "tag.example/tag.js": Answer(tag, _JS),
        "second.example/second.js": Answer("new Image().src='https://third.example/pixel.gif'", _JS),
        "css.example/s.css": Answer(
            "@font-face{font-family:f;src:url(https://font.example/f.woff2)}p{font-family:f}", "text/css"
        ),
    }
