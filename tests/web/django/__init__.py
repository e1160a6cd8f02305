"""Bandeau in Django: the suite of this folder runs in a process of its own, for each Django."""
