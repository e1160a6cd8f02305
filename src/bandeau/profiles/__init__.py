"""Profiles on the server: who erases them when a reader withdraws, and how that is made sure of."""
