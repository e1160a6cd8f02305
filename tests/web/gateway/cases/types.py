"""What is a page of ours, and what is not."""

from __future__ import annotations

from tests.web.gateway.case import HELD_TAG, METER_TAG, PAGE, Case, page
from tests.web.gateway.cases.common import HELD, UNTOUCHED_LOG

TYPES = [
    *(
        Case(f"a page of type {kind!r}", type=kind, has=HELD)
        for kind in (
            "text/html",
            "TEXT/HTML",
            "text/html;charset=utf-8",
            "text/html ; charset=UTF-8",
            'text/html; charset="utf-8"',
            "text/html; charset=iso-8859-1",
            "text/html; charset=windows-1252",
            "text/html; charset=shift_jis",
            "text/html; foo=bar; charset=utf-8",
            "text/plain, text/html",
            "broken, text/html",
            "text/html, */*",
        )
    ),
    *(
        Case(
            f"{kind!r} is no page of ours",
            type=kind,
            body="same",
            csp="refuse-all",
            out={"cache-control": [], "vary": []},
        )
        for kind in (
            "text/plain",
            "application/json",
            "image/svg+xml",
            "application/xml",
            "text/xml",
            "text/xsl",
            "image/png",
            "application/pdf",
            "text/css",
            "text/javascript",
            "application/octet-stream",
            "multipart/form-data; boundary=x",
            "text/html, text/plain",
            "texthtml",
            "text/html+x",
            "",
            ";",
            "*/*",
            "text/event-stream",
            "video/mp4",
            "font/woff2",
            "application/manifest+json",
            "application/rss+xml",
            "text/vtt",
            "application/ld+json",
            "text/markdown",
        )
    ),
    *(
        Case(
            f"markup in {kind!r} stays as it is", type=kind, body="same", csp="refuse-all", log=UNTOUCHED_LOG
        )
        for kind in (
            "text/html; charset=utf-16",
            "text/html; charset=utf-16le",
            "text/html; charset=iso-2022-jp",
            "text/html; charset=utf-7",
            "text/html; charset=hz-gb-2312",
            "application/xhtml+xml",
            "application/xhtml+xml; charset=utf-8",
        )
    ),
    Case(
        "UTF-16 is known by its mark",
        chunks=(b"\xff\xfe" + PAGE.decode().encode("utf-16-le"),),
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
    ),
    Case(
        "UTF-16 without a mark is known by its zeros",
        type="text/html",
        chunks=(PAGE.decode().encode("utf-16-le"),),
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
    ),
    Case(
        "a mark of UTF-8 comes before a wrong header",
        type="text/html; charset=utf-16",
        chunks=(b"\xef\xbb\xbf" + PAGE,),
        has=HELD,
    ),
    Case(
        "ISO-2022-JP is known by its meta",
        type="text/html",
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
        chunks=(page(METER_TAG, head='<meta charset="iso-2022-jp">'),),
    ),
    Case(
        "ISO-2022-JP is known by its escapes",
        type="text/html",
        body="same",
        csp="refuse-all",
        log=UNTOUCHED_LOG,
        chunks=(page("\x1b$B!y\x1b(B" + METER_TAG),),
    ),
    Case(
        "what the page declares is said in the head",
        type="text/html",
        has=HELD,
        out={"content-type": ["text/html; charset=utf-8"]},
    ),
    Case(
        "what the page declares late in its head is said too",
        type="text/html",
        chunks=(page(METER_TAG, head=f'<meta name="d" content="{"x" * 3000}"><meta charset="koi8-r">'),),
        has=(HELD_TAG,),
        out={"content-type": ["text/html; charset=koi8-r"]},
    ),
    Case(
        "where the head says the charset, an escape later is only text",
        type="text/html",
        chunks=(PAGE, b"<p>\x1b$B</p>" + METER_TAG.encode()),
        streamed=True,
        has=(*HELD, "\x1b$B", HELD_TAG),
    ),
    Case(
        "a guess is not said in the head",
        type="text/html",
        chunks=(page(METER_TAG),),
        has=(HELD_TAG,),
        out={"content-type": ["text/html"]},
    ),
    Case(
        "a list of types receives no charset",
        type="text/html, */*",
        has=HELD,
        out={"content-type": ["text/html, */*"]},
    ),
    Case(
        "a wrong label changes no other byte",
        chunks=(page(METER_TAG + "é").replace("é".encode(), b"\xe9"),),
        has=(HELD_TAG,),
    ),
    Case(
        "AMP stays as it is",
        chunks=(page(METER_TAG, attributes=" amp"),),
        body="same",
        csp="refuse-all",
        log="AMP",
    ),
    Case(
        "AMP with its lightning stays as it is",
        chunks=(page(METER_TAG, attributes=' ⚡ lang="en"'),),
        body="same",
        csp="refuse-all",
        log="AMP",
    ),
    Case(
        "a page about amplifiers is a page",
        chunks=(page(METER_TAG, attributes=' data-amp="amp" lang=en'),),
        has=(HELD_TAG,),
    ),
    Case(
        "a download of markup stays as it is",
        headers=(("content-disposition", ' Attachment ; filename="a.html"'),),
        body="same",
        csp="refuse-all",
    ),
    Case("markup shown in place is a page", headers=(("content-disposition", "inline"),), has=HELD),
    Case(
        "several types: the last counts",
        type="text/plain",
        headers=(("Content-Type", "text/html"),),
        has=HELD,
    ),
]
