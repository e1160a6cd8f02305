"""Headers that would make a browser call somebody, or describe other bytes."""

from __future__ import annotations

from bandeau.enforcement.headers import suffixed_etag
from tests.web.gateway.case import Case
from tests.web.gateway.cases.common import AUDIENCE, PUBLIC, REFUSED, suffix

HEADERS = [
    Case(
        "refused preloads are dropped from Link",
        headers=(("Link", "<https://meter.example/m.js>; rel=preload, </a.css>; rel=preload"),),
        out={"link": ["</a.css>; rel=preload"]},
    ),
    Case(
        "allowed preloads stay",
        cookie=AUDIENCE,
        headers=(("link", "<https://meter.example/m.js>; rel=preload"),),
        out={"link": ["<https://meter.example/m.js>; rel=preload"]},
    ),
    Case(
        "on a shared page nobody preloads it",
        cookie=AUDIENCE,
        csp="none",
        headers=(*PUBLIC, ("link", "<https://meter.example/m.js>; rel=preload")),
        out={"link": []},
    ),
    Case(
        "several Link headers",
        headers=(("link", "<//meter.example>; rel=preconnect"), ("link", "<b>; rel=preload")),
        out={"link": ["<b>; rel=preload"]},
    ),
    Case(
        "Link on a picture is gated too",
        type="image/png",
        body="same",
        csp="refuse-all",
        headers=(("link", "<//meter.example>; rel=preconnect"),),
        out={"link": []},
    ),
    Case(
        "Link on a redirect is gated too",
        status=301,
        body="same",
        csp="none",
        answer=301,
        headers=(("location", "/x"), ("link", "<//meter.example>; rel=preconnect")),
        out={"link": []},
    ),
    Case(
        "a refresh to a third party goes",
        headers=(("refresh", "0; url=https://evil.example/"),),
        out={"refresh": []},
    ),
    Case("a refresh to the site stays", headers=(("refresh", "0; url=/b"),), out={"refresh": ["0; url=/b"]}),
    Case(
        "speculation rules go", headers=(("speculation-rules", '"/r.json"'),), out={"speculation-rules": []}
    ),
    Case(
        "reports to third parties go",
        headers=(("reporting-endpoints", 'a="https://evil.example/"'), ("nel", '{"report_to":"a"}')),
        out={"reporting-endpoints": [], "nel": []},
    ),
    Case(
        "old reports to third parties go",
        headers=(("report-to", '{"endpoints":[{"url":"https://evil.example/"}]}'),),
        out={"report-to": []},
    ),
    Case(
        "DNS prefetching is switched off",
        headers=(("X-DNS-Prefetch-Control", "on"),),
        out={"x-dns-prefetch-control": ["off"]},
    ),
    Case(
        "what describes the old bytes goes",
        headers=(
            ("content-md5", "x"),
            ("digest", "x"),
            ("repr-digest", "x"),
            ("accept-ranges", "bytes"),
            ("last-modified", "x"),
        ),
        out={"content-md5": [], "digest": [], "repr-digest": [], "accept-ranges": [], "last-modified": []},
    ),
    Case(
        "what describes other bytes stays",
        type="image/png",
        body="same",
        csp="refuse-all",
        headers=(("content-md5", "x"), ("accept-ranges", "bytes"), ("last-modified", "x"), ("etag", '"a"')),
        out={
            "x-dns-prefetch-control": [],
            "content-md5": ["x"],
            "accept-ranges": ["bytes"],
            "last-modified": ["x"],
            "etag": ['"a"'],
        },
    ),
    Case(
        "an entity tag is marked by the choice",
        cookie=AUDIENCE,
        headers=(("ETag", '"v1"'),),
        out={"etag": [suffixed_etag('"v1"', suffix("audience"))]},
    ),
    Case(
        "another choice marks it otherwise",
        cookie=REFUSED,
        headers=(("ETag", 'W/"v1"'),),
        out={"etag": [suffixed_etag('"v1"', suffix())]},
    ),
    Case(
        "other headers pass in order",
        headers=(("X-B", "1"), ("X-A", "2"), ("x-b", "3")),
        out={"x-b": ["1", "3"], "x-a": ["2"]},
    ),
    Case(
        "hop-by-hop headers are not ours",
        type="image/png",
        body="same",
        csp="refuse-all",
        headers=(("connection", "close"),),
        out={"connection": ["close"]},
    ),
    Case("headers of other letters pass", headers=(("x-name", "\xe9t\xe9"),), out={"x-name": ["\xe9t\xe9"]}),
    Case("Vary * stays", headers=(("vary", "*"),), out={"vary": ["*"]}),
    Case(
        "Vary is completed",
        headers=(("vary", "Accept-Encoding"), ("Vary", "cookie")),
        out={"vary": ["Accept-Encoding, cookie, Sec-GPC"]},
    ),
    Case(
        "a broken Cache-Control is private",
        headers=(("cache-control", ',,=;"'),),
        out={"vary": ["Cookie, Sec-GPC"]},
    ),
]
