"""Two small applications, one for each interface, that know nothing of consent; and their policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

POLICY = """\
version = 1
revision = 1

[site]
id = "paper"
environment = "production"
name = "Le Papier"
url = "https://www.paper.example"
hosts = ["www.paper.example"]
languages = ["fr"]
privacy_url = "/vie-privee"

[controller]
name = "Le Papier SA"
contact = "donnees@paper.example"

[choice]
honour_gpc = ["ads"]

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Session et sécurité."
detail.fr = "Ces cookies gardent votre connexion ouverte."

[purposes.audience]
bit = 1
title.fr = "Mesure d'audience"
summary.fr = "Compter les visites."
detail.fr = "Combien de personnes lisent quel article."

[purposes.ads]
bit = 2
title.fr = "Publicité ciblée"
summary.fr = "Des annonces d'après vos lectures."
detail.fr = "Une régie reçoit l'adresse de la page."

[vendors.acme]
name = "Acme SA"
country = "FR"
policy_url = "https://acme.example/vie-privee"

[[services]]
id = "counter"
title = "Compteur"
purpose = "audience"
kind = "collector"
hosts = ["www.paper.example/hit"]
trackers = [{ name = "_count", max_age = "13 months" }]

[[services]]
id = "adhouse"
title = "Régie"
purpose = "ads"
kind = "tag"
vendor = "acme"
hosts = ["ads.localhost"]
"""
_PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Le Papier</title>
<link rel="icon" href="data:,"><script src="http://ads.localhost/t.js"></script></head>
<body><h1>Le Papier</h1><p>Les hêtres ont pris leurs couleurs et le marché rouvre samedi.</p>
<a href="/b">La suite</a></body></html>"""
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "_count=1; Path=/; Max-Age=999")]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer every path with the page, and with the cookie of the counter."""
    if scope["type"] != "http":
        return
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _PAGE.encode()})


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the other one does."""
    start_response("200 OK", HEADERS)
    return [_PAGE.encode()]
