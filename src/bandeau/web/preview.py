"""The page on which `bandeau serve` shows the first layer and the panel."""

from __future__ import annotations

import re
from dataclasses import replace

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Mode, Policy
from bandeau.web.asgi import Receive, Scope, Send

_LANGUAGE = re.compile(r"/([a-z]{2,8})")
_PAGE = """<!doctype html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bandeau</title><style>
body{font:1.1rem/1.6 Georgia,serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}
</style></head><body><main><h1>Bandeau</h1>
<p lang="fr">Cette page ne charge rien et ne garde rien. Elle montre la première fenêtre et le panneau que
décrit votre fichier <code>bandeau.toml</code>, tels que vos lecteurs les verront.</p>
<p lang="en">This page loads nothing and keeps nothing. It shows the first layer and the panel that your
<code>bandeau.toml</code> describes, as your readers will see them.</p>
</main></body></html>
"""


def shown_at(policy: Policy, url: str) -> Policy:
    """Return the policy as it looks at an address of this machine, enforced."""
    hosts = (HostPattern.parse(url.removeprefix("http://")),)
    return replace(
        policy,
        site=replace(policy.site, url=url, hosts=hosts),
        enforce=replace(policy.enforce, mode=Mode.ENFORCE, rules=()),
    )


async def preview(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every http request with the page, in the language that its path names: ``/en``."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["type"] != "http":
        return
    language = _LANGUAGE.fullmatch(scope["path"])
    page = _PAGE.replace("%s", language[1] if language else "fr", 1).encode()
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(page)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
