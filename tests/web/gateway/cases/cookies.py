"""Cookies that are set, dropped and swept."""

from __future__ import annotations

from tests.web.gateway.case import METER_TAG, Case
from tests.web.gateway.cases.common import AUDIENCE, REFUSED, REPORT, STRICT_COOKIES

COOKIES = [
    Case(
        "refused cookies are dropped, others stay in order",
        headers=(
            ("set-cookie", "sessionid=1; Path=/"),
            ("set-cookie", "_m=2"),
            ("set-cookie", "x=3"),
            ("Set-Cookie", "_m_9=4"),
            ("set-cookie", "csrftoken=5"),
        ),
        out={"set-cookie": ["sessionid=1; Path=/", "x=3", "csrftoken=5"]},
    ),
    Case(
        "allowed cookies stay",
        cookie=AUDIENCE,
        headers=(("set-cookie", "_m=2"),),
        out={"set-cookie": ["_m=2"]},
    ),
    Case(
        "undeclared cookies can be blocked",
        policy=STRICT_COOKIES,
        headers=(("set-cookie", "x=3"),),
        out={"set-cookie": []},
    ),
    Case(
        "a deletion passes",
        headers=(("set-cookie", "_m=; Max-Age=0"),),
        out={"set-cookie": ["_m=; Max-Age=0"]},
    ),
    Case(
        "our own cookies pass",
        headers=(("set-cookie", "__Host-bd=1; Path=/"),),
        out={"set-cookie": ["__Host-bd=1; Path=/"]},
    ),
    Case("a cookie without a name passes", headers=(("set-cookie", "value"),), out={"set-cookie": ["value"]}),
    Case(
        "cookies on a picture are gated",
        type="image/gif",
        body="same",
        csp="refuse-all",
        headers=(("set-cookie", "_m=2"),),
        out={"set-cookie": [], "cache-control": ["private, no-cache"]},
    ),
    Case(
        "cookies on a redirect are gated",
        status=302,
        body="same",
        csp="none",
        answer=302,
        headers=(("location", "/"), ("set-cookie", "_m=2"), ("set-cookie", "sessionid=1")),
        out={"set-cookie": ["sessionid=1"]},
    ),
    Case(
        "a prefetch gets no cookie that needs consent",
        cookie=AUDIENCE,
        request=(("sec-purpose", "prefetch"),),
        headers=(("set-cookie", "_m=2"), ("set-cookie", "sessionid=1")),
        out={"set-cookie": ["sessionid=1"], "cache-control": ["private, no-store"]},
    ),
    Case(
        "a prerender neither",
        cookie=AUDIENCE,
        request=(("sec-purpose", "prefetch;prerender"),),
        headers=(("set-cookie", "_m=2"),),
        out={"set-cookie": []},
    ),
    Case(
        "the older name of a prefetch",
        cookie=AUDIENCE,
        request=(("purpose", "Prefetch"),),
        headers=(("set-cookie", "_m=2"),),
        out={"set-cookie": []},
    ),
    Case(
        "a refused cookie of the request is swept",
        cookie=f"{REFUSED}; _m=1; sessionid=2",
        path="/a",
        out={
            "set-cookie": [
                f"_m=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path={path}{domain}; Secure"
                for path in ("/", "/a")
                for domain in ("; Domain=paper.example", "")
            ]
        },
    ),
    Case("an allowed cookie of the request is not", cookie=f"{AUDIENCE}; _m=1", out={"set-cookie": []}),
    Case("an undeclared cookie of the request is not", cookie="x=1", out={"set-cookie": []}),
    Case(
        "nothing is swept with a picture",
        cookie="_m=1",
        type="image/png",
        body="same",
        csp="refuse-all",
        out={"set-cookie": []},
    ),
    Case(
        "nothing is swept in report mode",
        cookie="_m=1",
        policy=REPORT,
        has=(METER_TAG,),
        report=True,
        out={"set-cookie": []},
    ),
]
