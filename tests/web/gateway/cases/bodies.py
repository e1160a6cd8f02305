"""Bodies in pieces, encoded, broken, large and empty."""

from __future__ import annotations

import zlib

from bandeau.enforcement.headers import suffixed_etag
from tests.enforcement.sample import compiled, visit
from tests.web.gateway.case import HELD_TAG, HTML, METER_TAG, PAGE, Case, page
from tests.web.gateway.cases.common import (
    AUDIENCE,
    HELD,
    PUBLIC,
    SMALL_CAP,
    UNTOUCHED_LOG,
    cut,
    gz,
    raw_deflate,
)

BODIES = [
    Case("an empty page stays empty", chunks=(b"",), body="empty"),
    Case("no chunk at all", chunks=(), body="empty"),
    Case("an empty stream", chunks=(), streamed=True, body="empty"),
    *(
        Case(
            f"a stream cut after every {size} bytes",
            chunks=cut(PAGE, size),
            streamed=True,
            has=HELD,
            out={"content-length": []},
        )
        for size in (1, 2, 3, 5, 7, 13, 64, 1000)
    ),
    *(
        Case(
            f"pieces of {size} bytes with a length",
            chunks=cut(PAGE, size),
            has=HELD,
            out={"content-length": []},
        )
        for size in (1, 11, 100)
    ),
    Case("empty chunks in between", chunks=(b"", PAGE[:40], b"", PAGE[40:], b""), streamed=True, has=HELD),
    Case(
        "a tag without an end is no tag to any browser",
        chunks=(page()[:-20] + b"<img src='https://meter.example/x",),
        has=("<img src='https://meter",),
    ),
    Case(
        "an open script is held",
        chunks=(page()[:-20] + b"<script src='https://meter.example/x'>a",),
        has=("data-bd-src='https://meter",),
    ),
    Case("a large page", chunks=(page("<p>text</p>" * 60_000 + METER_TAG),), has=(HELD_TAG,)),
    Case(
        "a large page in large pieces",
        chunks=cut(page("<p>text</p>" * 60_000 + METER_TAG), 300_000),
        streamed=True,
        has=(HELD_TAG,),
    ),
    Case(
        "binary under the name of markup", chunks=(bytes(range(1, 256)) * 20,), type=HTML, has=("<!--wall ",)
    ),
    Case("a page without a length", length=False, has=HELD),
    Case(
        "a page above the cap stays as it is",
        policy=SMALL_CAP,
        body="same",
        csp="refuse-all",
        log="max_body_bytes",
    ),
    Case("a page below the cap", policy=SMALL_CAP, chunks=(b"<p>short",), has=("<p>short",)),
    *(
        Case(
            f"{coding} is read and written again",
            headers=(("content-encoding", coding.split()[0]),),
            chunks=(body,),
            has=HELD,
            out={"content-encoding": [coding.split()[0]]},
        )
        for coding, body in (
            ("gzip", gz(PAGE)),
            ("gzip in two members", gz(PAGE[:200]) + gz(PAGE[200:])),
            ("deflate", zlib.compress(PAGE)),
        )
    ),
    *(
        Case(
            f"gzip cut after every {size} bytes",
            headers=(("content-encoding", "gzip"),),
            chunks=cut(gz(PAGE), size),
            streamed=True,
            has=HELD,
        )
        for size in (1, 10, 100)
    ),
    Case(
        "a short page in pieces",
        chunks=(b"<p>Hello", b" world"),
        has=("<p>Hello world",),
        out={"content-length": []},
    ),
    Case(
        "what is found unreadable after some pieces",
        type="text/html",
        chunks=cut(PAGE.decode().encode("utf-16-le"), 70),
        streamed=True,
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
    ),
    Case(
        "an encoding in other letters",
        headers=(("content-encoding", " GZip "),),
        chunks=(gz(PAGE),),
        has=HELD,
    ),
    Case("a page as large as the cap", policy=SMALL_CAP, chunks=(b"<p>" + b"x" * 97,), has=("xxx",)),
    Case("identity is no encoding", headers=(("content-encoding", "identity"),), has=HELD),
    Case(
        "a raw deflate is read too",
        headers=(("content-encoding", "deflate"),),
        chunks=(raw_deflate(PAGE),),
        has=HELD,
    ),
    *(
        Case(
            f"{coding} stays as it is",
            headers=(("content-encoding", coding),),
            chunks=(b"\x8b\x01",),
            body="same",
            csp="refuse-all",
            log="is encoded with",
        )
        for coding in ("br", "zstd", "gzip, gzip", "compress", "nonsense")
    ),
    Case(
        "what cannot be read is as private as any page",
        headers=(("content-encoding", "br"),),
        cookie="_m=1",
        body="same",
        csp="refuse-all",
        log="is encoded with",
        out={"cache-control": ["private, no-cache"], "vary": ["Cookie, Sec-GPC"]},
    ),
    Case(
        "a public page that cannot be read stays public",
        headers=(("content-encoding", "br"), *PUBLIC),
        body="same",
        csp="refuse-all",
        log="is encoded with",
        out={"cache-control": ["public, max-age=60"], "vary": []},
    ),
    Case(
        "a broken gzip stays as it is",
        headers=(("content-encoding", "gzip"),),
        chunks=(b"not gzip",),
        body="same",
        csp="refuse-all",
        log="broken gzip",
    ),
    Case(
        "a gzip cut short stays as it is",
        headers=(("content-encoding", "gzip"),),
        chunks=(gz(PAGE)[:-9],),
        body="same",
        csp="refuse-all",
        log="too early",
    ),
    Case(
        "a bomb stays as it is",
        headers=(("content-encoding", "gzip"),),
        chunks=(gz(b"\0" * 30_000_000),),
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
    ),
    Case(
        "a gzip larger than the cap when decoded",
        policy=SMALL_CAP,
        headers=(("content-encoding", "gzip"),),
        chunks=(gz(b"<p>" * 100),),
        body="same",
        csp="refuse-all",
        log="max_body_bytes when decoded",
    ),
    Case(
        "gzip of a picture is not looked at",
        type="image/svg+xml",
        headers=(("content-encoding", "gzip"),),
        chunks=(b"whatever",),
        body="same",
        csp="refuse-all",
    ),
    Case(
        "a part of a page stays as it is",
        status=206,
        headers=(("content-range", "bytes 0-9/99"),),
        body="same",
        csp="refuse-all",
        log="part of a page",
        answer=206,
    ),
    Case(
        "a part that calls itself whole",
        headers=(("content-range", "bytes 0-9/99"),),
        body="same",
        csp="refuse-all",
        log="part of a page",
    ),
    Case(
        "a part of a picture",
        status=206,
        type="image/png",
        headers=(("content-range", "bytes 0-9/99"),),
        body="same",
        csp="refuse-all",
        answer=206,
    ),
    Case(
        "HEAD of a page has its headers and no body",
        method="HEAD",
        chunks=(),
        body="empty",
        headers=(("etag", '"a"'),),
        out={
            "content-length": [],
            "etag": [suffixed_etag('"a"', compiled().private_suffix(visit("audience")))],
        },
        cookie=AUDIENCE,
    ),
    Case("HEAD of a picture", method="HEAD", type="image/png", chunks=(), body="empty", csp="refuse-all"),
    Case(
        "204 stays as it is",
        status=204,
        type="",
        chunks=(),
        length=False,
        body="empty",
        csp="none",
        answer=204,
    ),
    Case(
        "205 stays as it is",
        status=205,
        type="",
        chunks=(),
        length=False,
        body="empty",
        csp="none",
        answer=205,
    ),
    Case(
        "a redirect stays as it is",
        status=302,
        headers=(("location", "https://evil.example/"),),
        chunks=(b"<a>moved</a>",),
        body="same",
        csp="none",
        answer=302,
        out={"location": ["https://evil.example/"]},
    ),
    *(
        Case(
            f"{status} with a target is shown as a page",
            status=status,
            headers=(("location", "/x"),),
            has=HELD,
            answer=status,
        )
        for status in (300, 305, 306, 309, 399)
    ),
    Case("a redirect without a target is a page", status=302, has=HELD, answer=302),
    Case(
        "events are streamed as they come",
        type="text/event-stream",
        chunks=(b"data: 1\n\n", b"data: 2\n\n"),
        streamed=True,
        body="same",
        csp="refuse-all",
    ),
]
