"""Conditional requests: what a browser holds already."""

from __future__ import annotations

from bandeau.enforcement.headers import suffixed_etag
from tests.web.gateway.case import Case
from tests.web.gateway.cases.common import AUDIENCE, DOCUMENT, PUBLIC, suffix

_V1 = suffixed_etag('"v1"', suffix("audience"))
_OLD = suffixed_etag('"v1"', suffix())
_SHARED_V1 = 'W/"v1-bd5.s"'
CONDITIONAL = [
    Case(
        "the application is asked about its own tag",
        cookie=AUDIENCE,
        request=(*DOCUMENT, ("if-none-match", _V1)),
        seen={"if-none-match": '"v1"'},
    ),
    Case(
        "a page of another choice is not confirmed",
        cookie=AUDIENCE,
        request=(*DOCUMENT, ("if-none-match", _OLD)),
        seen={"if-none-match": None},
    ),
    Case(
        "a page from before Bandeau is not confirmed",
        request=(*DOCUMENT, ("if-none-match", '"v1"')),
        seen={"if-none-match": None},
    ),
    Case(
        "nor by its date", request=(*DOCUMENT, ("if-modified-since", "x")), seen={"if-modified-since": None}
    ),
    Case(
        "other files are confirmed as ever",
        type="image/png",
        body="same",
        csp="refuse-all",
        request=(("sec-fetch-dest", "image"), ("if-none-match", '"v1"'), ("if-modified-since", "x")),
        seen={"if-none-match": '"v1"', "if-modified-since": "x"},
    ),
    Case(
        "304 gets the browser's tag back",
        cookie=AUDIENCE,
        request=(*DOCUMENT, ("if-none-match", _V1)),
        status=304,
        type="",
        headers=(("etag", '"v1"'),),
        chunks=(),
        length=False,
        body="empty",
        csp="none",
        answer=304,
        out={"etag": [_V1], "cache-control": ["private, no-cache"], "vary": ["Cookie, Sec-GPC"]},
    ),
    Case(
        "304 of a shared page stays shared",
        request=(*DOCUMENT, ("if-none-match", f'"x", {_SHARED_V1}')),
        status=304,
        type="",
        headers=(("etag", 'W/"v1"'), *PUBLIC),
        chunks=(),
        length=False,
        body="empty",
        csp="none",
        answer=304,
        out={"etag": [_SHARED_V1], "cache-control": ["public, max-age=60"], "vary": []},
        seen={"if-none-match": '"v1"'},
    ),
    Case(
        "304 of a picture stays as it is",
        request=(("if-none-match", '"v1"'),),
        status=304,
        type="",
        headers=(("etag", '"v1"'),),
        chunks=(),
        length=False,
        body="empty",
        csp="none",
        answer=304,
        out={"etag": ['"v1"'], "cache-control": []},
    ),
    Case(
        "the application is asked for what can be read again",
        request=(*DOCUMENT, ("accept-encoding", "gzip, deflate, br, zstd")),
        seen={"accept-encoding": "gzip, deflate"},
    ),
    Case(
        "quality values stay",
        request=(("accept", "text/html"), ("accept-encoding", "br;q=1, gzip;q=0.5")),
        seen={"accept-encoding": "gzip;q=0.5"},
    ),
    Case(
        "when nothing can be read, plain bytes are asked for",
        request=(*DOCUMENT, ("accept-encoding", "br")),
        seen={"accept-encoding": "identity"},
    ),
    Case(
        "other files may come in any encoding",
        type="text/css",
        body="same",
        csp="refuse-all",
        request=(("sec-fetch-dest", "style"), ("accept-encoding", "br")),
        seen={"accept-encoding": "br"},
    ),
]
