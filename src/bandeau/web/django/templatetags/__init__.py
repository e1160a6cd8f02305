"""``{% load bandeau %}``."""
