"""Bandeau's own addresses: each kind of answer in its file, `router` in front."""
