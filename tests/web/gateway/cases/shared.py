"""Pages that are the same for everybody, and what makes them private."""

from __future__ import annotations

from bandeau.core.policy import Mode
from tests.enforcement.sample import with_enforce
from tests.web.gateway.case import HELD_TAG, METER_TAG, Case
from tests.web.gateway.cases.common import (
    ACCEPTED,
    AUDIENCE,
    HELD,
    INSERTED,
    PRIVATE,
    PUBLIC,
    REFUSED,
    SHARED,
)

SHARED_PAGES = [
    *(
        Case(
            f"a public page is the same for everybody: {who}",
            cookie=cookie,
            headers=PUBLIC,
            csp="none",
            has=(HELD_TAG + "<script>bd.r()</script>", "<!--wall all en+shared-->"),
            lacks=(METER_TAG,),
            out={"cache-control": ["public, max-age=60"], "vary": [], "content-security-policy": []},
        )
        for who, cookie in (
            ("no choice", ""),
            ("refused", REFUSED),
            ("accepted", ACCEPTED),
            ("forged", "__Host-bd=bad"),
        )
    ),
    Case(
        "s-maxage is public too", headers=(("cache-control", "s-maxage=9"),), csp="none", has=("en+shared",)
    ),
    Case(
        "a public page may vary by other things",
        headers=(*PUBLIC, ("vary", "Accept-Language")),
        csp="none",
        out={"vary": ["Accept-Language"]},
        has=("en+shared",),
    ),
    Case(
        "private wins over public",
        headers=(("cache-control", "public, private"),),
        has=("<!--wall 21 en-->",),
    ),
    Case(
        "no-store is not shared",
        headers=(("cache-control", "no-store, public"),),
        out={"cache-control": ["private, no-store"]},
    ),
    Case(
        "max-age alone is private",
        headers=(("cache-control", "max-age=9"),),
        out={"cache-control": ["private, max-age=9"]},
    ),
    Case(
        "cache = shared shares what says nothing",
        policy=SHARED,
        csp="none",
        has=("en+shared",),
        out={"cache-control": []},
    ),
    Case(
        "cache = shared respects private",
        policy=SHARED,
        headers=(("cache-control", "private"),),
        has=("<!--wall 21 en-->",),
    ),
    Case(
        "cache = private shares nothing",
        policy=PRIVATE,
        headers=PUBLIC,
        has=("<!--wall 21 en-->",),
        out={"cache-control": ["private, max-age=60"]},
    ),
    Case(
        "asking for a decision makes a public page private",
        headers=PUBLIC,
        asks="audience",
        cookie=AUDIENCE,
        has=(METER_TAG,),
        out={"cache-control": ["private, max-age=60"], "vary": ["Cookie, Sec-GPC"]},
    ),
    Case(
        "a refusal that was asked for makes it private too",
        headers=PUBLIC,
        asks="ads",
        cookie=REFUSED,
        has=HELD,
    ),
    Case(
        "a cookie that hangs on the choice makes it private",
        headers=(*PUBLIC, ("set-cookie", "_m=1")),
        cookie=AUDIENCE,
        out={"set-cookie": ["_m=1"], "cache-control": ["private, max-age=60"]},
    ),
    Case(
        "a refused cookie makes it private as well",
        headers=(*PUBLIC, ("set-cookie", "_m=1")),
        cookie=REFUSED,
        out={"set-cookie": [], "cache-control": ["private, max-age=60"]},
    ),
    Case(
        "a necessary cookie does not",
        headers=(*PUBLIC, ("set-cookie", "sessionid=1")),
        csp="none",
        out={"set-cookie": ["sessionid=1"], "cache-control": ["public, max-age=60"]},
    ),
    Case(
        "refused cookies are not swept on a shared page",
        headers=PUBLIC,
        cookie="_m=1",
        csp="none",
        out={"set-cookie": []},
    ),
    Case(
        "trusted types make it private",
        headers=(*PUBLIC, ("content-security-policy", "require-trusted-types-for 'script'")),
        has=("<!--wall 21 en-->",),
        out={"cache-control": ["private, max-age=60"]},
    ),
    Case(
        "strict-dynamic without a nonce makes it private",
        headers=(*PUBLIC, ("content-security-policy", "script-src 'strict-dynamic' 'sha256-x='")),
        has=("<!--wall 21 en-->",),
    ),
    Case(
        "a public fragment is closed, for nothing in it puts up a wall",
        headers=PUBLIC,
        chunks=(f"<p>{METER_TAG}</p>".encode(),),
        has=(HELD_TAG,),
        lacks=INSERTED,
        csp="refuse-all",
    ),
    Case(
        "markup that a script asks for gets no wall",
        request=(("sec-fetch-dest", "empty"),),
        lacks=INSERTED,
        chunks=(f"<p>{METER_TAG}</p>".encode(),),
        has=(HELD_TAG,),
    ),
    Case(
        "the same without fetch metadata",
        request=(("x-requested-with", "XMLHttpRequest"),),
        lacks=INSERTED,
        chunks=(f"<p>{METER_TAG}</p>".encode(),),
        has=(HELD_TAG,),
    ),
    Case(
        "a whole document that a script asks for is a page", request=(("sec-fetch-dest", "empty"),), has=HELD
    ),
    Case(
        "a public entity tag is marked",
        headers=(*PUBLIC, ("etag", '"v1"')),
        csp="none",
        out={"etag": ['W/"v1-bd5.s"']},
    ),
    Case(
        "a shared page in report mode",
        policy=with_enforce(mode=Mode.REPORT),
        headers=PUBLIC,
        csp="none",
        has=(METER_TAG, "en+shared"),
        lacks=("bd.r()",),
    ),
    Case(
        "caches of others are told nothing of a private page",
        headers=(
            ("surrogate-control", "max-age=9"),
            ("cdn-cache-control", "max-age=9"),
            ("x-cdn-cache-control", "x"),
        ),
        out={"surrogate-control": [], "cdn-cache-control": [], "x-cdn-cache-control": []},
    ),
    Case(
        "Expires counts as freshness",
        headers=(("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),),
        out={"cache-control": ["private"]},
    ),
    Case(
        "a private answer of any type says so when it was asked",
        type="application/json",
        asks="ads",
        body="same",
        csp="refuse-all",
        headers=PUBLIC,
        out={"cache-control": ["private, max-age=60"], "vary": ["Cookie, Sec-GPC"]},
    ),
    Case(
        "a redirect that hangs on the choice is private",
        status=302,
        headers=(("location", "/x"),),
        asks="ads",
        body="same",
        csp="none",
        answer=302,
        out={"cache-control": ["private, no-cache"]},
    ),
    Case(
        "an answer without a body too",
        status=204,
        type="",
        chunks=(),
        length=False,
        asks="ads",
        body="empty",
        csp="none",
        answer=204,
        out={"cache-control": ["private, no-cache"]},
    ),
]
