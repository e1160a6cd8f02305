"""off, report and enforce, by host and path."""

from __future__ import annotations

from tests.web.gateway.case import METER_TAG, Case, page
from tests.web.gateway.cases.common import BY_PATH, HELD, OFF, PUBLIC, REPORT
from tests.web.gateway.cases.existing import csp

MODES = [
    Case(
        "off changes nothing",
        policy=OFF,
        body="same",
        csp="none",
        headers=(("set-cookie", "_m=1"), ("link", "<//meter.example>; rel=preload")),
        out={"set-cookie": ["_m=1"], "link": ["<//meter.example>; rel=preload"], "cache-control": []},
    ),
    Case(
        "off still keeps what hangs on a choice private",
        policy=OFF,
        body="same",
        csp="none",
        asks="ads",
        headers=PUBLIC,
        out={"cache-control": ["private, max-age=60"]},
    ),
    Case(
        "off lets collectors through",
        policy=OFF,
        path="/metrics/hit",
        type="text/plain",
        body="same",
        csp="none",
    ),
    Case(
        "report holds nothing and says what it would",
        policy=REPORT,
        has=(METER_TAG, "https://evil.example/x.png", "<!--wall"),
        lacks=("data-bd=",),
        report=True,
    ),
    Case(
        "report lets cookies and links through",
        policy=REPORT,
        report=True,
        has=(METER_TAG,),
        headers=(
            ("set-cookie", "_m=1"),
            ("link", "<//meter.example>; rel=preload"),
            ("refresh", "0;url=//evil.example"),
        ),
        out={
            "set-cookie": ["_m=1"],
            "link": ["<//meter.example>; rel=preload"],
            "refresh": ["0;url=//evil.example"],
        },
    ),
    Case(
        "report lets collectors through",
        policy=REPORT,
        path="/metrics/hit",
        type="text/plain",
        body="same",
        csp="refuse-all",
        report=True,
    ),
    Case(
        "report only reports on what cannot be rewritten",
        policy=REPORT,
        headers=(("content-encoding", "br"),),
        body="same",
        csp="refuse-all",
        report=True,
        log="is encoded with",
    ),
    Case(
        "report only reports on other documents",
        policy=REPORT,
        type="image/svg+xml",
        body="same",
        csp="refuse-all",
        report=True,
    ),
    Case("a path may be off", policy=BY_PATH, path="/admin/x", body="same", csp="none"),
    Case("a path of other letters may be off", policy=BY_PATH, path="/été/x", body="same", csp="none"),
    Case("a path may report", policy=BY_PATH, path="/new/x", has=(METER_TAG,), report=True),
    Case("a host may be off", policy=BY_PATH, host="old.paper.example", body="same", csp="none"),
    Case("a host may report", policy=BY_PATH, host="www.paper.example:443", has=(METER_TAG,), report=True),
    Case("all else is enforced", policy=BY_PATH, path="/administration", has=HELD),
    Case(
        "a host that the policy does not name",
        host="preview.test",
        chunks=(page('<img src="//preview.test/a">'),),
        has=('<img src="//preview.test/a">',),
    ),
    Case(
        "a host that is no host",
        host="x; script-src *",
        headers=csp("script-src 'self'; style-src 'none'"),
        has=(*HELD, '<img src="/own.png">'),
        out={
            "content-security-policy": [
                "script-src 'self' 'sha256-FL/t/prCHPV3ujNkJyY9kysNJiMKfNpgPC4mI4r6C4E='; "
                "style-src paper.example/bandeau/",
                "+ours",
            ]
        },
    ),
    Case(
        "a public page asked for under a host that nobody declared is kept out of shared caches",
        host="new-tracker.example",
        headers=(("cache-control", "public, s-maxage=60"),),
        has=(*HELD,),
        out={"cache-control": ["private, no-cache"]},
    ),
    Case("no host at all", host="", has=(*HELD, '<img src="/own.png">')),
]
