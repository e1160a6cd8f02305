"""Bandeau between a server and an application: `bandeau.web.asgi.BandeauMiddleware`, `bandeau.web.wsgi.BandeauMiddleware`."""
