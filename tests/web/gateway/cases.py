"""The corpus: each exchange runs through ASGI and through WSGI and must come out alike."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

from bandeau.core.policy import CacheMode, Mode, ModeRule, Undeclared, Wall
from bandeau.enforcement.headers import suffixed_etag
from tests.enforcement.sample import POLICY, SITE, compiled, hosts, visit, with_enforce
from tests.web.gateway.case import HELD_TAG, HTML, METER_TAG, PAGE, Case, Pairs, page

REPORT = with_enforce(mode=Mode.REPORT)
OFF = with_enforce(mode=Mode.OFF)
SHARED = with_enforce(cache=CacheMode.SHARED)
PRIVATE = with_enforce(cache=CacheMode.PRIVATE)
EXTERNAL = with_enforce(wall=Wall.EXTERNAL)
LENIENT = with_enforce(undeclared_hosts=Undeclared.REPORT)
STRICT_COOKIES = with_enforce(undeclared_cookies=Undeclared.BLOCK)
SMALL_CAP = with_enforce(max_body_bytes=100)
NO_GPC = replace(POLICY, purposes=tuple(replace(purpose, gpc=False) for purpose in POLICY.purposes))
BY_PATH = with_enforce(
    mode=Mode.ENFORCE,
    rules=(
        ModeRule(Mode.OFF, path="/admin/*"),
        ModeRule(Mode.REPORT, path="/new/*"),
        ModeRule(Mode.OFF, host="old.paper.example"),
        ModeRule(Mode.REPORT, host="*.paper.example"),
    ),
)

ACCEPTED = "__Host-bd=audience+social+ads"
AUDIENCE = "__Host-bd=audience"
REFUSED = "__Host-bd=refused"
PUBLIC = (("cache-control", "public, max-age=60"),)
DOCUMENT = (("sec-fetch-dest", "document"),)
INSERTED = ("<!--wall ", '<section id="bd-first"', '<footer id="bd-foot"')
ENFORCED_AND_PRIVATE = {"cache-control": ["private, no-cache"], "vary": ["Cookie, Sec-GPC"]}
UNTOUCHED_LOG = "is left as it is"


def _gz(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def _raw_deflate(body: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(body) + deflate.flush()


def _cut(body: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(body[start : start + size] for start in range(0, len(body), size))


def _suffix(*purposes: str) -> str:
    return compiled().private_suffix(visit(*purposes))


HELD = (HELD_TAG, 'data-bd="?"', "/bandeau/embed/player?u=https%3A%2F%2Fplayer.example%2Fv%2F1", *INSERTED)
PRIVATE_PAGES = [
    Case("no choice: everything that needs consent is held", has=HELD, lacks=(METER_TAG,), out=ENFORCED_AND_PRIVATE),
    Case("a refusal holds the same", cookie=REFUSED, has=HELD, lacks=(METER_TAG,)),
    Case("a choice that cannot be trusted holds the same", cookie="__Host-bd=bad", has=HELD, lacks=(METER_TAG,)),
    Case("a choice sent twice holds the same", cookie=f"{ACCEPTED}; {ACCEPTED}", has=HELD, lacks=(METER_TAG,)),
    Case("an allowed tag stays in place", cookie=AUDIENCE, has=(METER_TAG, 'data-bd="?"', *INSERTED), lacks=(HELD_TAG,)),
    Case("an allowed embed stays in place", cookie="__Host-bd=social", has=('src="https://player.example/v/1"', HELD_TAG)),
    Case("what nobody declared is held even when all is accepted", cookie=ACCEPTED, has=(METER_TAG, 'data-bd="?"')),
    Case("undeclared hosts may pass and are reported", policy=LENIENT, has=('src="https://evil.example/x.png"', HELD_TAG)),
    Case("no release point stands in a private page", lacks=("bd.r()",)),
    Case("GPC refuses what nobody answered", request=(("sec-gpc", "1"),), has=HELD),
    Case("Vary names Sec-GPC only when a purpose honours it", policy=NO_GPC, out={"vary": ["Cookie"]}),
    Case("the page's language is taken from its markup", has=("<!--wall 21 en-->",)),
    Case("Content-Language comes first", headers=(("content-language", "fr-FR, en"),), has=("<!--wall 21 fr-->",)),
    Case("an unknown language falls back to the site's", chunks=(page(attributes=' lang="de"'),), has=("<!--wall 21 fr-->",)),
    Case("a language without quotes is read", chunks=(page(attributes=" class=x lang=en"),), has=("<!--wall 21 en-->",)),
    Case("the answer to a POST says so", method="POST", has=("en+posted",)),
    Case("a page that never mentions HTML is a page", chunks=(b"Hello",), has=("Hello", *INSERTED)),
    Case("an inline script is known by its marks", chunks=(page("<script>meterQueue.push(1)</script>"),),
         has=('<script data-bd="meter" type="text/plain">meterQueue',)),
    Case("a first-party collector is held in the markup", chunks=(page('<img src="/pixel.gif">'),),
         has=('data-bd="own-count"', 'data-bd-src="/pixel.gif"')),
    Case("a page under a query", path="/news/a?https://evil.example/", has=HELD),
    Case("a page under a path of other letters", path="/été/<x>", has=HELD),
    Case("an error page is a page", status=404, has=HELD, answer=404),
    Case("a server error is a page", status=500, has=HELD, answer=500),
    Case("a 401 is a page", status=401, headers=(("www-authenticate", "Basic"),), out={"www-authenticate": ["Basic"]}),
    Case("an unusual status is passed on", status=299, has=HELD, answer=299),
]  # fmt: skip

TYPES = [
    *(Case(f"a page of type {kind!r}", type=kind, has=HELD) for kind in (
        "text/html", "TEXT/HTML", "text/html;charset=utf-8", "text/html ; charset=UTF-8", "text/html; charset=\"utf-8\"",
        "text/html; charset=iso-8859-1", "text/html; charset=windows-1252", "text/html; charset=shift_jis",
        "text/html; foo=bar; charset=utf-8", "text/plain, text/html", "broken, text/html", "text/html, */*",
    )),
    *(Case(f"{kind!r} is no page of ours", type=kind, body="same", csp="refuse-all", out={"cache-control": [], "vary": []})
      for kind in (
        "text/plain", "application/json", "image/svg+xml", "application/xml", "text/xml", "text/xsl", "image/png",
        "application/pdf", "text/css", "text/javascript", "application/octet-stream", "multipart/form-data; boundary=x",
        "text/html, text/plain", "texthtml", "text/html+x", "", ";", "*/*", "text/event-stream", "video/mp4", "font/woff2",
        "application/manifest+json", "application/rss+xml", "text/vtt", "application/ld+json", "text/markdown",
    )),
    *(Case(f"markup in {kind!r} stays as it is", type=kind, body="same", csp="refuse-all", log=UNTOUCHED_LOG) for kind in (
        "text/html; charset=utf-16", "text/html; charset=utf-16le", "text/html; charset=iso-2022-jp", "text/html; charset=utf-7",
        "text/html; charset=hz-gb-2312", "application/xhtml+xml", "application/xhtml+xml; charset=utf-8",
    )),
    Case("UTF-16 is known by its mark", chunks=(b"\xff\xfe" + PAGE.decode().encode("utf-16-le"),), body="same",
         csp="refuse-all", log=UNTOUCHED_LOG),
    Case("UTF-16 without a mark is known by its zeros", type="text/html", chunks=(PAGE.decode().encode("utf-16-le"),),
         body="same", csp="refuse-all", log=UNTOUCHED_LOG),
    Case("a mark of UTF-8 comes before a wrong header", type="text/html; charset=utf-16",
         chunks=(b"\xef\xbb\xbf" + PAGE,), has=HELD),
    Case("ISO-2022-JP is known by its meta", type="text/html", body="same", csp="refuse-all", log=UNTOUCHED_LOG,
         chunks=(page(METER_TAG, head='<meta charset="iso-2022-jp">'),)),
    Case("ISO-2022-JP is known by its escapes", type="text/html", body="same", csp="refuse-all", log=UNTOUCHED_LOG,
         chunks=(page("\x1b$B!y\x1b(B" + METER_TAG),)),
    Case("a wrong label changes no other byte", chunks=(page(METER_TAG + "é").replace("é".encode(), b"\xe9"),),
         has=(HELD_TAG,)),
    Case("AMP stays as it is", chunks=(page(METER_TAG, attributes=" amp"),), body="same", csp="refuse-all",
         log="AMP"),
    Case("AMP with its lightning stays as it is", chunks=(page(METER_TAG, attributes=' ⚡ lang="en"'),), body="same",
         csp="refuse-all", log="AMP"),
    Case("a page about amplifiers is a page", chunks=(page(METER_TAG, attributes=' data-amp="amp" lang=en'),), has=(HELD_TAG,)),
    Case("a download of markup stays as it is", headers=(("content-disposition", 'attachment; filename="a.html"'),),
         body="same", csp="refuse-all"),
    Case("markup shown in place is a page", headers=(("content-disposition", "inline"),), has=HELD),
    Case("several types: the last counts", type="text/plain", headers=(("Content-Type", "text/html"),), has=HELD),
]  # fmt: skip

BODIES = [
    Case("an empty page stays empty", chunks=(b"",), body="empty"),
    Case("no chunk at all", chunks=(), body="empty"),
    Case("an empty stream", chunks=(), streamed=True, body="empty"),
    *(Case(f"a stream cut after every {size} bytes", chunks=_cut(PAGE, size), streamed=True, has=HELD,
           out={"content-length": []}) for size in (1, 2, 3, 5, 7, 13, 64, 1000)),
    *(Case(f"pieces of {size} bytes with a length", chunks=_cut(PAGE, size), has=HELD, out={"content-length": []})
      for size in (1, 11, 100)),
    Case("empty chunks in between", chunks=(b"", PAGE[:40], b"", PAGE[40:], b""), streamed=True, has=HELD),
    Case("a tag without an end is no tag to any browser", chunks=(page()[:-20] + b"<img src='https://meter.example/x",),
         has=("<img src='https://meter",)),
    Case("an open script is held", chunks=(page()[:-20] + b"<script src='https://meter.example/x'>a",),
         has=("data-bd-src='https://meter",)),
    Case("a large page", chunks=(page("<p>text</p>" * 60_000 + METER_TAG),), has=(HELD_TAG,)),
    Case("a large page in large pieces", chunks=_cut(page("<p>text</p>" * 60_000 + METER_TAG), 300_000), streamed=True,
         has=(HELD_TAG,)),
    Case("binary under the name of markup", chunks=(bytes(range(1, 256)) * 20,), type=HTML, has=("<!--wall ",)),
    Case("a page without a length", length=False, has=HELD),
    Case("a page above the cap stays as it is", policy=SMALL_CAP, body="same", csp="refuse-all", log="max_body_bytes"),
    Case("a page below the cap", policy=SMALL_CAP, chunks=(b"<p>short",), has=("<p>short",)),
    *(Case(f"{coding} is read and written again", headers=(("content-encoding", coding.split()[0]),), chunks=(body,), has=HELD,
           out={"content-encoding": [coding.split()[0]]}) for coding, body in (
        ("gzip", _gz(PAGE)), ("gzip in two members", _gz(PAGE[:200]) + _gz(PAGE[200:])), ("deflate", zlib.compress(PAGE)),
    )),
    *(Case(f"gzip cut after every {size} bytes", headers=(("content-encoding", "gzip"),), chunks=_cut(_gz(PAGE), size),
           streamed=True, has=HELD) for size in (1, 10, 100)),
    Case("identity is no encoding", headers=(("content-encoding", "identity"),), has=HELD),
    Case("a raw deflate is read too", headers=(("content-encoding", "deflate"),), chunks=(_raw_deflate(PAGE),), has=HELD),
    *(Case(f"{coding} stays as it is", headers=(("content-encoding", coding),), chunks=(b"\x8b\x01",), body="same",
           csp="refuse-all", log="is encoded with") for coding in ("br", "zstd", "gzip, gzip", "compress", "nonsense")),
    Case("a broken gzip stays as it is", headers=(("content-encoding", "gzip"),), chunks=(b"not gzip",), body="same",
         csp="refuse-all", log="broken gzip"),
    Case("a gzip cut short stays as it is", headers=(("content-encoding", "gzip"),), chunks=(_gz(PAGE)[:-9],), body="same",
         csp="refuse-all", log="too early"),
    Case("a bomb stays as it is", headers=(("content-encoding", "gzip"),), chunks=(_gz(b"\0" * 30_000_000),), body="same",
         csp="refuse-all", log=UNTOUCHED_LOG),
    Case("a gzip larger than the cap when decoded", policy=SMALL_CAP, headers=(("content-encoding", "gzip"),),
         chunks=(_gz(b"<p>" * 100),), body="same", csp="refuse-all", log="max_body_bytes when decoded"),
    Case("gzip of a picture is not looked at", type="image/svg+xml", headers=(("content-encoding", "gzip"),),
         chunks=(b"whatever",), body="same", csp="refuse-all"),
    Case("a part of a page stays as it is", status=206, headers=(("content-range", "bytes 0-9/99"),), body="same",
         csp="refuse-all", log="part of a page", answer=206),
    Case("a part that calls itself whole", headers=(("content-range", "bytes 0-9/99"),), body="same", csp="refuse-all",
         log="part of a page"),
    Case("a part of a picture", status=206, type="image/png", headers=(("content-range", "bytes 0-9/99"),), body="same",
         csp="refuse-all", answer=206),
    Case("HEAD of a page has its headers and no body", method="HEAD", chunks=(), body="empty", headers=(("etag", '"a"'),),
         out={"content-length": [], "etag": [suffixed_etag('"a"', compiled().private_suffix(visit("audience")))]},
         cookie=AUDIENCE),
    Case("HEAD of a picture", method="HEAD", type="image/png", chunks=(), body="empty", csp="refuse-all"),
    Case("204 stays as it is", status=204, type="", chunks=(), length=False, body="empty", csp="none", answer=204),
    Case("205 stays as it is", status=205, type="", chunks=(), length=False, body="empty", csp="none", answer=205),
    Case("a redirect stays as it is", status=302, headers=(("location", "https://evil.example/"),), chunks=(b"<a>moved</a>",),
         body="same", csp="none", answer=302, out={"location": ["https://evil.example/"]}),
    Case("a redirect without a target is a page", status=302, has=HELD, answer=302),
    Case("events are streamed as they come", type="text/event-stream", chunks=(b"data: 1\n\n", b"data: 2\n\n"), streamed=True,
         body="same", csp="refuse-all"),
]  # fmt: skip

SHARED_PAGES = [
    *(Case(f"a public page is the same for everybody: {who}", cookie=cookie, headers=PUBLIC, csp="none",
           has=(HELD_TAG + "<script>bd.r()</script>", "<!--wall all en+shared-->"), lacks=(METER_TAG,),
           out={"cache-control": ["public, max-age=60"], "vary": [], "content-security-policy": []})
      for who, cookie in (("no choice", ""), ("refused", REFUSED), ("accepted", ACCEPTED), ("forged", "__Host-bd=bad"))),
    Case("s-maxage is public too", headers=(("cache-control", "s-maxage=9"),), csp="none", has=("en+shared",)),
    Case("a public page may vary by other things", headers=(*PUBLIC, ("vary", "Accept-Language")), csp="none",
         out={"vary": ["Accept-Language"]}, has=("en+shared",)),
    Case("private wins over public", headers=(("cache-control", "public, private"),), has=("<!--wall 21 en-->",)),
    Case("no-store is not shared", headers=(("cache-control", "no-store, public"),), out={"cache-control": ["private, no-store"]}),
    Case("max-age alone is private", headers=(("cache-control", "max-age=9"),), out={"cache-control": ["private, max-age=9"]}),
    Case("cache = shared shares what says nothing", policy=SHARED, csp="none", has=("en+shared",), out={"cache-control": []}),
    Case("cache = shared respects private", policy=SHARED, headers=(("cache-control", "private"),), has=("<!--wall 21 en-->",)),
    Case("cache = private shares nothing", policy=PRIVATE, headers=PUBLIC, has=("<!--wall 21 en-->",),
         out={"cache-control": ["private, max-age=60"]}),
    Case("asking for a decision makes a public page private", headers=PUBLIC, asks="audience", cookie=AUDIENCE,
         has=(METER_TAG,), out={"cache-control": ["private, max-age=60"], "vary": ["Cookie, Sec-GPC"]}),
    Case("a refusal that was asked for makes it private too", headers=PUBLIC, asks="ads", cookie=REFUSED, has=HELD),
    Case("a cookie that hangs on the choice makes it private", headers=(*PUBLIC, ("set-cookie", "_m=1")), cookie=AUDIENCE,
         out={"set-cookie": ["_m=1"], "cache-control": ["private, max-age=60"]}),
    Case("a refused cookie makes it private as well", headers=(*PUBLIC, ("set-cookie", "_m=1")), cookie=REFUSED,
         out={"set-cookie": [], "cache-control": ["private, max-age=60"]}),
    Case("a necessary cookie does not", headers=(*PUBLIC, ("set-cookie", "sessionid=1")), csp="none",
         out={"set-cookie": ["sessionid=1"], "cache-control": ["public, max-age=60"]}),
    Case("refused cookies are not swept on a shared page", headers=PUBLIC, cookie="_m=1", csp="none", out={"set-cookie": []}),
    Case("trusted types make it private", headers=(*PUBLIC, ("content-security-policy", "require-trusted-types-for 'script'")),
         has=("<!--wall 21 en-->",), out={"cache-control": ["private, max-age=60"]}),
    Case("strict-dynamic without a nonce makes it private",
         headers=(*PUBLIC, ("content-security-policy", "script-src 'strict-dynamic' 'sha256-x='")), has=("<!--wall 21 en-->",)),
    Case("a public fragment is closed, for nothing in it puts up a wall", headers=PUBLIC, chunks=(f"<p>{METER_TAG}</p>".encode(),),
         has=(HELD_TAG,), lacks=INSERTED, csp="refuse-all"),
    Case("markup that a script asks for gets no wall", request=(("sec-fetch-dest", "empty"),), lacks=INSERTED,
         chunks=(f"<p>{METER_TAG}</p>".encode(),), has=(HELD_TAG,)),
    Case("the same without fetch metadata", request=(("x-requested-with", "XMLHttpRequest"),), lacks=INSERTED,
         chunks=(f"<p>{METER_TAG}</p>".encode(),), has=(HELD_TAG,)),
    Case("a whole document that a script asks for is a page", request=(("sec-fetch-dest", "empty"),), has=HELD),
    Case("a public entity tag is marked", headers=(*PUBLIC, ("etag", '"v1"')), csp="none", out={"etag": ['W/"v1-bd5.s"']}),
    Case("a shared page in report mode", policy=with_enforce(mode=Mode.REPORT), headers=PUBLIC, csp="none",
         has=(METER_TAG, "en+shared"), lacks=("bd.r()",)),
    Case("caches of others are told nothing of a private page",
         headers=(("surrogate-control", "max-age=9"), ("cdn-cache-control", "max-age=9"), ("x-cdn-cache-control", "x")),
         out={"surrogate-control": [], "cdn-cache-control": [], "x-cdn-cache-control": []}),
    Case("Expires counts as freshness", headers=(("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),), out={"cache-control": ["private"]}),
    Case("a private answer of any type says so when it was asked", type="application/json", asks="ads", body="same",
         csp="refuse-all", headers=PUBLIC, out={"cache-control": ["private, max-age=60"], "vary": ["Cookie, Sec-GPC"]}),
    Case("a redirect that hangs on the choice is private", status=302, headers=(("location", "/x"),), asks="ads", body="same",
         csp="none", answer=302, out={"cache-control": ["private, no-cache"]}),
    Case("an answer without a body too", status=204, type="", chunks=(), length=False, asks="ads", body="empty", csp="none",
         answer=204, out={"cache-control": ["private, no-cache"]}),
]  # fmt: skip


def _csp(*policies: str) -> Pairs:
    return tuple(("content-security-policy", policy) for policy in policies)


OURS = "paper.example/bandeau/"
EXISTING = [
    Case("a site policy that lets inline run stays as it is", headers=_csp("script-src 'self' 'unsafe-inline'"),
         has=("<script>wall()</script>",), out={"content-security-policy": ["script-src 'self' 'unsafe-inline'", "+ours"]}),
    Case("a nonce is used again", headers=_csp("script-src 'nonce-abc'"), has=('<script nonce="abc">wall()</script>',)),
    Case("a nonce is used again in release points", headers=(*PUBLIC, *_csp("script-src 'nonce-abc' 'self'")), csp="none",
         has=(HELD_TAG + '<script nonce="abc">bd.r()</script>',)),
    Case("a nonce under strict-dynamic is used again", headers=(*PUBLIC, *_csp("script-src 'nonce-abc' 'strict-dynamic'")),
         csp="none", has=('<script nonce="abc">wall()</script>',)),
    Case("a nonce that all policies know is used", headers=_csp("script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"),
         has=('<script nonce="b">',)),
    Case("without a nonce the wall is external", headers=_csp("default-src 'self'"),
         has=('<script src="/bandeau/w.js"></script><script>fallback()</script>',)),
    Case("its fallback is admitted by its hash", headers=_csp("script-src 'self'"),
         out={"content-security-policy": ["script-src 'self' 'sha256-FL/t/prCHPV3ujNkJyY9kysNJiMKfNpgPC4mI4r6C4E='", "+ours"]}),
    Case("a release point is admitted by its hash", headers=(*PUBLIC, *_csp("script-src 'self'")), csp="none",
         has=(HELD_TAG + "<script>bd.r()</script>",),
         out={"content-security-policy": ["script-src 'self' 'sha256-FL/t/prCHPV3ujNkJyY9kysNJiMKfNpgPC4mI4r6C4E='"
                                          " 'sha256-mVMRmeGACO7CRCSw5KDyaRCNHV+St/nEE5DNU+ereJs='"]}),
    Case("a policy by hashes makes the wall external", headers=_csp("script-src 'unsafe-inline' 'sha256-abc='"),
         has=("/bandeau/w.js",)),
    Case("a policy of other hosts is made to admit our files", headers=_csp("script-src https://cdn.example 'unsafe-inline'"),
         out={"content-security-policy": [f"script-src https://cdn.example 'unsafe-inline' {OURS}", "+ours"]}),
    Case("an external wall can be asked for", policy=EXTERNAL, has=("/bandeau/w.js",)),
    Case("a report-only policy forbids nothing", headers=(("content-security-policy-report-only", "script-src 'self'"),),
         has=("<script>wall()</script>",)),
    Case("several policies stay several", headers=_csp("img-src *", "font-src *, media-src *"),
         out={"content-security-policy": ["img-src *", "font-src *, media-src *", "+ours"]}),
    Case("a policy in capitals", headers=(("Content-Security-Policy", "SCRIPT-SRC 'NONE'"),), has=("/bandeau/w.js",)),
    Case("the site's reports go to no refused host", headers=_csp("img-src *; report-uri https://evil.example/r"),
         out={"content-security-policy": ["img-src *", "+ours"]}),
    Case("a policy on a picture is left alone", type="image/svg+xml", headers=_csp("script-src 'none'"), body="same",
         csp="refuse-all", out={"content-security-policy": ["script-src 'none'", "+ours"]}),
]  # fmt: skip

HEADERS = [
    Case("refused preloads are dropped from Link",
         headers=(("Link", "<https://meter.example/m.js>; rel=preload, </a.css>; rel=preload"),), out={"link": ["</a.css>; rel=preload"]}),
    Case("allowed preloads stay", cookie=AUDIENCE, headers=(("link", "<https://meter.example/m.js>; rel=preload"),),
         out={"link": ["<https://meter.example/m.js>; rel=preload"]}),
    Case("on a shared page nobody preloads it", cookie=AUDIENCE, csp="none",
         headers=(*PUBLIC, ("link", "<https://meter.example/m.js>; rel=preload")), out={"link": []}),
    Case("several Link headers", headers=(("link", "<//meter.example>; rel=preconnect"), ("link", "<b>; rel=preload")),
         out={"link": ["<b>; rel=preload"]}),
    Case("Link on a picture is gated too", type="image/png", body="same", csp="refuse-all",
         headers=(("link", "<//meter.example>; rel=preconnect"),), out={"link": []}),
    Case("Link on a redirect is gated too", status=301, body="same", csp="none", answer=301,
         headers=(("location", "/x"), ("link", "<//meter.example>; rel=preconnect")), out={"link": []}),
    Case("a refresh to a third party goes", headers=(("refresh", "0; url=https://evil.example/"),), out={"refresh": []}),
    Case("a refresh to the site stays", headers=(("refresh", "0; url=/b"),), out={"refresh": ["0; url=/b"]}),
    Case("speculation rules go", headers=(("speculation-rules", '"/r.json"'),), out={"speculation-rules": []}),
    Case("reports to third parties go",
         headers=(("reporting-endpoints", 'a="https://evil.example/"'), ("nel", '{"report_to":"a"}')),
         out={"reporting-endpoints": [], "nel": []}),
    Case("old reports to third parties go", headers=(("report-to", '{"endpoints":[{"url":"https://evil.example/"}]}'),),
         out={"report-to": []}),
    Case("DNS prefetching is switched off", headers=(("X-DNS-Prefetch-Control", "on"),), out={"x-dns-prefetch-control": ["off"]}),
    Case("what describes the old bytes goes",
         headers=(("content-md5", "x"), ("digest", "x"), ("repr-digest", "x"), ("accept-ranges", "bytes"), ("last-modified", "x")),
         out={"content-md5": [], "digest": [], "repr-digest": [], "accept-ranges": [], "last-modified": []}),
    Case("what describes other bytes stays", type="image/png", body="same", csp="refuse-all",
         headers=(("content-md5", "x"), ("accept-ranges", "bytes"), ("last-modified", "x"), ("etag", '"a"')),
         out={"content-md5": ["x"], "accept-ranges": ["bytes"], "last-modified": ["x"], "etag": ['"a"']}),
    Case("an entity tag is marked by the choice", cookie=AUDIENCE, headers=(("ETag", '"v1"'),),
         out={"etag": [suffixed_etag('"v1"', _suffix("audience"))]}),
    Case("another choice marks it otherwise", cookie=REFUSED, headers=(("ETag", 'W/"v1"'),),
         out={"etag": [suffixed_etag('"v1"', _suffix())]}),
    Case("other headers pass in order", headers=(("X-B", "1"), ("X-A", "2"), ("x-b", "3")), out={"x-b": ["1", "3"], "x-a": ["2"]}),
    Case("hop-by-hop headers are not ours", type="image/png", body="same", csp="refuse-all", headers=(("connection", "close"),),
         out={"connection": ["close"]}),
    Case("headers of other letters pass", headers=(("x-name", "\xe9t\xe9"),), out={"x-name": ["\xe9t\xe9"]}),
    Case("Vary * stays", headers=(("vary", "*"),), out={"vary": ["*"]}),
    Case("Vary is completed", headers=(("vary", "Accept-Encoding"), ("Vary", "cookie")),
         out={"vary": ["Accept-Encoding, cookie, Sec-GPC"]}),
    Case("a broken Cache-Control is private", headers=(("cache-control", ',,=;"'),), out={"vary": ["Cookie, Sec-GPC"]}),
]  # fmt: skip

COOKIES = [
    Case("refused cookies are dropped, others stay in order", headers=(("set-cookie", "sessionid=1; Path=/"), ("set-cookie", "_m=2"),
         ("Set-Cookie", "x=3"), ("set-cookie", "_m_9=4"), ("set-cookie", "csrftoken=5")),
         out={"set-cookie": ["sessionid=1; Path=/", "x=3", "csrftoken=5"]}),
    Case("allowed cookies stay", cookie=AUDIENCE, headers=(("set-cookie", "_m=2"),), out={"set-cookie": ["_m=2"]}),
    Case("undeclared cookies can be blocked", policy=STRICT_COOKIES, headers=(("set-cookie", "x=3"),), out={"set-cookie": []}),
    Case("a deletion passes", headers=(("set-cookie", "_m=; Max-Age=0"),), out={"set-cookie": ["_m=; Max-Age=0"]}),
    Case("our own cookies pass", headers=(("set-cookie", "__Host-bd=1; Path=/"),), out={"set-cookie": ["__Host-bd=1; Path=/"]}),
    Case("a cookie without a name passes", headers=(("set-cookie", "value"),), out={"set-cookie": ["value"]}),
    Case("cookies on a picture are gated", type="image/gif", body="same", csp="refuse-all", headers=(("set-cookie", "_m=2"),),
         out={"set-cookie": [], "cache-control": ["private, no-cache"]}),
    Case("cookies on a redirect are gated", status=302, body="same", csp="none", answer=302,
         headers=(("location", "/"), ("set-cookie", "_m=2"), ("set-cookie", "sessionid=1")), out={"set-cookie": ["sessionid=1"]}),
    Case("a prefetch gets no cookie that needs consent", cookie=AUDIENCE, request=(("sec-purpose", "prefetch"),),
         headers=(("set-cookie", "_m=2"), ("set-cookie", "sessionid=1")),
         out={"set-cookie": ["sessionid=1"], "cache-control": ["private, no-store"]}),
    Case("a prerender neither", cookie=AUDIENCE, request=(("sec-purpose", "prefetch;prerender"),),
         headers=(("set-cookie", "_m=2"),), out={"set-cookie": []}),
    Case("the older name of a prefetch", cookie=AUDIENCE, request=(("purpose", "prefetch"),), headers=(("set-cookie", "_m=2"),),
         out={"set-cookie": []}),
    Case("a refused cookie of the request is swept", cookie=f"{REFUSED}; _m=1; sessionid=2", path="/a", out={"set-cookie": [
        f"_m=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path={path}{domain}; Secure"
        for path in ("/", "/a") for domain in ("; Domain=paper.example", "")]}),
    Case("an allowed cookie of the request is not", cookie=f"{AUDIENCE}; _m=1", out={"set-cookie": []}),
    Case("an undeclared cookie of the request is not", cookie="x=1", out={"set-cookie": []}),
    Case("nothing is swept with a picture", cookie="_m=1", type="image/png", body="same", csp="refuse-all", out={"set-cookie": []}),
    Case("nothing is swept in report mode", cookie="_m=1", policy=REPORT, has=(METER_TAG,), report=True, out={"set-cookie": []}),
]  # fmt: skip

_V1 = suffixed_etag('"v1"', _suffix("audience"))
_OLD = suffixed_etag('"v1"', _suffix())
_SHARED_V1 = 'W/"v1-bd5.s"'
CONDITIONAL = [
    Case("the application is asked about its own tag", cookie=AUDIENCE, request=(*DOCUMENT, ("if-none-match", _V1)),
         seen={"if-none-match": '"v1"'}),
    Case("a page of another choice is not confirmed", cookie=AUDIENCE, request=(*DOCUMENT, ("if-none-match", _OLD)),
         seen={"if-none-match": None}),
    Case("a page from before Bandeau is not confirmed", request=(*DOCUMENT, ("if-none-match", '"v1"')), seen={"if-none-match": None}),
    Case("nor by its date", request=(*DOCUMENT, ("if-modified-since", "x")), seen={"if-modified-since": None}),
    Case("other files are confirmed as ever", type="image/png", body="same", csp="refuse-all",
         request=(("sec-fetch-dest", "image"), ("if-none-match", '"v1"'), ("if-modified-since", "x")),
         seen={"if-none-match": '"v1"', "if-modified-since": "x"}),
    Case("304 gets the browser's tag back", cookie=AUDIENCE, request=(*DOCUMENT, ("if-none-match", _V1)), status=304, type="",
         headers=(("etag", '"v1"'),), chunks=(), length=False, body="empty", csp="none", answer=304,
         out={"etag": [_V1], "cache-control": ["private, no-cache"], "vary": ["Cookie, Sec-GPC"]}),
    Case("304 of a shared page stays shared", request=(*DOCUMENT, ("if-none-match", f'"x", {_SHARED_V1}')), status=304, type="",
         headers=(("etag", 'W/"v1"'), *PUBLIC), chunks=(), length=False, body="empty", csp="none", answer=304,
         out={"etag": [_SHARED_V1], "cache-control": ["public, max-age=60"], "vary": []}, seen={"if-none-match": '"v1"'}),
    Case("304 of a picture stays as it is", request=(("if-none-match", '"v1"'),), status=304, type="", headers=(("etag", '"v1"'),),
         chunks=(), length=False, body="empty", csp="none", answer=304, out={"etag": ['"v1"'], "cache-control": []}),
    Case("the application is asked for what can be read again", request=(*DOCUMENT, ("accept-encoding", "gzip, deflate, br, zstd")),
         seen={"accept-encoding": "gzip, deflate"}),
    Case("quality values stay", request=(("accept", "text/html"), ("accept-encoding", "br;q=1, gzip;q=0.5")),
         seen={"accept-encoding": "gzip;q=0.5"}),
    Case("when nothing can be read, plain bytes are asked for", request=(*DOCUMENT, ("accept-encoding", "br")),
         seen={"accept-encoding": "identity"}),
    Case("other files may come in any encoding", type="text/css", body="same", csp="refuse-all",
         request=(("sec-fetch-dest", "style"), ("accept-encoding", "br")), seen={"accept-encoding": "br"}),
]  # fmt: skip

MODES = [
    Case("off changes nothing", policy=OFF, body="same", csp="none", headers=(("set-cookie", "_m=1"), ("link", "<//meter.example>; rel=preload")),
         out={"set-cookie": ["_m=1"], "link": ["<//meter.example>; rel=preload"], "cache-control": []}),
    Case("off still keeps what hangs on a choice private", policy=OFF, body="same", csp="none", asks="ads", headers=PUBLIC,
         out={"cache-control": ["private, max-age=60"]}),
    Case("off lets collectors through", policy=OFF, path="/metrics/hit", type="text/plain", body="same", csp="none"),
    Case("report holds nothing and says what it would", policy=REPORT, has=(METER_TAG, "https://evil.example/x.png", "<!--wall"),
         lacks=("data-bd=",), report=True),
    Case("report lets cookies and links through", policy=REPORT, report=True, has=(METER_TAG,),
         headers=(("set-cookie", "_m=1"), ("link", "<//meter.example>; rel=preload"), ("refresh", "0;url=//evil.example")),
         out={"set-cookie": ["_m=1"], "link": ["<//meter.example>; rel=preload"], "refresh": ["0;url=//evil.example"]}),
    Case("report lets collectors through", policy=REPORT, path="/metrics/hit", type="text/plain", body="same", csp="refuse-all",
         report=True),
    Case("report only reports on what cannot be rewritten", policy=REPORT, headers=(("content-encoding", "br"),), body="same",
         csp="refuse-all", report=True, log="is encoded with"),
    Case("report only reports on other documents", policy=REPORT, type="image/svg+xml", body="same", csp="refuse-all", report=True),
    Case("a path may be off", policy=BY_PATH, path="/admin/x", body="same", csp="none"),
    Case("a path may report", policy=BY_PATH, path="/new/x", has=(METER_TAG,), report=True),
    Case("a host may be off", policy=BY_PATH, host="old.paper.example", body="same", csp="none"),
    Case("a host may report", policy=BY_PATH, host="www.paper.example:443", has=(METER_TAG,), report=True),
    Case("all else is enforced", policy=BY_PATH, path="/administration", has=HELD),
    Case("a host that the policy does not name", host="preview.test", chunks=(page('<img src="//preview.test/a">'),),
         has=('<img src="//preview.test/a">',)),
    Case("a host that is no host", host="x; script-src *", headers=_csp("script-src 'self' https://x.example; style-src 'none'"),
         has=("<!--wall",)),
    Case("no host at all", host="", has=HELD),
]  # fmt: skip

COLLECTORS = [
    *(Case(f"a refused collector gets nothing: {method} {host}{path}", method=method, path=path, host=host, reaches=False, csp="none",
           body="empty", answer=204, out={"cache-control": ["no-store"]})
      for method, host, path in (
        ("GET", "paper.example", "/metrics/hit"), ("POST", "paper.example", "/metrics/hit?u=1"), ("OPTIONS", "paper.example", "/metrics/"),
        ("HEAD", "paper.example", "/pixel.gif"), ("GET", "paper.example", "//metrics/hit"), ("GET", "paper.example", "/x/../metrics/h"),
        ("GET", "stats.paper.example", "/"), ("PUT", "STATS.paper.example:443", "/any/thing"),
    )),
    Case("an allowed collector is reached", cookie=AUDIENCE, path="/metrics/hit", type="text/plain", body="same", csp="refuse-all"),
    Case("a path beside it is reached", path="/metric", has=HELD),
    Case("a forged choice reaches nothing", cookie="__Host-bd=bad", path="/metrics/hit", reaches=False, body="empty", csp="none",
         answer=204),
]  # fmt: skip

_JS = b"self.onmessage=e=>fetch('https://meter.example')"
WORKERS = [
    *(Case(f"a {kind} carries the reader's policy", cookie=AUDIENCE, type="text/javascript", chunks=(_JS,), body="same",
           request=(("sec-fetch-dest", kind),), headers=(*PUBLIC, ("etag", '"w"')),
           out={"cache-control": ["private, max-age=60"], "vary": ["Cookie, Sec-GPC"], "etag": [suffixed_etag('"w"', _suffix("audience"))]})
      for kind in ("worker", "sharedworker")),
    Case("a service worker's bytes change with policy and choice", cookie=AUDIENCE, type="text/javascript; charset=utf-8", chunks=(_JS,),
         request=(("sec-fetch-dest", "serviceworker"), ("service-worker", "script")),
         body=_JS + f"\n// {_suffix('audience')}\n".encode(), headers=(("last-modified", "x"),),
         out={"content-length": [], "last-modified": []}),
    Case("known by its header alone, encoded", type="application/javascript", chunks=(_gz(_JS),),
         request=(("service-worker", "script"),), headers=(("content-encoding", "gzip"),), cookie=REFUSED,
         body=_JS + f"\n// {_suffix()}\n".encode()),
    Case("in an encoding that cannot be read it stays", type="text/javascript", chunks=(b"\x8b",), body="same",
         request=(("service-worker", "script"),), headers=(("content-encoding", "br"),)),
    Case("an error in its place stays", type="text/plain", status=404, answer=404, chunks=(b"no",), body="same",
         request=(("service-worker", "script"),)),
    Case("HEAD of it stays", type="text/javascript", method="HEAD", chunks=(), body="empty", request=(("service-worker", "script"),)),
    Case("a UTF-16 script stays", type="text/javascript; charset=utf-16", chunks=(_JS,), body="same",
         request=(("service-worker", "script"),)),
    Case("a worker in report mode", policy=REPORT, type="text/javascript", chunks=(_JS,), body="same", report=True,
         request=(("sec-fetch-dest", "worker"),)),
    Case("a worker's page of errors is no page", type=HTML, status=500, answer=500, body="same", request=(("sec-fetch-dest", "worker"),)),
    Case("a script that is no worker", type="text/javascript", chunks=(_JS,), body="same", csp="refuse-all",
         request=(("sec-fetch-dest", "script"),)),
]  # fmt: skip

CASES = [
    *PRIVATE_PAGES,
    *TYPES,
    *BODIES,
    *SHARED_PAGES,
    *EXISTING,
    *HEADERS,
    *COOKIES,
    *CONDITIONAL,
    *MODES,
    *COLLECTORS,
    *WORKERS,
]
