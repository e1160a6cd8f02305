"""Bandeau between a server and an application: ``web.asgi`` and ``web.wsgi``, each with BandeauMiddleware."""
