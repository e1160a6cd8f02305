"""The page on which `bandeau serve` shows the first layer and the panel."""

from __future__ import annotations

from bandeau.web.asgi import Receive, Scope, Send

_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bandeau</title><style>
body{font:1.1rem/1.6 Georgia,serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}
</style></head><body><main><h1>Bandeau</h1>
<p>Cette page ne charge rien et ne garde rien. Elle montre la première fenêtre et le panneau que décrit
votre fichier <code>bandeau.toml</code>, tels que vos lecteurs les verront.</p>
<p lang="en">This page loads nothing and keeps nothing. It shows the first layer and the panel that your
<code>bandeau.toml</code> describes, as your readers will see them.</p>
</main></body></html>
""".encode()


async def preview(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every http request with the page."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(_PAGE)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else _PAGE})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
