"""The one engine between any server and any application; `asgi` and `wsgi` only translate."""
