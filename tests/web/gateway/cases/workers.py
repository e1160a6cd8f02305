"""Scripts of workers and service workers."""

from __future__ import annotations

from bandeau.enforcement.headers import suffixed_etag
from tests.web.gateway.case import HTML, Case
from tests.web.gateway.cases.common import AUDIENCE, PUBLIC, REFUSED, REPORT, gz, suffix

_JS = b"self.onmessage=e=>fetch('https://meter.example')"
WORKERS = [
    *(
        Case(
            f"a {kind} carries the reader's policy",
            cookie=AUDIENCE,
            type="text/javascript",
            chunks=(_JS,),
            body="same",
            request=(("sec-fetch-dest", kind),),
            headers=(*PUBLIC, ("etag", '"w"')),
            out={
                "cache-control": ["private, max-age=60"],
                "vary": ["Cookie, Sec-GPC"],
                "etag": [suffixed_etag('"w"', suffix("audience"))],
            },
        )
        for kind in ("worker", "sharedworker")
    ),
    Case(
        "a service worker's bytes change with policy and choice",
        cookie=AUDIENCE,
        type="text/javascript; charset=utf-8",
        chunks=(_JS,),
        request=(("sec-fetch-dest", "serviceworker"), ("service-worker", "script")),
        body=_JS + f"\n// {suffix('audience')}\n".encode(),
        headers=(("last-modified", "x"),),
        out={"content-length": [], "last-modified": []},
    ),
    Case(
        "known by its header alone, encoded",
        type="application/javascript",
        chunks=(gz(_JS),),
        request=(("service-worker", "script"),),
        headers=(("content-encoding", "gzip"),),
        cookie=REFUSED,
        body=_JS + f"\n// {suffix()}\n".encode(),
    ),
    Case(
        "in an encoding that cannot be read it stays",
        type="text/javascript",
        chunks=(b"\x8b",),
        body="same",
        request=(("service-worker", "script"),),
        headers=(("content-encoding", "br"),),
    ),
    Case(
        "an error in its place stays",
        type="text/plain",
        status=404,
        answer=404,
        chunks=(b"no",),
        body="same",
        request=(("service-worker", "script"),),
    ),
    Case(
        "HEAD of it stays",
        type="text/javascript",
        method="HEAD",
        chunks=(),
        body="empty",
        request=(("service-worker", "script"),),
    ),
    Case(
        "a UTF-16 script stays",
        type="text/javascript; charset=utf-16",
        chunks=(_JS,),
        body="same",
        request=(("service-worker", "script"),),
    ),
    Case(
        "a worker in report mode",
        policy=REPORT,
        type="text/javascript",
        chunks=(_JS,),
        body="same",
        report=True,
        request=(("sec-fetch-dest", "worker"),),
    ),
    Case(
        "a worker's page of errors is no page",
        type=HTML,
        status=500,
        answer=500,
        body="same",
        request=(("sec-fetch-dest", "worker"),),
    ),
    Case(
        "a script that is no worker",
        type="text/javascript",
        chunks=(_JS,),
        body="same",
        csp="refuse-all",
        request=(("sec-fetch-dest", "script"),),
    ),
]
