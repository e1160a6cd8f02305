"""Bandeau in a Django project: settings, middleware, template tags, system checks, ``manage.py bandeau``."""
