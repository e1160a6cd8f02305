"""La Gazette with pages that misbehave, and one protection switched off: python weakened.py NAME --port …

`sound` switches none off: Bandeau holds what the pages try.
"""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "gazette"))

from bandeau.core.policy import Basis, Mode, Policy
from bandeau.enforcement import cookies
from bandeau.enforcement.cookies import CookieVerdict
from bandeau.site import Site
from bandeau.web import asgi

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Any, Send], Awaitable[None]]

DEMO = Path(__file__).parents[2] / "gazette" / "demo.py"
#: What a page does that was never told of consent: a cookie by the server, one by a script, a late call.
SET_COOKIE = (b"set-cookie", b"gz_lecture=a1b2c3; Path=/; Max-Age=86400; HttpOnly")
SCRIPT = """<script>
document.cookie = "_fbp=a1b2c3; path=/; max-age=86400";
localStorage.setItem("pbjs-unifiedid", "a1b2c3");
setTimeout(() => { new Image().src = "http://ga4.localhost:%s/late.gif"; }, 300);
</script></body>"""


@dataclass(frozen=True)
class Weakness:
    """A protection that is off: by the policy that it runs with, in its code, or on the way to readers."""

    policy: Callable[[Policy], Policy] = lambda policy: policy
    code: Callable[[Site], None] = lambda site: None
    #: What is taken out of each page, and out of the headers.
    markup: str = ""
    header: bytes = b""
    #: The choices are kept where nobody looks.
    elsewhere: bool = False


def _exempt(policy: Policy) -> Policy:
    freed = {"ga4": {"basis": Basis.EXEMPT, "exempt_reason": "security"}}
    services = tuple(replace(each, **freed.get(each.id, {})) for each in policy.services)
    return replace(policy, services=services)


def _mode(mode: Mode) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, enforce=replace(policy.enforce, mode=mode))


def _pass_every_cookie(_: Site) -> None:
    def judge(table: object, name: str, allowed: int) -> CookieVerdict:
        return CookieVerdict(True, False, "")

    cookies.CookieTable.judge = judge  # type: ignore[method-assign]


def _erase_nothing(site: Site) -> None:
    site.withdrawals.erasers._registered.clear()


def _hold_no_collector(_: Site) -> None:
    from bandeau.web.gateway import engine

    plan = engine.plan_request
    engine.plan_request = lambda *given: replace(plan(*given), refused=None)


WEAKNESSES = {
    "sound": Weakness(),
    "report": Weakness(policy=_mode(Mode.REPORT)),
    "exempt": Weakness(policy=_exempt),
    "year": Weakness(policy=lambda policy: replace(policy, remember_days=400)),
    "set-cookie": Weakness(code=_pass_every_cookie),
    "erasure": Weakness(code=_erase_nothing),
    "collectors": Weakness(code=_hold_no_collector),
    "ledger": Weakness(elsewhere=True),
    "wall": Weakness(header=b"content-security-policy", markup="Content-Security-Policy"),
    "guard": Weakness(markup=r'<script src="/bandeau/g\.[^>]*></script>'),
    "notice": Weakness(markup=r'<section id="bd-first".*?</section>'),
    "refusal": Weakness(markup=r'<button name="action" value="refuse">.*?</button>'),
    "entry": Weakness(markup=r' href="/bandeau/choices" data-bd-open'),
}


class Misbehaving:
    """The newspaper's application, with what its pages never asked about; inside of Bandeau."""

    def __init__(self, app: Application, port: int) -> None:
        self._app, self._script = app, (SCRIPT % port).encode()

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message["headers"]):
                message = {
                    **message,
                    "headers": [*_without(message["headers"], b"content-length"), SET_COOKIE],
                }
            elif message["type"] == "http.response.body" and b"</body>" in message.get("body", b""):
                message = {**message, "body": message["body"].replace(b"</body>", self._script)}
            await send(message)

        plain = _without(scope.get("headers", []), b"accept-encoding")
        await self._app({**scope, "headers": plain}, receive, sent)


class Cut:
    """Takes something out of what Bandeau sends, as a server in front of it might."""

    def __init__(self, app: Application, weakness: Weakness) -> None:
        self._app, self._weakness = app, weakness

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        weakness = self._weakness
        pages = scope["type"] == "http" and not scope["path"].startswith("/bandeau/")
        if not pages or not (weakness.markup or weakness.header):
            await self._app(scope, receive, send)
            return
        started: list[Message] = []
        body = b""

        async def sent(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                started.append(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                await self._whole(started[0], body, send)

        plain = _without(scope["headers"], b"accept-encoding")
        await self._app({**scope, "headers": plain}, receive, sent)

    async def _whole(self, start: Message, body: bytes, send: Send) -> None:
        headers = _without(start["headers"], b"content-length", self._weakness.header)
        if self._weakness.markup and _is_page(start["headers"]):
            text = body.decode("utf-8", "surrogateescape")
            body = re.sub(self._weakness.markup, "", text, flags=re.DOTALL).encode("utf-8", "surrogateescape")
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _is_page(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and b"text/html" in value for name, value in headers)


def _without(headers: list[tuple[bytes, bytes]], *names: bytes) -> list[tuple[bytes, bytes]]:
    return [pair for pair in headers if pair[0].lower() not in names]


def weaken(name: str) -> None:
    """Make the newspaper's server weaker; to be called before it is imported.

    Bandeau stands around the application then, so that something can be put on either side of it; the
    newspaper's own middleware hands the visit on.
    """
    from django.core import asgi as served

    weakness, make = WEAKNESSES[name], served.get_asgi_application

    def around() -> Cut:
        app = make()
        from django.conf import settings

        from bandeau.web.django.running import site

        opened = site()
        weakness.code(opened)
        opened.policy = weakness.policy(opened.policy)
        inside = Misbehaving(app, settings.STANDIN_PORT)
        seen = Site.in_memory(opened.policy) if weakness.elsewhere else opened
        return Cut(asgi.BandeauMiddleware(inside, site=seen), weakness)

    served.get_asgi_application = around


if __name__ == "__main__":
    weaken(sys.argv.pop(1))
    runpy.run_path(str(DEMO), run_name="__main__")
