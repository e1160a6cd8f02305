"""Pages that are made for one reader."""

from __future__ import annotations

from tests.web.gateway.case import HELD_TAG, METER_TAG, Case, page
from tests.web.gateway.cases.common import (
    ACCEPTED,
    AUDIENCE,
    ENFORCED_AND_PRIVATE,
    HELD,
    INSERTED,
    LENIENT,
    NO_GPC,
    REFUSED,
)

PRIVATE_PAGES = [
    Case(
        "no choice: everything that needs consent is held",
        has=HELD,
        lacks=(METER_TAG,),
        out=ENFORCED_AND_PRIVATE,
    ),
    Case("a refusal holds the same", cookie=REFUSED, has=HELD, lacks=(METER_TAG,)),
    Case(
        "a choice that cannot be trusted holds the same", cookie="__Host-bd=bad", has=HELD, lacks=(METER_TAG,)
    ),
    Case(
        "a choice sent twice holds the same", cookie=f"{ACCEPTED}; {ACCEPTED}", has=HELD, lacks=(METER_TAG,)
    ),
    Case(
        "an allowed tag stays in place",
        cookie=AUDIENCE,
        has=(METER_TAG, 'data-bd="?"', *INSERTED),
        lacks=(HELD_TAG,),
    ),
    Case(
        "an allowed embed stays in place",
        cookie="__Host-bd=social",
        has=('src="https://player.example/v/1"', HELD_TAG),
    ),
    Case(
        "what nobody declared is held even when all is accepted",
        cookie=ACCEPTED,
        has=(METER_TAG, 'data-bd="?"'),
    ),
    Case(
        "undeclared hosts may pass and are reported",
        policy=LENIENT,
        has=('src="https://evil.example/x.png"', HELD_TAG),
    ),
    Case("no release point stands in a private page", lacks=("bd.r()",)),
    Case("GPC refuses what nobody answered", request=(("sec-gpc", "1"),), has=HELD),
    Case("Vary names Sec-GPC only when a purpose honours it", policy=NO_GPC, out={"vary": ["Cookie"]}),
    Case("the page's language is taken from its markup", has=("<!--wall 21 en-->",)),
    Case(
        "Content-Language comes first",
        headers=(("content-language", "fr-FR, en"),),
        has=("<!--wall 21 fr-->",),
    ),
    Case(
        "an unknown language falls back to the site's",
        chunks=(page(attributes=' lang="de"'),),
        has=("<!--wall 21 fr-->",),
    ),
    Case(
        "a language without quotes is read",
        chunks=(page(attributes=" class=x lang=en"),),
        has=("<!--wall 21 en-->",),
    ),
    Case("the answer to a POST says so", method="POST", has=("en+posted",)),
    Case("a page that never mentions HTML is a page", chunks=(b"Hello",), has=("Hello", *INSERTED)),
    Case(
        "an inline script is known by its marks",
        chunks=(page("<script>meterQueue.push(1)</script>"),),
        has=('<script data-bd="meter" type="text/plain">meterQueue',),
    ),
    Case(
        "a first-party collector is held in the markup",
        chunks=(page('<img src="/pixel.gif">'),),
        has=('data-bd="own-count"', 'data-bd-src="/pixel.gif"'),
    ),
    Case("a page under a query", path="/news/a?https://evil.example/", has=HELD),
    Case("a page under a path of other letters", path="/été/<x>", has=HELD),
    Case("an error page is a page", status=404, has=HELD, answer=404),
    Case("a server error is a page", status=500, has=HELD, answer=500),
    Case(
        "a 401 is a page",
        status=401,
        headers=(("www-authenticate", "Basic"),),
        out={"www-authenticate": ["Basic"]},
    ),
    Case("an unusual status is passed on", status=299, has=HELD, answer=299),
]
