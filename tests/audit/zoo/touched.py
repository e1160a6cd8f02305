"""Breaches that wait until the reader touches something, and channels that few pages know."""

from __future__ import annotations

from .rules import Rule
from .specimen import Answer, Specimen, Truth, script

_SCRIPT = "text/javascript"


def _early(name: str, what: str, body: str, **more: object) -> Specimen:
    given = {"rule": Rule.CALL_BEFORE, **more}
    return Specimen(name=name, what=what, body=body, **given)  # type: ignore[arg-type]


TOUCHED = (
    _early(
        "on-click",
        "a pixel at the first click anywhere on the page",
        script("addEventListener('click',()=>{new Image().src='https://@@/p.gif'},{once:true})"),
        purpose="audience",
    ),
    _early(
        "on-key",
        "a beacon at the first key",
        script("addEventListener('keydown',()=>navigator.sendBeacon('https://@@/k','v'),{once:true})"),
    ),
    _early(
        "ping",
        "links that tell somebody that they were followed",
        script("for(const a of document.links)a.ping=(a.ping+' https://@@/followed').trim()"),
        purpose="audience",
    ),
    _early(
        "import-scripts",
        "a worker of the site's own that runs somebody's script",
        script("new Worker('~~/w.js')"),
        own={"w.js": Answer(body="importScripts('https://@@/t.js')", type=_SCRIPT)},
        purpose="audience",
    ),
    _early(
        "fetch-later",
        "a call that the browser makes once the page is gone",
        script("fetchLater('https://@@/later',{method:'POST',body:'v'})"),
    ),
    _early(
        "payment",
        "a question whether somebody's means of payment could be used",
        script(
            "new PaymentRequest([{supportedMethods:'https://@@/pay'}],{total:{label:'x',amount:"
            "{currency:'EUR',value:'1'}}}).canMakePayment().catch(()=>0)"
        ),
    ),
    _early(
        "file",
        "a file in the site's own corner of the disk, which scripts alone can see",
        script("navigator.storage.getDirectory().then(d=>d.getFileHandle('##',{create:true}))"),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "indexeddb", max_age = "persistent" }]',
        rule=Rule.STORED_BEFORE,
        truth=Truth.HELD,
        purpose="personalisation",
    ),
    _early(
        "bucket",
        "a database in a bucket of its own",
        script("navigator.storageBuckets.open('b'+'##'.replaceAll('_','')).then(b=>b.indexedDB.open('##'))"),
        declares='kind = "storage"\ntrackers = [{ name = "##", kind = "indexeddb", max_age = "persistent" }, '
        '{ name = "bbucket", kind = "indexeddb", max_age = "persistent" }]',
        rule=Rule.STORED_BEFORE,
        truth=Truth.HELD,
    ),
)
