"""Tests that need Django set up: `tests/web/django/test_suite.py` runs them, once for each Django."""
