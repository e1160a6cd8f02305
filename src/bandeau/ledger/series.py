"""What a log is one of."""

from __future__ import annotations

#: A site in one of its environments: it has one log a year.
Series = tuple[str, str]
