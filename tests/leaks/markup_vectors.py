"""What stands in the markup or in the response headers."""

from __future__ import annotations

from .vectors import Evidence, Place, Vector


def _markup(name: str, body: str = "", **more: object) -> Vector:
    return Vector(id=name, place=Place.MARKUP, body=body, **more)  # type: ignore[arg-type]


def _head(name: str, head: str, **more: object) -> Vector:
    return Vector(id=name, place=Place.MARKUP, head=head, **more)  # type: ignore[arg-type]


def _header(name: str, *headers: tuple[str, str], **more: object) -> Vector:
    return Vector(id=name, place=Place.HEADER, headers=headers, **more)  # type: ignore[arg-type]


_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
)

_SCRIPTS = (
    _markup("script-src", '<script src="https://@@/x.js"></script>'),
    _markup("script-async", '<script async src="https://@@/x.js"></script>'),
    _markup("script-module", '<script type="module" src="https://@@/x.mjs"></script>'),
    _markup("script-nomodule-twin", "<script src=//@@/x.js defer crossorigin=anonymous></script>"),
    _markup("script-odd-spelling", "<SCRIPT\n/SrC = ' ht\ttps:/\\@@/x.js ' ></SCRIPT >"),
    _markup("script-first-of-two-src", '<script src="https://@@/x.js" src="/first.js"></script>'),
    _markup("inline-module-import", '<script type="module">import "https://@@/x.mjs"</script>'),
    _markup(
        "import-map",
        '<script type="importmap">{"imports":{"tag":"https://@@/x.mjs"}}</script>'
        '<script type="module">import "tag"</script>',
    ),
    _markup(
        "inline-loader",
        "<script>(function(w,d,s,l){var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;"
        "j.src='https://@@/leakloader.js?id='+l;"
        "f.parentNode.insertBefore(j,f)})(window,document,'script','L-1')"
        "</script>",
    ),
    _markup(
        "speculation-rules",
        '<script type="speculationrules">{"prefetch":[{"source":"list","urls":["https://@@/next.html"],'
        '"eagerness":"immediate"}]}</script>',
    ),
)

_IMAGES = (
    _markup("img-src", '<img src="https://@@/i.gif" alt="">'),
    _markup("img-srcset", '<img srcset="/i.gif 9999w, https://@@/i.gif 1w" sizes="1px" alt="">'),
    _markup("img-lazy", '<img loading="lazy" src="https://@@/i.gif" width="1" height="1" alt="">'),
    _markup("img-references", '<img src="https&colon;&sol;&#47;@@&#x2f;i.gif" alt="">'),
    _markup("image-element", '<image src="https://@@/i.gif">'),
    _markup(
        "picture-source", '<picture><source srcset="https://@@/i.gif"><img src="/i.gif" alt=""></picture>'
    ),
    _markup("input-image", '<input type="image" src="https://@@/i.gif" alt="">'),
    _markup("body-background", document='<body background="https://@@/i.gif"><p>Old page</p>'),
    _markup("table-background", '<table background="https://@@/i.gif"><tr><td>x</table>'),
    _markup("td-background", '<table><tr><td background="https://@@/i.gif">x</table>'),
    _markup("base-href", document='<html><head><base href="https://@@/"></head><img src="i.gif" alt="">'),
)

_MEDIA = (
    _markup("video-src", '<video src="https://@@/v.mp4" preload="auto"></video>'),
    _markup("video-poster", '<video poster="https://@@/i.gif"></video>'),
    _markup("video-source", '<video preload="auto"><source src="https://@@/v.mp4" type="video/mp4"></video>'),
    _markup("audio-src", '<audio src="https://@@/a.mp3" preload="auto"></audio>'),
    _markup(
        "track-src",
        '<video src="/v.mp4" crossorigin><track default kind="subtitles" srclang="en" src="https://@@/t.vtt">'
        "</video>",
    ),
)

_FRAMES = (
    _markup("iframe-src", '<iframe src="https://@@/f.html"></iframe>'),
    _markup("iframe-lazy", '<iframe loading="lazy" src="https://@@/f.html"></iframe>'),
    _markup(
        "frame-src",
        document='<!doctype html><html><head><title>frames</title></head><frameset cols="*">'
        '<frame src="https://@@/f.html"></frameset></html>',
    ),
    _markup("object-data", '<object data="https://@@/f.html" type="text/html"></object>'),
    _markup("embed-src", '<embed src="https://@@/f.html" type="text/html">'),
    _markup("srcdoc-image", "<iframe srcdoc='<img src=\"https://@@/i.gif\">'></iframe>"),
    _markup(
        "srcdoc-in-srcdoc",
        "<iframe srcdoc='<iframe srcdoc=\"&amp;lt;script src=https://@@/x.js&amp;gt;&amp;lt;"
        '/script&amp;gt;">'
        "</iframe>'></iframe>".replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;"),
    ),
    _markup(
        "declarative-shadow-root",
        '<div><template shadowrootmode="open"><img src="https://@@/i.gif" alt=""></template></div>',
    ),
)

_LINKS = (
    _head("link-stylesheet", '<link rel="stylesheet" href="https://@@/x.css">'),
    _head("link-alternate-stylesheet", '<link rel="alternate stylesheet" title="x" href="https://@@/x.css">'),
    _head("link-icon", '<link rel="icon" href="https://@@/i.gif">'),
    _head("link-manifest", '<link rel="manifest" href="https://@@/m.json">', own_profile=True),
    _head("link-preload-script", '<link rel="preload" as="script" href="https://@@/x.js">'),
    _head("link-preload-font", '<link rel="preload" as="font" crossorigin href="https://@@/f.woff2">'),
    _head("link-preload-imagesrcset", '<link rel="preload" as="image" imagesrcset="https://@@/i.gif 1x">'),
    _head("link-modulepreload", '<link rel="modulepreload" href="https://@@/x.mjs">'),
    _head("link-prefetch", '<link rel="prefetch" href="https://@@/next.html">'),
    _head("link-prerender", '<link rel="prerender" href="https://@@/next.html">'),
    _head("link-preconnect", '<link rel="preconnect" href="https://@@">', own_profile=True),
    _head(
        "link-dns-prefetch",
        '<link rel="dns-prefetch" href="https://@@">',
        own_profile=True,
        looked_up=True,
    ),
)

_STYLES = (
    _markup("style-attribute", '<p style="background:url(https://@@/i.gif)">x</p>'),
    _markup("style-attribute-escape", '<p style="background:u\\72l(https:\\2f\\2f @@/i.gif)">x</p>'),
    _head("style-element-url", "<style>body{background-image:url('https://@@/i.gif')}</style>"),
    _head("style-image-set", '<style>body{background-image:image-set("https://@@/i.gif" 1x)}</style>'),
    _head("style-import", '<style>@import "https://@@/x.css";</style>'),
    _head(
        "style-font-face",
        "<style>@font-face{font-family:F;src:url(https://@@/f.woff2)}p{font-family:F}</style>",
    ),
)

_DRAWINGS = (
    _markup("svg-image", f'{_SVG}<image href="https://@@/i.gif" width="9" height="9"/></svg>'),
    _markup("svg-image-xlink", f'{_SVG}<image xlink:href="https://@@/i.gif" width="9" height="9"/></svg>'),
    _markup("svg-script", f'{_SVG}<script href="https://@@/x.js"></script></svg>'),
    _markup("svg-script-xlink", f'{_SVG}<script xlink:href="https://@@/x.js"/></svg>'),
    _markup(
        "svg-feimage",
        f'{_SVG}<filter id="f"><feImage href="https://@@/i.gif"/></filter>'
        '<rect width="9" height="9" filter="url(#f)"/></svg>',
    ),
    _markup("svg-style", f"{_SVG}<style>@import url(https://@@/x.css);</style><rect/></svg>"),
    _markup("svg-mask-attribute", f'{_SVG}<rect width="9" height="9" mask="url(https://@@/d.svg#a)"/></svg>'),
)

_OTHERS = (
    _head("meta-refresh", '<meta http-equiv="refresh" content="0; url=https://@@/away.html">'),
    _markup("noscript-pixel", '<noscript><img src="https://@@/i.gif" alt=""></noscript>', scripts_off=True),
    _markup(
        "noscript-frame", '<noscript><iframe src="https://@@/f.html"></iframe></noscript>', scripts_off=True
    ),
    Vector(
        id="noscript-stylesheet",
        place=Place.MARKUP,
        head='<noscript><link rel="stylesheet" href="https://@@/x.css"></noscript>',
        scripts_off=True,
    ),
    _markup("markup-without-scripts", '<img src="https://@@/i.gif" alt="">', scripts_off=True),
    _markup(
        "template-cloned",
        '<template id="t"><img src="https://@@/i.gif" alt=""></template>',
        script="document.body.append(document.getElementById('t').content.cloneNode(true))",
    ),
    _markup(
        "anchor-ping",
        '<script>document.currentScript.insertAdjacentHTML("afterend","")</script>'
        '<a id="pinged" href="#x" ping="https://@@/ping">x</a>',
        script="document.getElementById('pinged').click()",
    ),
    _markup(
        "form-submitted",
        '<iframe name="hid"></iframe><form id="f" method="post" action="https://@@/collect" target="hid">'
        '<input name="a" value="b"></form>',
        script="document.getElementById('f').submit()",
    ),
    _markup(
        "xhtml-page",
        document='<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>'
        "x</title></head>"
        '<body><img src="https://@@/i.gif" alt=""/></body></html>',
        content_type="application/xhtml+xml; charset=utf-8",
    ),
    _markup(
        "utf-16-page",
        document='<!doctype html><html><head><title>x</title></head><body><script src="https://@@/x.js">'
        "</script></body></html>",
        content_type="text/html; charset=utf-16le",
    ),
)

_HEADERS = (
    _header("header-link-preload", ("Link", "<https://@@/x.js>; rel=preload; as=script")),
    _header("header-link-modulepreload", ("Link", "<https://@@/x.mjs>; rel=modulepreload")),
    _header("header-link-preconnect", ("Link", "<https://@@>; rel=preconnect"), own_profile=True),
    _header(
        "header-link-dns-prefetch",
        ("Link", "<https://@@>; rel=dns-prefetch"),
        own_profile=True,
        dwell=3.0,
        looked_up=True,
    ),
    _header("header-link-prefetch", ("Link", "<https://@@/next.html>; rel=prefetch")),
    _header(
        "header-link-among-others",
        ("Link", '</own.css>; rel=preload; as=style, <https://@@/x,y.js>; rel="preload"; as="script"'),
    ),
    _header("header-refresh", ("Refresh", "0; url=https://@@/away.html")),
    _header("header-speculation-rules", ("Speculation-Rules", '"https://@@/rules.json"')),
    _header(
        "header-csp-report",
        ("Content-Security-Policy-Report-Only", "img-src 'none'; report-uri https://@@/report"),
        body='<img src="/i.gif" alt="">',
    ),
    _header(
        "header-set-cookie",
        ("Set-Cookie", "_leak=1; Path=/; Max-Age=63072000; Secure; SameSite=Lax"),
        evidence=Evidence.STORED,
    ),
)

MARKUP = (
    *_SCRIPTS, *_IMAGES, *_MEDIA, *_FRAMES, *_LINKS, *_STYLES, *_DRAWINGS, *_OTHERS, *_HEADERS,
)  # fmt: skip
"""Every vector that needs no script of the page's own to start."""
