"""Texts of others on a terminal: they can neither move its cursor nor pass for a line of ours."""

from __future__ import annotations


def visible(line: str) -> str:
    """Return a line with what is not printable escaped: ends of lines, controls, turns of direction."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
